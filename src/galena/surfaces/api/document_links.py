"""Documents for people outside: whom they can go to, a link for each, taken back and made good again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from galena.domain.documents import MOST_IN_A_LINK, DocumentLink, Recipient
from galena.kit.errors import NotFoundError
from galena.kit.secrets import SecretBox
from galena.stores import documents
from galena.surfaces.api.leads import Text
from galena.surfaces.api.paging import Cursor, Page, PageSize, cut
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.rooms import ROOM_PROBLEMS, ReadRoom, Room, WorkRoom
from galena.surfaces.api.values import Name
from galena.surfaces.api.workplace import CLASH, GONE, context_of
from galena.surfaces.web.vaults import site_of
from galena.workflows.document_links import find_recipients, make_links, revoke_link, word_of
from galena.workflows.sealing import box_of

router = APIRouter(tags=["documents"], responses=ROOM_PROBLEMS, route_class=RepeatableRoute)

MOST_LINKS = 10_000
_DOCUMENT = "0195a3c0-0000-7000-8000-000000000000"
_LEAD = "0195a3c0-0000-7000-8000-000000000001"


class RecipientItem(BaseModel):
    """Somebody documents can go to."""

    kind: Literal["lead", "client", "other"]
    id: UUID | None
    name: str
    email: str = Field(description="Empty where none is known.")
    refused: str = Field(description="Why nothing may go to them; empty: it may.")


class NewLinks(BaseModel):
    """Which documents are to go to whom."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"document_ids": [_DOCUMENT], "lead_ids": [_LEAD], "days": 14}]}
    )

    document_ids: list[UUID] = Field(min_length=1, max_length=MOST_IN_A_LINK)
    lead_ids: list[UUID] = Field(default=[], max_length=MOST_IN_A_LINK)
    client_ids: list[UUID] = Field(default=[], max_length=MOST_IN_A_LINK)
    others: list[Name] = Field(
        default=[], max_length=MOST_IN_A_LINK, description="Names of people who are kept nowhere."
    )
    days: Literal[7, 14, 30, 90] = Field(14, description="How long the links are good.")


class LinkItem(BaseModel):
    """A link to some documents, made for one person."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0195a3c0-0000-7000-8000-000000000002",
                    "address": "https://leads.example.org/shared/abc",
                    "recipient": "Northwind Bakery",
                    "document_ids": [_DOCUMENT],
                    "lead_id": _LEAD,
                    "client_id": None,
                    "standing": "open",
                    "expires_at": "2026-03-16T09:00:00Z",
                    "opened_count": 0,
                    "fetched_count": 0,
                    "opened_at": None,
                    "author": "api_key:0195a3c0-0000-7000-8000-000000000003",
                    "made_at": "2026-03-02T09:00:00Z",
                }
            ]
        }
    )

    id: UUID
    address: str = Field(
        description="To be sent to this person, and to nobody else: Galena writes to no one."
    )
    recipient: str
    document_ids: list[UUID]
    lead_id: UUID | None
    client_id: UUID | None
    standing: Literal["open", "expired", "revoked"]
    expires_at: datetime
    opened_count: int
    fetched_count: int = Field(description="How often a document was downloaded by it.")
    opened_at: datetime | None = Field(description="The last time.")
    author: str
    made_at: datetime


class LinkItems(Page):
    """A page of links, the newest first."""

    items: list[LinkItem]


@router.get("/document-recipients", operation_id="list_document_recipients")
def list_recipients(
    room: ReadRoom, q: Annotated[Text, Query(description="Words of a name.")] = ""
) -> list[RecipientItem]:
    """Clients and leads that documents can go to, twenty of each; beside those who must not be contacted stands why."""
    with room.entered() as session:
        found = find_recipients(session, context_of(room.caller), q)
    return [
        RecipientItem(kind=each.kind, id=each.id, name=each.name, email=each.email, refused=each.refused)
        for each in found
    ]


@router.get("/document-links", operation_id="list_document_links")
def list_links(
    request: Request,
    room: ReadRoom,
    lead_id: Annotated[UUID | None, Query(description="Only those of this lead.")] = None,
    document_id: Annotated[UUID | None, Query(description="Only those that give this document.")] = None,
    standing: Literal["open", "expired", "revoked"] | None = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> LinkItems:
    """The links that were made, the newest first: who has them, and how often they were opened."""
    with room.entered() as session:
        every = documents.list_links(session, lead_id=lead_id, limit=MOST_LINKS)
    rows = [
        each
        for each in every
        if (document_id is None or document_id in each.document_ids)
        and (standing is None or each.standing(room.now) == standing)
    ]
    found, following = cut(rows, limit, cursor, lambda each: each.id)
    return LinkItems(items=_items(request, room, found), next=following)


@router.post("/document-links", operation_id="add_document_links", status_code=201, responses=GONE | CLASH)
def add_links(request: Request, room: WorkRoom, new: NewLinks) -> list[LinkItem]:
    """Make a link to documents for each of these people: all of them, or none. Nobody is written to."""
    context = context_of(room.caller)
    words = [f"lead:{each}" for each in new.lead_ids] + [f"client:{each}" for each in new.client_ids]
    with room.entered() as session:
        people = _named(find_recipients(session, context, "", words) if words else [], words)
        people += [Recipient("other", None, each.strip()) for each in new.others]
        made = make_links(session, context, new.document_ids, people, new.days)
    return _items(request, room, made)


@router.post("/document-links/{link_id}/revoke", operation_id="revoke_document_link", responses=GONE)
def revoke(request: Request, room: WorkRoom, link_id: UUID) -> LinkItem:
    """Take a link back: from now on it opens nothing."""
    return _changed(request, room, link_id, again=False)


@router.post("/document-links/{link_id}/renew", operation_id="renew_document_link", responses=GONE)
def renew(request: Request, room: WorkRoom, link_id: UUID) -> LinkItem:
    """Make a link good again that was taken back; it ends when it would have ended."""
    return _changed(request, room, link_id, again=True)


def _changed(request: Request, room: Room, link_id: UUID, *, again: bool) -> LinkItem:
    with room.entered() as session:
        revoke_link(session, link_id, room.now, again=again)
        (item,) = _items(request, room, [documents.load_link(session, link_id)])
    return item


def _named(found: list[Recipient], words: list[str]) -> list[Recipient]:
    by_word = {each.word: each for each in found}
    missing = [word for word in words if word not in by_word]
    if missing:
        raise NotFoundError("Somebody named here is not there.", facts={"who": ", ".join(missing)})
    return [by_word[word] for word in dict.fromkeys(words)]


def _items(request: Request, room: Room, links: Sequence[DocumentLink]) -> list[LinkItem]:
    # Inside this app the address ends in its own place; what people outside open lies beside it.
    site = site_of(request).removesuffix(request.scope.get("root_path", ""))
    box = box_of(room.caller.galena.settings)
    return [_item(each, room, box, site) for each in links]


def _item(each: DocumentLink, room: Room, box: SecretBox, site: str) -> LinkItem:
    return LinkItem(
        id=each.id,
        address=f"{site}/shared/{word_of(box, room.caller.workspace_id, each)}",
        recipient=each.recipient,
        document_ids=list(each.document_ids),
        lead_id=each.lead_id,
        client_id=each.client_id,
        standing=each.standing(room.now),
        expires_at=each.expires_at,
        opened_count=each.opened_count,
        fetched_count=each.fetched_count,
        opened_at=each.opened_at,
        author=each.author,
        made_at=each.at,
    )
