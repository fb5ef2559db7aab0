"""Notes on leads: written, found by their words, changed by their author, taken away and brought back."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from galena.domain.notes import LONGEST_NOTE, Note, NoteVersion
from galena.stores import leads, notes, sameness
from galena.stores.door import Session
from galena.surfaces.api.caller import Reader, Writer
from galena.surfaces.api.leads import Text
from galena.surfaces.api.paging import Cursor, Page, PageSize, read_cursor, with_next
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.rooms import ROOM_PROBLEMS, ReadRoom
from galena.surfaces.api.versions import CHANGED, IfMatch, ensure_unchanged, tag_of
from galena.surfaces.api.workplace import CLASH, GONE
from galena.workflows.notes import edit_note, remove_note, restore_note, words_of, write_note

router = APIRouter(tags=["notes"], responses=ROOM_PROBLEMS, route_class=RepeatableRoute)

_TEXT = "Rang the owner: wants to talk after the holidays."


class NoteText(BaseModel):
    """What a note says."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": _TEXT}]})

    text: str = Field(min_length=1, max_length=LONGEST_NOTE, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")


class NoteItem(BaseModel):
    """A note in its newest words."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0195a3c0-0000-7000-8000-000000000000",
                    "lead_id": "0195a3c0-0000-7000-8000-000000000001",
                    "lead_title": "Northwind Bakery",
                    "text": _TEXT,
                    "author": "api_key:0195a3c0-0000-7000-8000-000000000002",
                    "is_own": True,
                    "written_at": "2026-03-02T09:00:00Z",
                    "changed_at": None,
                    "removed_at": None,
                }
            ]
        }
    )

    id: UUID
    lead_id: UUID
    lead_title: str
    text: str
    author: str = Field(description="Who wrote it: a person's id, or the key of a program.")
    is_own: bool = Field(description="This key wrote it, and can change it or take it away.")
    written_at: datetime
    changed_at: datetime | None
    removed_at: datetime | None = Field(description="null: it stands.")


class NoteItems(Page):
    """A page of notes, the newest first."""

    items: list[NoteItem]


class NoteVersionItem(BaseModel):
    """A text that a note had, and what made it so."""

    change: Literal["written", "edited", "removed", "restored"]
    text: str
    author: str
    at: datetime


@router.get("/notes", operation_id="list_notes")
def list_notes(
    room: ReadRoom,
    q: Annotated[
        Text, Query(description="Words that must all stand in the note or its lead's title; 20 at most.")
    ] = "",
    mine: Annotated[bool, Query(description="Only those this key wrote.")] = False,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> NoteItems:
    """Notes on all leads that can be seen, the newest first."""
    before = read_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    with room.entered() as session:
        author = session.actor if mine else None
        rows, _ = notes.search(session, words_of(q), author=author, before=before, limit=limit + 1)
        found, following = with_next(rows, limit, lambda each: (each.at.isoformat(), each.id))
        return NoteItems(items=[_item(session, each) for each in found], next=following)


@router.get("/leads/{lead_id}/notes", operation_id="list_lead_notes", responses=GONE)
def list_lead_notes(caller: Reader, lead_id: UUID) -> list[NoteItem]:
    """The notes on a lead, and on those found to be the same, the newest first."""
    with caller.entered() as session:
        title = leads.load(session, lead_id).title
        nodes = (lead_id, *sameness.members_of(session, [lead_id]).get(lead_id, ()))
        return [_item(session, each, title) for each in notes.list_of_leads(session, nodes)]


@router.post("/leads/{lead_id}/notes", operation_id="add_note", status_code=201, responses=GONE)
def add_note(caller: Writer, lead_id: UUID, said: NoteText) -> NoteItem:
    """Write a note on a lead."""
    with caller.entered() as session:
        made = write_note(session, lead_id, said.text, caller.galena.clock())
        return _titled(session, made.id)


@router.get("/notes/{note_id}", operation_id="get_note", responses=GONE)
def get_note(caller: Reader, response: Response, note_id: UUID) -> NoteItem:
    """One note, also one taken away. The ETag guards changes."""
    with caller.entered() as session:
        item = _titled(session, note_id)
    response.headers["etag"] = tag_of(item)
    return item


@router.get("/notes/{note_id}/versions", operation_id="list_note_versions", responses=GONE)
def list_versions(caller: Reader, note_id: UUID) -> list[NoteVersionItem]:
    """Every text that a note had, the newest first."""
    with caller.entered() as session:
        notes.load(session, note_id)
        return [_version(each) for each in notes.history(session, [note_id]).get(note_id, [])]


@router.patch("/notes/{note_id}", operation_id="change_note", responses=GONE | CLASH | CHANGED)
def change_note(
    caller: Writer, response: Response, note_id: UUID, said: NoteText, if_match: IfMatch = None
) -> NoteItem:
    """Give an own note other words; those before stay readable."""
    with caller.entered() as session:
        ensure_unchanged(if_match, tag_of(_titled(session, note_id)))
        edit_note(session, note_id, said.text, caller.galena.clock())
        item = _titled(session, note_id)
    response.headers["etag"] = tag_of(item)
    return item


@router.delete("/notes/{note_id}", operation_id="remove_note", responses=GONE | CLASH)
def remove(caller: Writer, note_id: UUID) -> NoteItem:
    """Take an own note away; it can be brought back."""
    with caller.entered() as session:
        remove_note(session, note_id, caller.galena.clock())
        return _titled(session, note_id)


@router.post("/notes/{note_id}/restore", operation_id="restore_note", responses=GONE | CLASH)
def restore(caller: Writer, note_id: UUID) -> NoteItem:
    """Bring an own note back."""
    with caller.entered() as session:
        restore_note(session, note_id, caller.galena.clock())
        return _titled(session, note_id)


def _titled(session: Session, note_id: UUID) -> NoteItem:
    found = notes.load(session, note_id)
    return _item(session, found, leads.load(session, found.lead_id).title)


def _item(session: Session, note: Note, title: str | None = None) -> NoteItem:
    return NoteItem(
        id=note.id,
        lead_id=note.lead_id,
        lead_title=title or note.title,
        text=note.text,
        author=note.author,
        is_own=note.author == session.actor,
        written_at=note.at,
        changed_at=note.edited_at,
        removed_at=note.removed_at,
    )


def _version(each: NoteVersion) -> NoteVersionItem:
    return NoteVersionItem(change=each.change, text=each.text, author=each.author, at=each.at)
