"""Notes: on the page of their lead, and all of them on a page that is searched."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.notes import LONGEST_NOTE, Note, NoteVersion
from galena.stores import leads, notes, sameness
from galena.stores.door import Session
from galena.surfaces.web.answers import onward
from galena.surfaces.web.entrance import own_page
from galena.surfaces.web.pages.views import saved_on
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.people import author_words, names_of_people
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import SignedIn, Visitor, Worker, entered, galena_of
from galena.surfaces.web.whose import ForWhom
from galena.surfaces.web.words import moment_words, nouns_of, plain
from galena.workflows.notes import edit_note, remove_note, restore_note, words_of, write_note

router = APIRouter()

ON_A_PAGE = 50
CHANGE_WORDS = {
    "written": "written",
    "edited": "changed",
    "removed": "taken away",
    "restored": "brought back",
}
NoteText = Annotated[str, Form(max_length=4 * LONGEST_NOTE)]


def notes_of(session: Session, visitor: Visitor, lead_id: UUID, now: datetime) -> dict[str, Any]:
    """What the lead's page shows: the notes that stand, each with what it said before."""
    nodes = (lead_id, *sameness.members_of(session, [lead_id]).get(lead_id, ()))
    found = notes.list_of_leads(session, nodes)
    before = notes.history(session, [note.id for note in found])
    people = names_of_people(session)
    return {
        "rows": [_row(note, before.get(note.id, []), people, visitor, now) for note in found],
        "can_write": visitor.can_work,
        "longest": LONGEST_NOTE,
    }


def _row(
    note: Note, versions: list[NoteVersion], people: Any, visitor: Visitor, now: datetime
) -> dict[str, Any]:
    return {
        "id": note.id,
        "lead_id": note.lead_id,
        "title": note.title,
        "text": note.text,
        "who": author_words(note.author, people),
        "when": moment_words(note.at, now),
        "edited": moment_words(note.edited_at, now) if note.edited_at else "",
        "is_own": note.author == str(visitor.user.id) and visitor.can_work,
        "versions": [
            {"change": CHANGE_WORDS[each.change], "text": each.text, "when": moment_words(each.at, now)}
            for each in versions[1:]
        ],
    }


@router.get("/notes", response_class=HTMLResponse)
def show(
    request: Request,
    visitor: SignedIn,
    whose: ForWhom,
    q: Annotated[str, Query(max_length=200)] = "",
    mine: Annotated[str, Query(max_length=3)] = "",
    begin: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> HTMLResponse:
    """Every note, the newest first, by its words and its lead's name."""
    galena, asked = galena_of(request), plain(q).strip()
    now = galena.clock()
    with whose.entered(request, visitor) as session:
        author = str(visitor.user.id) if mine else None
        found, count = notes.search(session, words_of(asked), author=author, offset=begin, limit=ON_A_PAGE)
        people = names_of_people(session)
    return page(
        request,
        "notes.html",
        visitor,
        here="notes",
        words=nouns_of(context_of(request, visitor).playbook),
        whose=whose.choices(request, visitor),
        q=asked,
        saved=saved_on(request, visitor, "notes"),
        mine=bool(mine),
        rows=[_row(note, [], people, visitor, now) for note in found],
        count=count,
        begin=begin,
        earlier=max(0, begin - ON_A_PAGE) if begin else None,
        later=begin + ON_A_PAGE if begin + ON_A_PAGE < count else None,
    )


@router.post("/leads/{lead_id}/notes")
def write(request: Request, visitor: Worker, lead_id: UUID, text: NoteText = "") -> RedirectResponse:
    """Keep a note on a lead."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        note = write_note(session, lead_id, plain(text), galena.clock())
    return onward(f"/leads/{note.lead_id}#notes", "The note is kept.")


@router.post("/notes")
def write_quickly(
    request: Request,
    visitor: Worker,
    lead_id: Annotated[UUID, Form()],
    text: NoteText = "",
    back: Annotated[str, Form(max_length=2_000)] = "/notes",
) -> RedirectResponse:
    """Keep a note from any page, and go back there."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        note = write_note(session, lead_id, plain(text), galena.clock())
        title = leads.load(session, note.lead_id).title
    return onward(own_page(back), f"The note on {title} is kept.", undo=f"/notes/{note.id}/remove")


@router.post("/notes/{note_id}")
def edit(request: Request, visitor: Worker, note_id: UUID, text: NoteText = "") -> RedirectResponse:
    """Give an own note other words."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        note = edit_note(session, note_id, plain(text), galena.clock())
    return onward(f"/leads/{note.lead_id}#notes", "The note is changed; what it said before stays below it.")


@router.post("/notes/{note_id}/remove")
def remove(request: Request, visitor: Worker, note_id: UUID) -> RedirectResponse:
    """Take an own note away."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        note = remove_note(session, note_id, galena.clock())
    return onward(f"/leads/{note.lead_id}?removed={note.id}#notes")


@router.post("/notes/{note_id}/restore")
def restore(request: Request, visitor: Worker, note_id: UUID) -> RedirectResponse:
    """Bring an own note back."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        note = restore_note(session, note_id, galena.clock())
    return onward(f"/leads/{note.lead_id}#notes", "The note is back.")
