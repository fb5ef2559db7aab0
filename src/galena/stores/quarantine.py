"""The quarantine: rows set aside with the reason, to be corrected and replayed, or dismissed."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, delete, func, select, text, update
from sqlalchemy.engine import RowMapping

from galena.domain.imports import Fault, Quarantined, QuarantineStatus
from galena.kit.errors import ConflictError, NotFoundError
from galena.stores import tables
from galena.stores.bulk import incoming, json_text, listed, taken
from galena.stores.door import Session
from galena.stores.rows import find_all, find_one

_ROWS = tables.quarantine
_FIRST_REASON = _ROWS.c.faults[0]["reason"].astext
_FIRST_FIELD = _ROWS.c.faults[0]["field"].astext
_COLUMNS = ("id", "import_id", "source", "row_number", "payload", "faults", "status")


def add_many(session: Session, rows: Iterable[Quarantined]) -> int:
    """Sets rows aside and says how many were new.

    A row of an import that is here already stays as it is; so does one that an earlier import brought word for word,
    whether it waits or somebody dealt with it: the same file twice gives nobody twice the work.
    """
    values = (
        (
            row.id,
            row.import_id,
            row.source,
            row.row_number,
            row.payload,
            json_text([asdict(fault) for fault in row.faults]),
            row.status,
        )
        for row in rows
    )
    with incoming(session, _ROWS, _COLUMNS, values) as name:
        return session.connection.execute(
            text(
                f"INSERT INTO quarantine ({listed(_COLUMNS)}) SELECT {taken(_ROWS, _COLUMNS)} FROM {name}"  # noqa: S608
                f" WHERE NOT EXISTS (SELECT FROM quarantine q WHERE q.source = {name}.source"
                f" AND md5(q.payload::text) = md5({name}.payload::text) AND q.import_id <> {name}.import_id::uuid)"
                " ORDER BY row_number ON CONFLICT DO NOTHING"
            )
        ).rowcount


def list_(
    session: Session,
    *,
    import_id: UUID | None = None,
    status: QuarantineStatus | None = "open",
    reason: str | None = None,
    limit: int = 100,
    after: UUID | None = None,
) -> tuple[Quarantined, ...]:
    """Rows in the order they were set aside; `after` is the last one of the page before.

    Args:
        reason: only rows whose first fault has this reason.
    """
    query = _read()
    if reason is not None:
        query = query.where(reason == _FIRST_REASON)
    if import_id is not None:
        query = query.where(_ROWS.c.import_id == import_id)
    if status is not None:
        query = query.where(_ROWS.c.status == status)
    if after is not None:
        query = query.where(_ROWS.c.id > after)
    return find_all(session, query.order_by(_ROWS.c.id).limit(limit), _quarantined)


def load(session: Session, row_id: UUID) -> Quarantined:
    """A row set aside.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    found = find_one(session, _read().where(_ROWS.c.id == row_id), _quarantined)
    if found is None:
        raise NotFoundError("there is no such quarantined row", facts={"id": row_id})
    return found


def find_like(session: Session, part: str, *, limit: int = 2) -> tuple[Quarantined, ...]:
    """Rows whose id begins or ends with `part`, whatever became of them."""
    name = cast(_ROWS.c.id, Text)
    fits = name.startswith(part, autoescape=True) | name.endswith(part, autoescape=True)
    return find_all(session, _read().where(fits).order_by(_ROWS.c.id).limit(limit), _quarantined)


def count_by_import(session: Session, *, status: QuarantineStatus = "open") -> Mapping[UUID, int]:
    """How many rows of each import are in this status."""
    query = select(_ROWS.c.import_id, func.count()).where(_ROWS.c.status == status)
    return {row[0]: row[1] for row in session.connection.execute(query.group_by(_ROWS.c.import_id))}


def count_by_reason(session: Session, *, import_id: UUID | None = None) -> tuple[tuple[str, str, int], ...]:
    """Open rows by the field and the reason of their first fault, the most frequent first."""
    rows = func.count().label("rows")
    field = func.coalesce(_FIRST_FIELD, "")
    query = select(field, _FIRST_REASON, rows).where(_ROWS.c.status == "open")
    if import_id is not None:
        query = query.where(_ROWS.c.import_id == import_id)
    ordered = query.group_by(field, _FIRST_REASON).order_by(rows.desc(), field, _FIRST_REASON)
    return tuple((row[0], row[1], row[2]) for row in session.connection.execute(ordered))


def mark_replayed(
    session: Session,
    row_id: UUID,
    *,
    record_id: UUID,
    at: datetime,
    corrections: Mapping[str, Any] | None = None,
) -> None:
    """Closes a row whose replay made a source record.

    Raises:
        ConflictError: it is closed already.
    """
    _close(
        session,
        row_id,
        status="replayed",
        replayed_record_id=record_id,
        corrections=None if corrections is None else dict(corrections),
        closed_at=at,
    )


def dismiss(session: Session, row_id: UUID, *, at: datetime) -> None:
    """Closes a row that nobody will mend; its payload stays.

    Raises:
        ConflictError: it is closed already.
    """
    _close(session, row_id, status="dismissed", closed_at=at)


def update_faults(session: Session, row_id: UUID, faults: Iterable[Fault]) -> None:
    """Replaces the reasons of a row that failed again when it was replayed."""
    session.connection.execute(
        update(_ROWS).where(_ROWS.c.id == row_id).values(faults=[asdict(fault) for fault in faults])
    )


def delete_of_import(session: Session, import_id: UUID) -> int:
    """Deletes the rows of an import, as undoing it does, and says how many there were."""
    return session.connection.execute(delete(_ROWS).where(_ROWS.c.import_id == import_id)).rowcount


def _close(session: Session, row_id: UUID, **values: Any) -> None:
    closed = session.connection.execute(
        update(_ROWS)
        .where(_ROWS.c.id == row_id, _ROWS.c.status == "open")
        .values(closed_by=session.actor, **values)
    )
    if closed.rowcount != 1:
        standing = load(session, row_id)
        raise ConflictError("this row is closed already", facts={"id": row_id, "status": standing.status})


def _read() -> Any:
    named = (_ROWS.c[name] for name in _COLUMNS if name != "payload")
    payload = cast(_ROWS.c.payload, Text).label("payload")
    return select(*named, payload, _ROWS.c.corrections, _ROWS.c.replayed_record_id)


def _quarantined(row: RowMapping) -> Quarantined:
    return Quarantined(
        id=row["id"],
        import_id=row["import_id"],
        source=row["source"],
        row_number=row["row_number"],
        payload=row["payload"],
        faults=tuple(Fault(**fault) for fault in row["faults"]),
        status=row["status"],
        corrections=row["corrections"],
        replayed_record_id=row["replayed_record_id"],
    )
