"""Imports: opened, moved forward with each committed batch, finished, undone. They are also the pull log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, update

from galena.domain.imports import Import, ImportCounts, ImportStatus, NewImport
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all, load_by_id

_IMPORTS = tables.imports
_COUNTS = {
    "read": _IMPORTS.c.rows_read,
    "created": _IMPORTS.c.created_count,
    "updated": _IMPORTS.c.updated_count,
    "unchanged": _IMPORTS.c.unchanged_count,
    "quarantined": _IMPORTS.c.quarantined_count,
    "discarded": _IMPORTS.c.discarded_count,
    "signals": _IMPORTS.c.signal_count,
}


def open_(session: Session, new: NewImport) -> Import:
    """Begins an import; its author is the session's actor."""
    row = session.connection.execute(
        insert(_IMPORTS)
        .values(
            id=new.id,
            source=new.source,
            file_name=new.file_name,
            sha256=new.sha256,
            size=new.size,
            shape=_plain(new.shape),
            mapping=_plain(new.mapping),
            options=_plain(new.options),
            status="running",
            author=session.actor,
            started_at=new.started_at,
        )
        .returning(_IMPORTS)
    )
    return _import(row.mappings().one())


def checkpoint(session: Session, import_id: UUID, *, row: int, more: ImportCounts) -> None:
    """Adds what a batch did, in the transaction that did it; `row` is the last row of the batch."""
    added: dict[str, Any] = {column.name: column + getattr(more, name) for name, column in _COUNTS.items()}
    _change(session, import_id, checkpoint_row=row, **added)


def correct_counts(session: Session, import_id: UUID, more: ImportCounts) -> None:
    """Adds (or, with negative numbers, takes back) counts, as replaying a quarantined row does."""
    _change(
        session,
        import_id,
        **{column.name: column + getattr(more, name) for name, column in _COUNTS.items()},
    )


def finish(session: Session, import_id: UUID, *, at: datetime) -> Import:
    """Marks an import as done."""
    _change(session, import_id, status="done", finished_at=at, error=None)
    return load(session, import_id)


def fail(session: Session, import_id: UUID, *, at: datetime, error: str) -> None:
    """Marks an import as failed, with the reason in plain words."""
    _change(session, import_id, status="failed", finished_at=at, error=error)


def interrupt(session: Session, import_id: UUID) -> None:
    """Marks an import whose process is gone; it can go on after its checkpoint."""
    _change(session, import_id, status="interrupted")


def resume(session: Session, import_id: UUID) -> Import:
    """Marks an interrupted or failed import as running again."""
    _change(session, import_id, status="running", error=None, finished_at=None)
    return load(session, import_id)


def mark_undone(session: Session, import_id: UUID, *, at: datetime) -> None:
    """Marks an import as undone; its line in the log and its counts stay."""
    _change(session, import_id, status="undone", undone_at=at)


def load(session: Session, import_id: UUID) -> Import:
    """An import.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    return load_by_id(session, _IMPORTS, import_id, _import, "import")


def find_by_sha256(session: Session, sha256: str, *, source: str | None = None) -> tuple[Import, ...]:
    """Imports of a file with this content, the newest first."""
    query = select(_IMPORTS).where(_IMPORTS.c.sha256 == sha256)
    if source is not None:
        query = query.where(_IMPORTS.c.source == source)
    return find_all(session, query.order_by(_IMPORTS.c.started_at.desc()), _import)


def list_(
    session: Session,
    *,
    statuses: Sequence[ImportStatus] = (),
    source: str | None = None,
    author: str | None = None,
    limit: int = 100,
    before: UUID | None = None,
) -> tuple[Import, ...]:
    """Imports, the newest first; `before` is the last one of the page before."""
    query = select(_IMPORTS)
    if author is not None:
        query = query.where(_IMPORTS.c.author == author)
    if source is not None:
        query = query.where(_IMPORTS.c.source == source)
    if statuses:
        query = query.where(_IMPORTS.c.status.in_(statuses))
    if before is not None:
        query = query.where(_IMPORTS.c.id < before)
    return find_all(session, query.order_by(_IMPORTS.c.id.desc()).limit(limit), _import)


def _change(session: Session, import_id: UUID, **values: Any) -> None:
    session.connection.execute(update(_IMPORTS).where(_IMPORTS.c.id == import_id).values(**values))


def _plain(value: Any) -> Any:
    return None if value is None else dict(value)


def _import(row: RowMapping) -> Import:
    return Import(
        counts=ImportCounts(**{name: row[column.name] for name, column in _COUNTS.items()}),
        **{
            name: row[name]
            for name in (
                "id",
                "source",
                "file_name",
                "sha256",
                "size",
                "shape",
                "mapping",
                "options",
                "status",
                "checkpoint_row",
                "error",
                "author",
                "started_at",
                "finished_at",
                "undone_at",
            )
        },
    )
