"""A tenant's own customers: the list, one of them, those that seem to be one, and the list as a file."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from galena.domain.clients import FIELD_WORDS, MOST_CLIENTS, Client, ClientEntry
from galena.kit.csv_text import write_csv
from galena.kit.errors import GalenaError, InputError
from galena.stores import clients
from galena.surfaces.web.answers import onward
from galena.surfaces.web.forms import Texts
from galena.surfaces.web.pages.views import saved_on
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.people import author_words, names_of_people
from galena.surfaces.web.rendering import Notice, page
from galena.surfaces.web.visitors import SignedIn, Visitor, Worker, entered, galena_of
from galena.surfaces.web.whose import ForWhom, Whose
from galena.surfaces.web.words import day, moment_words, nouns_of, plain
from galena.workflows.clients import (
    change_client,
    client_of_lead,
    find_same,
    keep_client,
    merge_clients,
    part_clients,
    remove_client,
    restore_client,
)

router = APIRouter()

ON_A_PAGE = 50
GROUPS_SHOWN = 30
ORIGINS = {"hand": "by hand", "file": "from a file", "lead": "from a lead"}


@router.get("/clients", response_class=HTMLResponse)
def show(
    request: Request,
    visitor: SignedIn,
    whose: ForWhom,
    q: Annotated[str, Query(max_length=200)] = "",
    begin: Annotated[int, Query(ge=0, le=MOST_CLIENTS)] = 0,
    removed: Annotated[UUID | None, Query()] = None,
    joined: Annotated[UUID | None, Query()] = None,
) -> HTMLResponse:
    """The clients by name, and the files of them that came in last."""
    now = galena_of(request).clock()
    with whose.entered(request, visitor) as session:
        found, count = clients.list_own(session, search=plain(q), offset=begin, limit=ON_A_PAGE)
        files = clients.list_imports(session, limit=5)
        people = names_of_people(session)
    return page(
        request,
        "clients.html",
        visitor,
        here="clients",
        words=nouns_of(context_of(request, visitor).playbook),
        whose=whose.choices(request, visitor),
        q=q,
        rows=[_row(each) for each in found],
        count=count,
        begin=begin,
        earlier=max(0, begin - ON_A_PAGE) if begin else None,
        later=begin + ON_A_PAGE if begin + ON_A_PAGE < count else None,
        saved=saved_on(request, visitor, "clients"),
        removed=removed,
        joined=joined,
        files=[
            {
                "id": each.id,
                "name": each.file_name,
                "when": moment_words(each.at, now),
                "who": author_words(each.author, people),
                **each.counts,
            }
            for each in files
        ],
        can_work=visitor.can_work,
    )


def _row(each: Client) -> dict[str, Any]:
    entry = each.entry
    place = ", ".join(part for part in (entry.city, entry.region) if part)
    return {
        "id": each.id,
        "title": entry.title,
        "company": entry.company if entry.company != entry.title else "",
        "email": entry.email,
        "phone": entry.phone,
        "place": place,
        "origin": ORIGINS.get(each.origin, each.origin),
        "since": day(each.at),
        "lead_id": each.lead_id,
    }


@router.get("/clients/new", response_class=HTMLResponse)
def show_new(request: Request, visitor: SignedIn, whose: ForWhom) -> HTMLResponse:
    """The form of a new client."""
    return _form(request, visitor, whose, {}, None)


@router.post("/clients")
def keep(request: Request, visitor: Worker, whose: ForWhom, texts: Texts) -> Response:
    """Keep a client."""
    try:
        with whose.entered(request, visitor) as session:
            made = keep_client(session, _entry(texts), galena_of(request).clock())
    except InputError as fault:
        return _form(request, visitor, whose, texts, None, fault)
    return onward(whose.to("/clients"), f"{made.entry.title} is on the list.")


@router.get("/clients.csv")
def export(request: Request, visitor: SignedIn, whose: ForWhom) -> Response:
    """The whole list as a table, which can be taken in again."""
    with whose.entered(request, visitor) as session:
        found, _ = clients.list_own(session, limit=MOST_CLIENTS)
    rows = [tuple(getattr(each.entry, name) for name in FIELD_WORDS) for each in found]
    headers = {"content-disposition": 'attachment; filename="clients.csv"'}
    table = write_csv(tuple(FIELD_WORDS.values()), rows)
    return Response(table, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/clients/same", response_class=HTMLResponse)
def show_same(request: Request, visitor: SignedIn, whose: ForWhom) -> HTMLResponse:
    """Those that seem to be one."""
    with whose.entered(request, visitor) as session:
        groups = find_same(session)
    return page(
        request,
        "clients_same.html",
        visitor,
        here="clients",
        whose=whose.choices(request, visitor),
        count=len(groups),
        groups=[[_row(each) for each in group] for group in groups[:GROUPS_SHOWN]],
        can_work=visitor.can_work,
    )


@router.post("/clients/join")
def join(
    request: Request,
    visitor: Worker,
    whose: ForWhom,
    client: Annotated[list[UUID], Form(default_factory=list, max_length=100)],
) -> RedirectResponse:
    """Make one of those that are ticked; the first, the oldest, stays."""
    if len(client) < 2:
        return onward(whose.to("/clients/same"), "Tick two or more that are one.", "bad")
    with whose.entered(request, visitor) as session:
        kept, _ = merge_clients(session, client[0], client[1:], galena_of(request).clock())
    return onward(whose.to(f"/clients?joined={kept.id}"))


@router.get("/clients/{client_id}", response_class=HTMLResponse)
def show_one(request: Request, visitor: SignedIn, whose: ForWhom, client_id: UUID) -> HTMLResponse:
    """One client, to change."""
    with whose.entered(request, visitor) as session:
        found = clients.load(session, client_id)
    typed = {name: getattr(found.entry, name) for name in FIELD_WORDS}
    return _form(request, visitor, whose, typed, found)


@router.post("/clients/{client_id}")
def change(request: Request, visitor: Worker, whose: ForWhom, client_id: UUID, texts: Texts) -> Response:
    """Change what is kept of a client."""
    with whose.entered(request, visitor) as session:
        found = clients.load(session, client_id)
    try:
        with whose.entered(request, visitor) as session:
            change_client(session, client_id, _entry(texts), galena_of(request).clock())
    except InputError as fault:
        return _form(request, visitor, whose, texts, found, fault)
    return onward(whose.to(f"/clients/{client_id}"), "Kept so.")


@router.post("/clients/{client_id}/remove")
def remove(request: Request, visitor: Worker, whose: ForWhom, client_id: UUID) -> RedirectResponse:
    """Take a client off the list."""
    with whose.entered(request, visitor) as session:
        remove_client(session, client_id, galena_of(request).clock())
    return onward(whose.to(f"/clients?removed={client_id}"))


@router.post("/clients/{client_id}/restore")
def restore(request: Request, visitor: Worker, whose: ForWhom, client_id: UUID) -> RedirectResponse:
    """Put a client back on the list."""
    with whose.entered(request, visitor) as session:
        found = restore_client(session, client_id)
    return onward(whose.to("/clients"), f"{found.entry.title} is back on the list.")


@router.post("/clients/{client_id}/part")
def part(request: Request, visitor: Worker, whose: ForWhom, client_id: UUID) -> RedirectResponse:
    """Put those back on the list that were joined into a client."""
    with whose.entered(request, visitor) as session:
        count = part_clients(session, client_id)
    return onward(whose.to("/clients"), f"{count:,} put back on the list.")


@router.post("/leads/{lead_id}/client")
def of_lead(request: Request, visitor: Worker, lead_id: UUID) -> RedirectResponse:
    """Make a client of a lead."""
    context = context_of(request, visitor)
    with entered(galena_of(request), visitor) as session:
        made, is_new = client_of_lead(session, context.playbook, lead_id, context.clock())
    said = f"{made.entry.title} is on the list." if is_new else f"{made.entry.title} is on the list already."
    return onward(f"/clients/{made.id}", said)


def _form(
    request: Request,
    visitor: Visitor,
    whose: Whose,
    typed: Mapping[str, str],
    found: Client | None,
    fault: GalenaError | None = None,
) -> HTMLResponse:
    return page(
        request,
        "client.html",
        visitor,
        here="clients",
        status=422 if fault else 200,
        notices=(Notice(f"{fault.what} {fault.remedy}".strip(), "bad"),) if fault else (),
        words=nouns_of(context_of(request, visitor).playbook),
        whose=whose.choices(request, visitor),
        typed=typed,
        fields=FIELD_WORDS,
        each=None if found is None else {**_row(found), "is_removed": found.removed_at is not None},
        can_work=visitor.can_work,
    )


def _entry(texts: Mapping[str, str]) -> ClientEntry:
    return ClientEntry(**{name: texts.get(name, "") for name in FIELD_WORDS})
