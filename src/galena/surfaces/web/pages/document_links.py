"""Documents sent: choosing who, the links that were made, and what people outside see under them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from galena.domain.documents import LINK_DAYS, Document, DocumentLink, Recipient
from galena.kit.errors import GalenaError, InputError, NotFoundError
from galena.stores import documents, workspaces
from galena.stores.door import Session
from galena.surfaces.web.answers import onward
from galena.surfaces.web.pages.documents import SENDING, expiry_words, size_words
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.people import author_words, names_of_people
from galena.surfaces.web.rendering import Notice, page
from galena.surfaces.web.vaults import download, site_of, vault_of
from galena.surfaces.web.visitors import SignedIn, Visitor, Worker, galena_of
from galena.surfaces.web.whose import ForWhom, Whose
from galena.surfaces.web.words import day, moment_words, nouns_of, plain
from galena.workflows.document_links import (
    find_recipients,
    make_links,
    opened_link,
    revoke_link,
    word_of,
)
from galena.workflows.vault import Vault

router = APIRouter()

STANDINGS = {"open": ("good", "green"), "expired": ("over", "grey"), "revoked": ("taken back", "red")}
Chosen = Annotated[list[UUID], Query(default_factory=list, max_length=100)]
People = Annotated[list[str], Query(default_factory=list, max_length=100)]
Word = Annotated[str, Path(max_length=200)]


@router.get("/documents/send", response_class=HTMLResponse)
def choose(
    request: Request,
    visitor: SignedIn,
    whose: ForWhom,
    document: Chosen,
    to: People,
    q: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """Who is to have the ticked documents."""
    return _choosing(request, visitor, whose, document, to, q)


def _choosing(
    request: Request,
    visitor: Visitor,
    whose: Whose,
    document_ids: Sequence[UUID],
    to: Sequence[str],
    q: str,
    fault: GalenaError | None = None,
) -> HTMLResponse:
    context = context_of(request, visitor)
    now = context.clock()
    with whose.entered(request, visitor) as session:
        every = documents.list_own(session)
        people = find_recipients(session, context, plain(q).strip(), to)
    return page(
        request,
        "documents_send.html",
        visitor,
        here="documents",
        status=422 if fault else 200,
        notices=(Notice(f"{fault.what} {fault.remedy}".strip(), "bad"),) if fault else (),
        words=nouns_of(context.playbook),
        whose=whose.choices(request, visitor),
        documents=[
            {
                "id": each.id,
                "name": each.name,
                "on": each.id in document_ids,
                "expires": expiry_words(each.expires_on, now.date()),
            }
            for each in every
            if each.can_be_fetched(now.date())
        ],
        people=[
            {
                "word": each.word,
                "name": each.name,
                "email": each.email,
                "kind": each.kind,
                "refused": each.refused,
                "on": each.word in to and not each.refused,
            }
            for each in people
        ],
        q=q,
        days=LINK_DAYS,
        sending=SENDING,
        can_work=visitor.can_work,
    )


@router.post("/documents/links")
def make(
    request: Request,
    visitor: Worker,
    whose: ForWhom,
    document: Annotated[list[UUID], Form(default_factory=list, max_length=100)],
    to: Annotated[list[str], Form(default_factory=list, max_length=100)],
    other: Annotated[str, Form(max_length=200)] = "",
    days: Annotated[int, Form()] = LINK_DAYS[1],
) -> Response:
    """Make a link for each of them."""
    context = context_of(request, visitor)
    try:
        with whose.entered(request, visitor) as session:
            chosen = _recipients(find_recipients(session, context, "", to) if to else [], to, plain(other))
            made = make_links(session, context, document, chosen, days)
    except (InputError, GalenaError) as fault:
        if fault.http_status == NotFoundError.http_status:
            raise
        return _choosing(request, visitor, whose, document, to, "", fault)
    new = urlencode([("new", str(each.id)) for each in made])
    many = f"{len(made)} links are made." if len(made) > 1 else "The link is made."
    return onward(
        whose.to(f"/documents/links?{new}"), f"{many} Copy and send it: nobody has been written to."
    )


def _recipients(found: Sequence[Recipient], to: Sequence[str], other: str) -> list[Recipient]:
    by_word = {each.word: each for each in found}
    missing = [word for word in to if word not in by_word]
    if missing:
        raise NotFoundError("Somebody you ticked is not there any more.", remedy="Choose again.")
    named = [Recipient("other", None, other.strip())] if other.strip() else []
    return [*(by_word[word] for word in dict.fromkeys(to)), *named]


@router.get("/documents/links", response_class=HTMLResponse)
def show_links(
    request: Request,
    visitor: SignedIn,
    whose: ForWhom,
    new: Chosen,
    only: Annotated[str, Query(max_length=10)] = "",
    revoked: Annotated[UUID | None, Query()] = None,
) -> HTMLResponse:
    """The links that were made, the newest first: who has them, how often they were opened."""
    now = galena_of(request).clock()
    with whose.entered(request, visitor) as session:
        rows = link_rows(request, session, visitor, now)
    chosen = [row for row in rows if not only or row["name"] == only]
    return page(
        request,
        "document_links.html",
        visitor,
        here="documents",
        whose=whose.choices(request, visitor),
        new=[row for row in rows if row["id"] in new],
        rows=chosen,
        all_count=len(rows),
        standings=[
            {
                "name": name,
                "label": words,
                "on": only == name,
                "count": sum(row["name"] == name for row in rows),
            }
            for name, (words, _) in STANDINGS.items()
        ],
        only=only,
        revoked=revoked,
        sending=SENDING,
        can_work=visitor.can_work,
    )


def link_rows(
    request: Request, session: Session, visitor: Visitor, now: datetime, lead_id: UUID | None = None
) -> list[dict[str, Any]]:
    """Links as pages show them, of one lead where one is named."""
    links = documents.list_links(session, lead_id=lead_id)
    known = documents.load_many(session, {id_ for each in links for id_ in each.document_ids})
    people, vault = names_of_people(session), vault_of(request)
    return [_link_row(request, each, known, vault, people, visitor, now) for each in links]


def _link_row(
    request: Request,
    each: DocumentLink,
    known: dict[UUID, Document],
    vault: Vault,
    people: Any,
    visitor: Visitor,
    now: datetime,
) -> dict[str, Any]:
    standing = each.standing(now)
    names = [known[id_].name for id_ in each.document_ids if id_ in known]
    address = f"{site_of(request)}/shared/{word_of(vault.box, visitor.workspace.id, each)}"
    body = f"Here is what I promised you: {address}\n\nThe link is good until {day(each.expires_at)}."
    return {
        "id": each.id,
        "recipient": each.recipient,
        "lead_id": each.lead_id,
        "documents": names,
        "name": standing,
        "standing": STANDINGS[standing][0],
        "colour": STANDINGS[standing][1],
        "until": day(each.expires_at),
        "opened": each.opened_count,
        "fetched": each.fetched_count,
        "last": moment_words(each.opened_at, now) if each.opened_at else "",
        "who": author_words(each.author, people),
        "when": moment_words(each.at, now),
        "address": address,
        "mail": f"mailto:?subject={quote(', '.join(names)[:120])}&body={quote(body)}",
    }


@router.post("/documents/links/{link_id}/revoke")
def revoke(request: Request, visitor: Worker, whose: ForWhom, link_id: UUID) -> RedirectResponse:
    """Take a link back."""
    with whose.entered(request, visitor) as session:
        revoke_link(session, link_id, galena_of(request).clock())
    return onward(whose.to(f"/documents/links?revoked={link_id}"))


@router.post("/documents/links/{link_id}/renew")
def renew(request: Request, visitor: Worker, whose: ForWhom, link_id: UUID) -> RedirectResponse:
    """Make a link good again that was taken back."""
    with whose.entered(request, visitor) as session:
        revoke_link(session, link_id, galena_of(request).clock(), again=True)
    return onward(whose.to("/documents/links"), "The link is good again.")


@router.get("/shared/{word}", response_class=HTMLResponse)
def show_shared(request: Request, word: Word) -> HTMLResponse:
    """What somebody outside sees: the documents of their link."""
    galena = galena_of(request)
    try:
        with opened_link(galena.door, vault_of(request).box, galena.clock, word, is_fetch=False) as opened:
            session, link, found = opened
            sender = _sender(session)
    except GalenaError as fault:
        return page(request, "shared.html", status=fault.http_status, over=fault.what, remedy=fault.remedy)
    return page(
        request,
        "shared.html",
        over="",
        sender=sender,
        until=day(link.expires_at),
        word=word,
        documents=[
            {"place": link.document_ids.index(each.id), "name": each.name, "size": size_words(each.size)}
            for each in found
        ],
    )


def _sender(session: Session) -> str:
    if session.tenant_or_none is None:
        return workspaces.load(session).name
    return workspaces.load_tenant(session, session.tenant_or_none).name


@router.get("/shared/{word}/{place}")
def fetch_shared(
    request: Request, word: Word, place: Annotated[int, Path(ge=0, le=100)]
) -> StreamingResponse:
    """One of the documents, for somebody outside."""
    galena, vault = galena_of(request), vault_of(request)
    with opened_link(galena.door, vault.box, galena.clock, word, is_fetch=True) as (session, link, found):
        wanted = next((each for each in found if link.document_ids.index(each.id) == place), None)
        if wanted is None:
            raise NotFoundError("This document is not offered any more.", remedy="Ask who sent the link.")
        content = vault.get(session.workspace_id, wanted.sha256)
    return download(wanted.name, wanted.media_type, content)
