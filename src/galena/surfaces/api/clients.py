"""A tenant's own customers: listed, kept, changed, taken off and put back, those that seem to be one made one."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from galena.domain.clients import FIELD_WORDS, LONGEST_ABOUT, LONGEST_FIELD, MOST_CLIENTS, Client, ClientEntry
from galena.kit.csv_text import write_csv
from galena.stores import clients
from galena.stores.door import Session
from galena.surfaces.api.leads import Text
from galena.surfaces.api.paging import Cursor, Page, PageSize, cut, read_cursor, with_next
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.reports import CsvAnswer
from galena.surfaces.api.rooms import ROOM_PROBLEMS, ReadRoom, WorkRoom
from galena.surfaces.api.versions import CHANGED, IfMatch, ensure_unchanged, tag_of
from galena.surfaces.api.workplace import CLASH, GONE, context_of
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

router = APIRouter(tags=["clients"], responses=ROOM_PROBLEMS, route_class=RepeatableRoute)

_CLIENT: dict[str, JsonValue] = {
    "name": "Ann Baker",
    "company": "Northwind Bakery",
    "email": "ann@example.com",
    "phone": "+1 512 555 0101",
    "city": "Austin",
    "region": "TX",
}
_ID = "0195a3c0-0000-7000-8000-000000000000"
_OTHER = "0195a3c0-0000-7000-8000-000000000001"
Line = Annotated[str, Field(max_length=LONGEST_FIELD, pattern=r"^[^\x00]*$")]


class ClientFields(BaseModel):
    """What is kept of a client."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CLIENT]})

    name: Line = ""
    company: Line = ""
    email: Line = ""
    phone: Line = ""
    street: Line = ""
    city: Line = ""
    region: Line = Field("", description="State or province.")
    postcode: Line = ""
    about: str = Field("", max_length=LONGEST_ABOUT, pattern=r"^[^\x00]*$", description="A note on them.")


class ClientPatch(BaseModel):
    """What is to be changed of a client; what is left out stays, an empty text empties it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"phone": "+1 512 555 0102"}]})

    name: Line | None = None
    company: Line | None = None
    email: Line | None = None
    phone: Line | None = None
    street: Line | None = None
    city: Line | None = None
    region: Line | None = None
    postcode: Line | None = None
    about: str | None = Field(None, max_length=LONGEST_ABOUT, pattern=r"^[^\x00]*$")


class ClientItem(ClientFields):
    """A client."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_CLIENT,
                    "id": _ID,
                    "tenant_id": None,
                    "title": "Ann Baker",
                    "lead_id": None,
                    "origin": "hand",
                    "author": "api_key:0195a3c0-0000-7000-8000-000000000002",
                    "kept_at": "2026-03-02T09:00:00Z",
                    "changed_at": "2026-03-02T09:00:00Z",
                    "removed_at": None,
                    "merged_into": None,
                }
            ]
        }
    )

    id: UUID
    tenant_id: UUID | None = Field(description="Whose they are; null: of the people who run the workspace.")
    title: str = Field(description="How lists call them.")
    lead_id: UUID | None = Field(description="The lead they were.")
    origin: str = Field(description="hand (or a program), file, lead: where they came from.")
    author: str
    kept_at: datetime
    changed_at: datetime
    removed_at: datetime | None = Field(
        description="When they were taken off the list; null: they are on it."
    )
    merged_into: UUID | None = Field(description="The client they were found to be.")


class ClientItems(Page):
    """A page of clients, by name."""

    items: list[ClientItem]


class SameClients(BaseModel):
    """Clients that seem to be one: the same e-mail address, number, or name and place. The oldest first."""

    clients: list[ClientItem]


class SameGroups(Page):
    """A page of groups."""

    items: list[SameClients]


class Joining(BaseModel):
    """Which clients are one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"keep": _ID, "others": [_OTHER]}]})

    keep: UUID = Field(description="The one that stays; what it lacks is taken from the others.")
    others: list[UUID] = Field(min_length=1, max_length=100, description="They leave the list.")


class JoinedClients(BaseModel):
    """What joining came to."""

    client: ClientItem
    joined: int


class PartedClients(BaseModel):
    """What parting came to."""

    parted: int = Field(description="Clients that are back on the list; what was taken from them stays, too.")


class ClientOfLead(BaseModel):
    """The client that a lead has become."""

    client: ClientItem
    is_new: bool = Field(description="false: they were on the list already.")


@router.get("/clients", operation_id="list_clients")
def list_clients(
    room: ReadRoom,
    q: Annotated[Text, Query(description="Words that must all stand in what is kept of them.")] = "",
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> ClientItems:
    """The clients on the list, by name."""
    after = read_cursor(cursor, UUID)[0] if cursor else None
    with room.entered() as session:
        rows, _ = clients.list_own(session, search=q, after=after, limit=limit + 1)
    found, following = with_next(rows, limit, lambda each: (each.id,))
    return ClientItems(items=[_item(each) for each in found], next=following)


@router.post("/clients", operation_id="add_client", status_code=201, responses=CLASH)
def add_client(room: WorkRoom, response: Response, new: ClientFields) -> ClientItem:
    """Keep a client; a name, a company, an e-mail address or a number must be given."""
    with room.entered() as session:
        return _tagged(response, keep_client(session, ClientEntry(**new.model_dump()), room.now))


@router.get(
    "/clients.csv",
    operation_id="export_clients",
    response_class=CsvAnswer,
    responses={200: {"description": "The whole list with a heading; it can be sent in again as it is."}},
)
def export_clients(room: ReadRoom) -> CsvAnswer:
    """The whole list as a table. Cells that a spreadsheet would run as a formula are made harmless."""
    with room.entered() as session:
        found, _ = clients.list_own(session, limit=MOST_CLIENTS)
    rows = [tuple(getattr(each.entry, name) for name in FIELD_WORDS) for each in found]
    headers = {"content-disposition": 'attachment; filename="clients.csv"'}
    return CsvAnswer(write_csv(tuple(FIELD_WORDS.values()), rows), headers=headers)


@router.get("/clients/same", operation_id="list_same_clients")
def list_same(room: ReadRoom, limit: PageSize = 50, cursor: Cursor = None) -> SameGroups:
    """Clients that seem to be one; nothing is joined until somebody says so."""
    with room.entered() as session:
        groups = find_same(session)
    found, following = cut(groups, limit, cursor, lambda group: group[0].id)
    return SameGroups(
        items=[SameClients(clients=[_item(each) for each in group]) for group in found], next=following
    )


@router.post("/clients/join", operation_id="join_clients", responses=GONE | CLASH)
def join(room: WorkRoom, joining: Joining) -> JoinedClients:
    """Make one client of several. It can be undone: POST /clients/{client_id}/part."""
    with room.entered() as session:
        kept, count = merge_clients(session, joining.keep, joining.others, room.now)
    return JoinedClients(client=_item(kept), joined=count)


@router.get("/clients/{client_id}", operation_id="get_client", responses=GONE)
def get_client(room: ReadRoom, response: Response, client_id: UUID) -> ClientItem:
    """One client, also one taken off the list. The ETag guards changes."""
    with room.entered() as session:
        return _tagged(response, clients.load(session, client_id))


@router.patch("/clients/{client_id}", operation_id="change_client", responses=GONE | CLASH | CHANGED)
def change(
    room: WorkRoom, response: Response, client_id: UUID, patch: ClientPatch, if_match: IfMatch = None
) -> ClientItem:
    """Change what is kept of a client."""
    with room.entered() as session:
        before = clients.load(session, client_id)
        ensure_unchanged(if_match, tag_of(_item(before)))
        given = {name: value for name, value in patch.model_dump().items() if value is not None}
        entry = ClientEntry(**{name: given.get(name, getattr(before.entry, name)) for name in FIELD_WORDS})
        return _tagged(response, change_client(session, client_id, entry, room.now))


@router.delete("/clients/{client_id}", operation_id="remove_client", responses=GONE)
def remove(room: WorkRoom, client_id: UUID) -> ClientItem:
    """Take a client off the list; they can be put back."""
    with room.entered() as session:
        remove_client(session, client_id, room.now)
        return _loaded(session, client_id)


@router.post("/clients/{client_id}/restore", operation_id="restore_client", responses=GONE)
def restore(room: WorkRoom, client_id: UUID) -> ClientItem:
    """Put a client back on the list."""
    with room.entered() as session:
        restore_client(session, client_id)
        return _loaded(session, client_id)


@router.post("/clients/{client_id}/part", operation_id="part_clients", responses=GONE)
def part(room: WorkRoom, client_id: UUID) -> PartedClients:
    """Put those back on the list that were joined into this client."""
    with room.entered() as session:
        return PartedClients(parted=part_clients(session, client_id))


@router.post("/leads/{lead_id}/client", operation_id="add_client_of_lead", responses=GONE | CLASH)
def of_lead(room: WorkRoom, lead_id: UUID) -> ClientOfLead:
    """Make a client of a lead, with what the lead's facts say; where they are on the list, that client."""
    playbook = context_of(room.caller).playbook
    with room.entered() as session:
        made, is_new = client_of_lead(session, playbook, lead_id, room.now)
    return ClientOfLead(client=_item(made), is_new=is_new)


def _loaded(session: Session, client_id: UUID) -> ClientItem:
    return _item(clients.load(session, client_id))


def _tagged(response: Response, found: Client) -> ClientItem:
    item = _item(found)
    response.headers["etag"] = tag_of(item)
    return item


def _item(each: Client) -> ClientItem:
    return ClientItem(
        **{name: getattr(each.entry, name) for name in FIELD_WORDS},
        id=each.id,
        tenant_id=each.tenant_id,
        title=each.entry.title,
        lead_id=each.lead_id,
        origin=each.origin,
        author=each.author,
        kept_at=each.at,
        changed_at=each.changed_at,
        removed_at=each.removed_at,
        merged_into=each.merged_into,
    )
