"""The vault: files that are sent to leads and clients; kept, changed, downloaded, taken away."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse

from galena.domain.documents import LARGEST_DOCUMENT_MB, TYPE_WORDS, Document
from galena.kit.errors import InputError
from galena.stores import documents
from galena.surfaces.web.answers import onward
from galena.surfaces.web.pages.views import saved_on
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.people import author_words, names_of_people
from galena.surfaces.web.rendering import page
from galena.surfaces.web.uploads import TooLargeError, Uploads
from galena.surfaces.web.vaults import download, vault_of
from galena.surfaces.web.visitors import SignedIn, Visitor, Worker, galena_of, worker_of
from galena.surfaces.web.whose import ForWhom, Whose
from galena.surfaces.web.words import day, moment_words, nouns_of, plain
from galena.workflows.vault import (
    MEGABYTE,
    change_document,
    fetch_document,
    keep_document,
    remove_document,
    restore_document,
)

router = APIRouter()

SENDING = (
    "Galena sends no e-mail yet: no sending account can be connected. It makes the links; you send them"
    " from your own mail program."
)


@router.get("/documents", response_class=HTMLResponse)
def show(
    request: Request,
    visitor: SignedIn,
    whose: ForWhom,
    q: Annotated[str, Query(max_length=200)] = "",
    only: Annotated[str, Query(max_length=10)] = "",
    removed: Annotated[UUID | None, Query()] = None,
) -> HTMLResponse:
    """The documents that stand, with those to tick that are to be sent."""
    galena = galena_of(request)
    now = galena.clock()
    with whose.entered(request, visitor) as session:
        found = documents.list_own(session, search=plain(q))
        people = names_of_people(session)
    today = now.date()
    soon = [each for each in found if each.expires_soon(today)]
    over = [each for each in found if each.is_expired(today)]
    first = [each for each in found if each.goes_first]
    chosen = {"soon": soon, "over": over, "first": first}.get(only, list(found))
    return page(
        request,
        "documents.html",
        visitor,
        here="documents",
        words=nouns_of(context_of(request, visitor).playbook),
        whose=whose.choices(request, visitor),
        q=q,
        only=only,
        kinds=[
            {"name": name, "label": label, "count": len(group), "on": only == name}
            for name, label, group in (
                ("first", "With the first message", first),
                ("soon", "Expire soon", soon),
                ("over", "Expired", over),
            )
            if group or only == name
        ],
        all_count=len(found),
        rows=[_row(each, people, now) for each in chosen],
        saved=saved_on(request, visitor, "documents"),
        removed=removed,
        can_work=visitor.can_work,
        largest=min(LARGEST_DOCUMENT_MB, galena.settings.upload_limit_mb),
        takes="PDF, Word, Excel, PowerPoint, OpenDocument, pictures and text",
        today=today.isoformat(),
    )


def _row(each: Document, people: Mapping[str, str], now: datetime) -> dict[str, Any]:
    today = now.date()
    colour = "red" if each.is_expired(today) else "yellow" if each.expires_soon(today) else ""
    return {
        "id": each.id,
        "name": each.name,
        "kind": TYPE_WORDS.get(each.media_type, each.media_type),
        "size": size_words(each.size),
        "expires": expiry_words(each.expires_on, today),
        "colour": colour,
        "expires_on": each.expires_on.isoformat() if each.expires_on else "",
        "goes_first": each.goes_first,
        "can_send": each.can_be_fetched(today),
        "who": author_words(each.author, people),
        "when": moment_words(each.at, now),
        "sha256": each.sha256,
        "is_removed": each.removed_at is not None,
    }


def size_words(size: int) -> str:
    """950 bytes; 12 kB; 3.4 MB."""
    if size < 1_000:
        return f"{size} bytes"
    return f"{size / 1_000:.0f} kB" if size < MEGABYTE else f"{size / MEGABYTE:.1f} MB"


def expiry_words(expires_on: date | None, today: date) -> str:
    """Empty where it does not expire; "expires today", "in 3 days", "on 3 Nov 2026", "expired on ..."."""
    if expires_on is None:
        return ""
    left = (expires_on - today).days
    if left < 0:
        return f"expired on {day(expires_on)}"
    if left == 0:
        return "last day today"
    return (
        f"expires in {left} day{'s' if left > 1 else ''}" if left <= 30 else f"expires on {day(expires_on)}"
    )


@router.post("/documents")
async def upload(request: Request, visitor: SignedIn, whose: ForWhom) -> RedirectResponse:
    """Take a file into the vault."""
    worker_of(visitor, visitor.form_token)
    uploads = _uploads(request, visitor)
    try:
        draft_id, texts = await uploads.receive(request)
    except TooLargeError as fault:
        raise InputError(
            f"The file is too large: the vault takes {LARGEST_DOCUMENT_MB} MB.",
            remedy="Make it smaller, or split it.",
        ) from fault
    try:
        worker_of(visitor, texts.get("csrf_token", ""))
        kept, is_new = await run_in_threadpool(
            lambda: _keep(request, visitor, whose, uploads, draft_id, texts)
        )
    finally:
        uploads.drop(draft_id)
    said = (
        f"{kept.name} is in the vault." if is_new else f"This very file is in the vault already: {kept.name}."
    )
    return onward(whose.to("/documents"), said)


def _uploads(request: Request, visitor: Visitor) -> Uploads:
    settings = galena_of(request).settings
    limit = min(settings.upload_limit_mb, LARGEST_DOCUMENT_MB)
    return Uploads(
        settings.model_copy(update={"upload_limit_mb": limit}), visitor.workspace.id, galena_of(request).clock
    )


def _keep(
    request: Request,
    visitor: Visitor,
    whose: Whose,
    uploads: Uploads,
    draft_id: UUID,
    texts: Mapping[str, str],
) -> tuple[Document, bool]:
    file = uploads.file_of(draft_id)
    with whose.entered(request, visitor) as session:
        return keep_document(
            session,
            vault_of(request),
            file.name,
            file.read_bytes(),
            galena_of(request).clock(),
            expires_on=read_day(texts.get("expires_on", "")),
            goes_first=bool(texts.get("goes_first")),
        )


def read_day(text: str) -> date | None:
    """A day as a browser gives it; None where none is given.

    Raises:
        InputError: it is no day.
    """
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InputError(f"{text.strip()[:40]!r} is no day.", remedy="Write it as 2026-03-13.") from None


@router.get("/documents/{document_id}", response_class=HTMLResponse)
def show_one(request: Request, visitor: SignedIn, whose: ForWhom, document_id: UUID) -> HTMLResponse:
    """One document: its facts, and what can be changed of it."""
    now = galena_of(request).clock()
    with whose.entered(request, visitor) as session:
        found = documents.load(session, document_id)
        people = names_of_people(session)
        links = [each for each in documents.list_links(session) if document_id in each.document_ids]
    return page(
        request,
        "document.html",
        visitor,
        here="documents",
        whose=whose.choices(request, visitor),
        each=_row(found, people, now),
        link_count=sum(each.standing(now) == "open" for each in links),
        fetched_count=sum(each.fetched_count for each in links),
        can_work=visitor.can_work,
        today=now.date().isoformat(),
    )


@router.get("/documents/{document_id}/file")
def fetch(request: Request, visitor: SignedIn, whose: ForWhom, document_id: UUID) -> StreamingResponse:
    """The file itself, to be kept."""
    with whose.entered(request, visitor) as session:
        found, content = fetch_document(session, vault_of(request), document_id)
    return download(found.name, found.media_type, content)


@router.post("/documents/{document_id}")
def change(
    request: Request,
    visitor: Worker,
    whose: ForWhom,
    document_id: UUID,
    name: Annotated[str, Form(max_length=300)] = "",
    expires_on: Annotated[str, Form(max_length=40)] = "",
    goes_first: Annotated[str, Form(max_length=3)] = "",
) -> RedirectResponse:
    """Give it another name or last day, or take it into the first message."""
    with whose.entered(request, visitor) as session:
        change_document(
            session,
            document_id,
            galena_of(request).clock(),
            name=plain(name),
            expires_on=read_day(expires_on),
            goes_first=bool(goes_first),
        )
    return onward(whose.to(f"/documents/{document_id}"), "Kept so.")


@router.post("/documents/{document_id}/remove")
def remove(request: Request, visitor: Worker, whose: ForWhom, document_id: UUID) -> RedirectResponse:
    """Take it away; no link gives it any more."""
    with whose.entered(request, visitor) as session:
        remove_document(session, document_id, galena_of(request).clock())
    return onward(whose.to(f"/documents?removed={document_id}"))


@router.post("/documents/{document_id}/restore")
def restore(request: Request, visitor: Worker, whose: ForWhom, document_id: UUID) -> RedirectResponse:
    """Bring it back."""
    with whose.entered(request, visitor) as session:
        found = restore_document(session, document_id)
    return onward(whose.to("/documents"), f"{found.name} is back.")
