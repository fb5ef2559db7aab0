"""Notes on leads: the newest text of each, and every one before it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, and_, func, insert, literal, or_, select, tuple_, update

from galena.domain.notes import Note, NoteStep, NoteVersion
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all, load_by_id

_NOTES = tables.notes
_VERSIONS = tables.note_versions
_LEADS = tables.leads
_STAND = _NOTES.c.removed_at.is_(None)


def add(session: Session, lead_id: UUID, text: str, at: datetime) -> Note:
    """A new note of this session's actor on a lead."""
    row = session.connection.execute(
        insert(_NOTES)
        .values(id=new_id(), lead_id=lead_id, text=text, author=session.actor, at=at)
        .returning(_NOTES)
    )
    note = _note(row.mappings().one())
    _remember(session, note, "written", at)
    return note


def set_text(session: Session, note: Note, text: str, at: datetime) -> None:
    """Gives a note other words; those before stay readable."""
    _change(session, note.id, text=text, edited_at=at)
    _remember(session, Note(**{**_values(note), "text": text}), "edited", at)


def set_removed(session: Session, note: Note, is_removed: bool, at: datetime) -> None:
    """Takes a note away, or brings it back."""
    _change(session, note.id, removed_at=at if is_removed else None)
    _remember(session, note, "removed" if is_removed else "restored", at)


def load(session: Session, note_id: UUID) -> Note:
    """A note, also one taken away.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    return load_by_id(session, _NOTES, note_id, _note, "note")


def list_of_leads(session: Session, lead_ids: Collection[UUID]) -> tuple[Note, ...]:
    """The notes on these leads that stand, the newest first."""
    query = select(_NOTES).where(_STAND, among(_NOTES.c.lead_id, lead_ids))
    return find_all(session, query.order_by(_NOTES.c.at.desc(), _NOTES.c.id.desc()), _note)


def history(session: Session, note_ids: Collection[UUID]) -> dict[UUID, list[NoteVersion]]:
    """Note -> every text it had, the newest first."""
    query = select(_VERSIONS).where(among(_VERSIONS.c.note_id, note_ids))
    found: dict[UUID, list[NoteVersion]] = {}
    for version in find_all(session, query.order_by(_VERSIONS.c.at.desc(), _VERSIONS.c.id.desc()), _version):
        found.setdefault(version.note_id, []).append(version)
    return found


def search(
    session: Session,
    words: Collection[str],
    *,
    author: str | None = None,
    before: tuple[datetime, UUID] | None = None,
    offset: int = 0,
    limit: int = 50,
) -> tuple[tuple[Note, ...], int]:
    """Notes on leads this session sees in which, or in whose lead's title, every word stands; the newest first.

    Args:
        before: of the last note of the page before, when it was written and its id.

    Returns: those of the page, and how many there are.
    """
    query = select(_NOTES, _LEADS.c.title).join(
        _LEADS, and_(_LEADS.c.workspace_id == _NOTES.c.workspace_id, _LEADS.c.id == _NOTES.c.lead_id)
    )
    query = query.where(_STAND)
    for word in words:
        query = query.where(
            or_(
                _NOTES.c.text.icontains(word, autoescape=True),
                _LEADS.c.title.icontains(word, autoescape=True),
            )
        )
    if author is not None:
        query = query.where(_NOTES.c.author == author)
    if before is not None:
        query = query.where(tuple_(_NOTES.c.at, _NOTES.c.id) < tuple_(*map(literal, before)))
    page = query.order_by(_NOTES.c.at.desc(), _NOTES.c.id.desc()).offset(offset).limit(limit)
    return find_all(session, page, _note), _count(session, query)


def _count(session: Session, query: Select[Any]) -> int:
    found: int = session.connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    return found


def _change(session: Session, note_id: UUID, **values: object) -> None:
    session.connection.execute(update(_NOTES).where(_NOTES.c.id == note_id).values(**values))


def _remember(session: Session, note: Note, change: NoteStep, at: datetime) -> None:
    session.connection.execute(
        insert(_VERSIONS).values(
            id=new_id(), note_id=note.id, tenant_id=note.tenant_id, change=change, text=note.text,
            author=session.actor, at=at,
        )
    )  # fmt: skip


def _values(note: Note) -> dict[str, Any]:
    return {name: getattr(note, name) for name in Note.__dataclass_fields__}


def _note(row: RowMapping) -> Note:
    found: dict[str, Any] = {name: row[name] for name in Note.__dataclass_fields__ if name in row}
    return Note(**{**found, "title": found.get("title") or ""})


def _version(row: RowMapping) -> NoteVersion:
    return NoteVersion(**{name: row[name] for name in NoteVersion.__dataclass_fields__})
