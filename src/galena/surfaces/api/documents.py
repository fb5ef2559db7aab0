"""The vault: files sent in, listed, downloaded, renamed, given a last day, taken away and brought back."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from galena.domain.documents import LARGEST_DOCUMENT_MB, TYPE_WORDS, Document
from galena.stores import documents
from galena.stores.door import Session
from galena.surfaces.api.leads import Text
from galena.surfaces.api.paging import Cursor, Page, PageSize, cut
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.rooms import ROOM_PROBLEMS, ReadRoom, WorkRoom
from galena.surfaces.api.values import Day, Name
from galena.surfaces.api.versions import CHANGED, IfMatch, ensure_unchanged, tag_of
from galena.surfaces.api.workplace import CLASH, GONE
from galena.surfaces.web.vaults import download, vault_in
from galena.workflows.vault import (
    change_document,
    fetch_document,
    keep_document,
    remove_document,
    restore_document,
)

router = APIRouter(
    prefix="/documents", tags=["documents"], responses=ROOM_PROBLEMS, route_class=RepeatableRoute
)

MOST_DOCUMENTS = 10_000
TAKEN: dict[int | str, dict[str, Any]] = {
    415: {"description": "A file of this type is not taken; its content says what it is, not its name."}
}
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, as it was sent in.",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in TYPE_WORDS},
    }
}


class DocumentItem(BaseModel):
    """A file of the vault."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0195a3c0-0000-7000-8000-000000000000",
                    "tenant_id": None,
                    "name": "Who we are.pdf",
                    "media_type": "application/pdf",
                    "size_bytes": 48_213,
                    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "expires_on": "2026-12-31",
                    "goes_first": True,
                    "can_be_fetched": True,
                    "author": "api_key:0195a3c0-0000-7000-8000-000000000001",
                    "kept_at": "2026-03-02T09:00:00Z",
                    "removed_at": None,
                }
            ]
        }
    )

    id: UUID
    tenant_id: UUID | None = Field(description="Whose it is; null: of the people who run the workspace.")
    name: str
    media_type: str = Field(description="What its content is.")
    size_bytes: int
    sha256: str = Field(description="Of its content, 64 hexadecimal digits.")
    expires_on: date | None = Field(
        description="The last day it can be fetched by a link; null: it does not expire."
    )
    goes_first: bool = Field(description="It belongs to the first message to a new lead.")
    can_be_fetched: bool = Field(description="Whether links give it today.")
    author: str
    kept_at: datetime
    removed_at: datetime | None = Field(description="null: it stands.")


class DocumentItems(Page):
    """A page of documents, by name."""

    items: list[DocumentItem]


class KeptDocument(BaseModel):
    """What became of a file that was sent in."""

    document: DocumentItem
    is_new: bool = Field(description="false: this very file was there already, and is told as it stands.")


class DocumentPatch(BaseModel):
    """What is to be changed of a document; what is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Who we are.pdf", "expires_on": "2026-12-31"}]}
    )

    name: Name | None = Field(None, description="Its ending follows its type, whatever is given.")
    expires_on: Day | None = Field(None, description="null: it does not expire any more.")
    goes_first: bool | None = Field(None, description="Whether it goes with the first message to a lead.")


@router.get("", operation_id="list_documents")
def list_documents(
    room: ReadRoom,
    q: Annotated[Text, Query(description="Words that must all stand in the name.")] = "",
    only: Annotated[
        Literal["first", "soon", "over"] | None,
        Query(
            description="Those that go with the first message, that expire within 14 days, that have expired."
        ),
    ] = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> DocumentItems:
    """The documents that stand, by name."""
    today = room.now.date()
    with room.entered() as session:
        rows = documents.list_own(session, search=q, limit=MOST_DOCUMENTS)
    fits = {"first": _goes_first, "soon": Document.expires_soon, "over": Document.is_expired}
    rows = rows if only is None else tuple(each for each in rows if fits[only](each, today))
    found, following = cut(rows, limit, cursor, lambda each: each.id)
    return DocumentItems(items=[_item(each, today) for each in found], next=following)


@router.post("", operation_id="add_document", status_code=201, responses=CLASH | TAKEN)
def add_document(
    room: WorkRoom,
    file: Annotated[
        UploadFile, File(description=f"The file, of {LARGEST_DOCUMENT_MB} MB at most, with its name.")
    ],
    expires_on: Annotated[
        Day | None, Form(description="The last day links give it; left out: always.")
    ] = None,
    goes_first: Annotated[bool, Form(description="It goes with the first message to a new lead.")] = False,
) -> KeptDocument:
    """Keep a file, as `multipart/form-data`: PDF, Word, Excel, PowerPoint, OpenDocument, pictures or text without
    macros. The same file again is the same document."""
    with room.entered() as session:
        kept, is_new = keep_document(
            session,
            vault_in(room.caller.galena),
            file.filename or "document",
            file.file.read(),
            room.now,
            expires_on=expires_on,
            goes_first=goes_first,
        )
    return KeptDocument(document=_item(kept, room.now.date()), is_new=is_new)


@router.get("/{document_id}", operation_id="get_document", responses=GONE)
def get_document(room: ReadRoom, response: Response, document_id: UUID) -> DocumentItem:
    """One document, also one taken away. The ETag guards changes."""
    with room.entered() as session:
        return _tagged(response, _loaded(session, document_id, room.now.date()))


@router.get(
    "/{document_id}/file",
    operation_id="download_document",
    response_class=StreamingResponse,
    responses=GONE | FILE,
)
def download_document(room: ReadRoom, document_id: UUID) -> StreamingResponse:
    """The file itself. Who fetched it is kept."""
    with room.entered() as session:
        found, content = fetch_document(session, vault_in(room.caller.galena), document_id)
    return download(found.name, found.media_type, content)


@router.patch("/{document_id}", operation_id="change_document", responses=GONE | CLASH | CHANGED)
def change(
    room: WorkRoom, response: Response, document_id: UUID, patch: DocumentPatch, if_match: IfMatch = None
) -> DocumentItem:
    """Give a document another name or last day, or let it go with the first message to a lead."""
    now = room.now
    with room.entered() as session:
        before = documents.load(session, document_id)
        ensure_unchanged(if_match, tag_of(_item(before, now.date())))
        says_day = "expires_on" in patch.model_fields_set
        change_document(
            session,
            document_id,
            now,
            name=patch.name,
            expires_on=patch.expires_on if says_day else before.expires_on,
            goes_first=before.goes_first if patch.goes_first is None else patch.goes_first,
        )
        return _tagged(response, _loaded(session, document_id, now.date()))


@router.delete("/{document_id}", operation_id="remove_document", responses=GONE)
def remove(room: WorkRoom, document_id: UUID) -> DocumentItem:
    """Take a document away: no link gives it any more. It can be brought back."""
    with room.entered() as session:
        remove_document(session, document_id, room.now)
        return _loaded(session, document_id, room.now.date())


@router.post("/{document_id}/restore", operation_id="restore_document", responses=GONE)
def restore(room: WorkRoom, document_id: UUID) -> DocumentItem:
    """Bring a document back."""
    with room.entered() as session:
        restore_document(session, document_id)
        return _loaded(session, document_id, room.now.date())


def _goes_first(each: Document, _today: date) -> bool:
    return each.goes_first


def _tagged(response: Response, item: DocumentItem) -> DocumentItem:
    response.headers["etag"] = tag_of(item)
    return item


def _loaded(session: Session, document_id: UUID, today: date) -> DocumentItem:
    return _item(documents.load(session, document_id), today)


def _item(each: Document, today: date) -> DocumentItem:
    return DocumentItem(
        id=each.id,
        tenant_id=each.tenant_id,
        name=each.name,
        media_type=each.media_type,
        size_bytes=each.size,
        sha256=each.sha256,
        expires_on=each.expires_on,
        goes_first=each.goes_first,
        can_be_fetched=each.can_be_fetched(today),
        author=each.author,
        kept_at=each.at,
        removed_at=each.removed_at,
    )
