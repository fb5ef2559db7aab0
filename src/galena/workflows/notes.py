"""Notes on leads: written by who sees the lead, changed by their author alone, and never lost.

Each story takes the session of who acts: its row-level security decides which leads and notes are there at all.
"""

from datetime import datetime
from uuid import UUID

from galena.domain.notes import Note, read_note
from galena.kit.errors import ConflictError, InputError
from galena.stores import audit, leads, notes, sameness
from galena.stores.door import Session


def write_note(session: Session, lead_id: UUID, text: str, now: datetime) -> Note:
    """Keep a note on a lead.

    Raises:
        NotFoundError: there is no such lead that this session sees.
        InputError: the text is empty or too long.
    """
    kept = read_note(text)
    lead = leads.load(session, sameness.visible_of(session, lead_id))
    note = notes.add(session, lead.lead.id, kept, now)
    audit.record(session, "write_note", f"lead:{lead.lead.id}", {"note": str(note.id)})
    return note


def edit_note(session: Session, note_id: UUID, text: str, now: datetime) -> Note:
    """Give an own note other words.

    Raises:
        NotFoundError: there is no such note that this session sees.
        ConflictError: somebody else wrote it, or it was taken away.
        InputError: the text is empty or too long.
    """
    note = _own(session, note_id)
    if note.removed_at is not None:
        raise ConflictError("This note was taken away.", remedy="Bring it back first.")
    kept = read_note(text)
    if kept != note.text:
        notes.set_text(session, note, kept, now)
        audit.record(session, "edit_note", f"lead:{note.lead_id}", {"note": str(note.id)})
    return note


def remove_note(session: Session, note_id: UUID, now: datetime) -> Note:
    """Take an own note away; it can be brought back. Raises as `edit_note`; taking it away twice is no fault."""
    note = _own(session, note_id)
    if note.removed_at is None:
        notes.set_removed(session, note, True, now)
        audit.record(session, "remove_note", f"lead:{note.lead_id}", {"note": str(note.id)})
    return note


def restore_note(session: Session, note_id: UUID, now: datetime) -> Note:
    """Bring an own note back that was taken away. Raises as `edit_note`."""
    note = _own(session, note_id)
    if note.removed_at is not None:
        notes.set_removed(session, note, False, now)
        audit.record(session, "restore_note", f"lead:{note.lead_id}", {"note": str(note.id)})
    return note


def _own(session: Session, note_id: UUID) -> Note:
    note = notes.load(session, note_id)
    if note.author != session.actor:
        raise ConflictError(
            "Somebody else wrote this note.", remedy="Write one of your own; only its author changes a note."
        )
    return note


def words_of(text: str) -> tuple[str, ...]:
    """The words of a search, each once.

    Raises:
        InputError: there are too many.
    """
    found = tuple(dict.fromkeys(text.replace("\0", "").split()))
    if len(found) > 20:
        raise InputError("A search takes 20 words at most.", remedy="Search for the rarest of them.")
    return found
