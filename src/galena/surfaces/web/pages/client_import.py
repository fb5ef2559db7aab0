"""Clients from a file: chosen, its columns looked at, taken in, and what came of each row."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from galena.kit.csv_text import write_csv
from galena.kit.errors import GalenaError
from galena.stores import clients
from galena.surfaces.web.answers import onward
from galena.surfaces.web.forms import Texts
from galena.surfaces.web.people import author_words, names_of_people
from galena.surfaces.web.rendering import Notice, page
from galena.surfaces.web.uploads import Uploads
from galena.surfaces.web.visitors import SignedIn, Visitor, Worker, galena_of, worker_of
from galena.surfaces.web.whose import ForWhom, Whose
from galena.surfaces.web.words import moment_words
from galena.workflows.client_import import PLACES, look_into, take_in

router = APIRouter()


def _uploads(request: Request, visitor: Visitor) -> Uploads:
    """Files of this person alone."""
    galena = galena_of(request)
    return Uploads(galena.settings, visitor.user.id, galena.clock)


@router.post("/clients/import")
async def upload(request: Request, visitor: SignedIn, whose: ForWhom) -> RedirectResponse:
    """Take a file, look into it, and go on to the page of its columns."""
    worker_of(visitor, visitor.form_token)
    uploads = _uploads(request, visitor)
    draft_id, texts = await uploads.receive(request)
    try:
        worker_of(visitor, texts.get("csrf_token", ""))
        await run_in_threadpool(lambda: look_into(uploads.file_of(draft_id)))
    except BaseException:
        uploads.drop(draft_id)
        raise
    return RedirectResponse(whose.to(f"/clients/import/{draft_id}"), 303)


@router.get("/clients/import/{draft_id}", response_class=HTMLResponse)
def show_draft(request: Request, visitor: SignedIn, whose: ForWhom, draft_id: UUID) -> HTMLResponse:
    """Which column is what."""
    return _columns(request, visitor, whose, draft_id)


def _columns(
    request: Request,
    visitor: Visitor,
    whose: Whose,
    draft_id: UUID,
    chosen: dict[str, str] | None = None,
    fault: GalenaError | None = None,
) -> HTMLResponse:
    worker_of(visitor, visitor.form_token)
    file = _uploads(request, visitor).file_of(draft_id)
    found = look_into(file)
    mapping = found.mapping if chosen is None else chosen
    return page(
        request,
        "client_columns.html",
        visitor,
        here="clients",
        status=422 if fault else 200,
        notices=(Notice(f"{fault.what} {fault.remedy}".strip(), "bad"),) if fault else (),
        whose=whose.choices(request, visitor),
        draft={"id": draft_id, "name": file.name},
        columns=found.columns,
        places=[
            {
                "name": name,
                "label": label,
                "column": mapping.get(name, ""),
                "examples": " · ".join(found.examples.get(mapping.get(name, ""), ())),
            }
            for name, label in PLACES.items()
        ],
        unused=[name for name in found.columns if name not in mapping.values()],
    )


@router.post("/clients/import/{draft_id}")
def commit(request: Request, visitor: Worker, whose: ForWhom, draft_id: UUID, texts: Texts) -> Response:
    """Take the file in."""
    uploads = _uploads(request, visitor)
    file = uploads.file_of(draft_id)
    mapping = {name: texts.get(f"column:{name}", "") for name in PLACES}
    try:
        with whose.entered(request, visitor) as session:
            done = take_in(session, file, file.name, mapping, galena_of(request).clock())
    except GalenaError as fault:
        return _columns(request, visitor, whose, draft_id, mapping, fault)
    uploads.drop(draft_id)
    return RedirectResponse(whose.to(f"/clients/imports/{done.id}"), 303)


@router.post("/clients/import/{draft_id}/drop")
def drop(request: Request, visitor: Worker, whose: ForWhom, draft_id: UUID) -> RedirectResponse:
    """Leave a file."""
    _uploads(request, visitor).drop(draft_id)
    return onward(whose.to("/clients"), "The file is gone; nothing of it was taken in.")


@router.get("/clients/imports/{client_import_id}", response_class=HTMLResponse)
def show_import(request: Request, visitor: SignedIn, whose: ForWhom, client_import_id: UUID) -> HTMLResponse:
    """What came of a file, and the rows that could not be used."""
    now = galena_of(request).clock()
    with whose.entered(request, visitor) as session:
        done = clients.load_import(session, client_import_id)
        people = names_of_people(session)
    counts: dict[str, Any] = dict(done.counts)
    return page(
        request,
        "client_imported.html",
        visitor,
        here="clients",
        whose=whose.choices(request, visitor),
        each={
            "id": done.id,
            "name": done.file_name,
            "when": moment_words(done.at, now),
            "who": author_words(done.author, people),
        },
        counts=counts,
        problems=done.problems[:100],
        more=max(0, counts["refused"] - 100),
    )


@router.get("/clients/imports/{client_import_id}/refused.csv")
def refused(request: Request, visitor: SignedIn, whose: ForWhom, client_import_id: UUID) -> Response:
    """The rows that could not be used, with the reasons, as a table."""
    with whose.entered(request, visitor) as session:
        done = clients.load_import(session, client_import_id)
    rows = [(each.row, each.value, each.reason) for each in done.problems]
    headers = {"content-disposition": 'attachment; filename="refused-rows.csv"'}
    table = write_csv(("row", "what stands there", "what is wrong"), rows)
    return Response(table, media_type="text/csv; charset=utf-8", headers=headers)
