"""Connections, how they fare, and the log of their pulls."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Table, delete, func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import JSONB

from galena.domain.connection import Connection, ConnectionState, Pull, PullCounts, PullStatus
from galena.kit.errors import ConflictError, NotFoundError
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all, find_one

_CONNECTIONS = tables.connections
_PULLS = tables.pulls
_COUNTS = {
    "fetched": "fetched_count",
    "accepted": "accepted_count",
    "duplicate": "duplicate_count",
    "quarantined": "quarantined_count",
    "pages": "page_count",
    "calls": "call_count",
}
_PLAIN = (
    "id",
    "name",
    "connector",
    "settings",
    "created_at",
    "author",
    "sealed",
    "private_ok",
    "schedule",
    "due_at",
    "state",
    "failures",
    "error",
    "last_tried_at",
    "last_success_at",
    "streams",
    "columns",
)


def add(session: Session, new: Connection) -> None:
    """Keeps a new connection.

    Raises:
        ConflictError: there is one of this name.
    """
    session.connection.execute(text("SELECT 1 FROM workspaces FOR UPDATE"))
    if find(session, new.name) is not None:
        raise ConflictError(
            "There is a connection of this name already.",
            facts={"name": new.name},
            remedy="Choose another name, or remove the other one first: `galena connect remove NAME`.",
        )
    values = {name: getattr(new, name) for name in _PLAIN}
    values |= {name: dict(values[name]) for name in ("settings", "streams", "columns")}
    session.connection.execute(insert(_CONNECTIONS).values(**values))


def find(session: Session, name: str) -> Connection | None:
    """The connection of this name."""
    return find_one(session, select(_CONNECTIONS).where(_CONNECTIONS.c.name == name), _connection)


def load(session: Session, name: str) -> Connection:
    """The connection of this name.

    Raises:
        NotFoundError: there is none.
    """
    found = find(session, name)
    if found is None:
        raise NotFoundError(
            "There is no such connection.", facts={"name": name}, remedy="`galena connect list` shows them."
        )
    return found


def list_all(session: Session) -> tuple[Connection, ...]:
    """Every connection, by name."""
    return find_all(session, select(_CONNECTIONS).order_by(_CONNECTIONS.c.name), _connection)


def list_due(session: Session, now: datetime) -> tuple[Connection, ...]:
    """The connections whose time has come, the longest due first; not those that are paused."""
    query = select(_CONNECTIONS).where(_CONNECTIONS.c.due_at <= now, _CONNECTIONS.c.state != "paused")
    return find_all(session, query.order_by(_CONNECTIONS.c.due_at, _CONNECTIONS.c.name), _connection)


def remove(session: Session, connection_id: UUID) -> None:
    """Deletes a connection with its key and its log; what it brought stays."""
    session.connection.execute(delete(_CONNECTIONS).where(_CONNECTIONS.c.id == connection_id))


def change(
    session: Session,
    connection_id: UUID,
    *,
    state: ConnectionState | None = None,
    **given: Any,
) -> None:
    """Changes what is given: settings, sealed, schedule, due_at, private_ok, error, failures ..."""
    values = given | ({"state": state} if state else {})
    session.connection.execute(
        update(_CONNECTIONS).where(_CONNECTIONS.c.id == connection_id).values(**values)
    )


def advance(
    session: Session, connection_id: UUID, stream: str, state: Mapping[str, Any], more: PullCounts
) -> None:
    """Notes how far a stream was pulled and what came, in the transaction that keeps what came."""
    session.connection.execute(
        update(_CONNECTIONS)
        .where(_CONNECTIONS.c.id == connection_id)
        .values(streams=_with(_CONNECTIONS.c.streams, stream, state), **_added(_CONNECTIONS, more))
    )


def note_columns(session: Session, connection_id: UUID, stream: str, seen: Mapping[str, Any]) -> None:
    """Notes the columns that a stream has now."""
    session.connection.execute(
        update(_CONNECTIONS)
        .where(_CONNECTIONS.c.id == connection_id)
        .values(columns=_with(_CONNECTIONS.c.columns, stream, seen))
    )


def forget_progress(session: Session, connection_id: UUID) -> None:
    """Lets the next pull begin at the beginning."""
    change(session, connection_id, streams={})


def open_pull(session: Session, new: Pull) -> None:
    """Begins a line of the log."""
    session.connection.execute(
        insert(_PULLS).values(
            id=new.id,
            connection_id=new.connection_id,
            stream=new.stream,
            trigger=new.trigger,
            status=new.status,
            import_id=new.import_id,
            started_at=new.started_at,
        )
    )


def add_to_pull(session: Session, pull_id: UUID, more: PullCounts) -> None:
    """Adds what a page brought."""
    session.connection.execute(update(_PULLS).where(_PULLS.c.id == pull_id).values(**_added(_PULLS, more)))


def close_pull(
    session: Session,
    pull_id: UUID,
    status: PullStatus,
    at: datetime,
    *,
    notes: Sequence[str] = (),
    error: str | None = None,
) -> Pull:
    """Ends a line of the log."""
    values = {"status": status, "finished_at": at, "notes": list(notes), "error": error}
    row = session.connection.execute(
        update(_PULLS).where(_PULLS.c.id == pull_id).values(**values).returning(_PULLS)
    )
    return _pull(row.mappings().one())


def interrupt_pulls(session: Session, connection_id: UUID, stream: str) -> None:
    """Marks pulls of a stream that no process works on any more."""
    session.connection.execute(
        update(_PULLS)
        .where(
            _PULLS.c.connection_id == connection_id, _PULLS.c.stream == stream, _PULLS.c.status == "running"
        )
        .values(status="interrupted")
    )


def list_pulls(session: Session, *, connection_id: UUID | None = None, limit: int = 50) -> tuple[Pull, ...]:
    """The log, the newest first."""
    query = select(_PULLS)
    if connection_id is not None:
        query = query.where(_PULLS.c.connection_id == connection_id)
    return find_all(session, query.order_by(_PULLS.c.id.desc()).limit(limit), _pull)


def count_by_state(session: Session) -> dict[str, int]:
    """How many connections there are in each state."""
    query = select(_CONNECTIONS.c.state, func.count()).group_by(_CONNECTIONS.c.state)
    return {row[0]: row[1] for row in session.connection.execute(query)}


def _with(column: Any, name: str, value: Mapping[str, Any]) -> Any:
    """The JSON object of a column with one of its names set."""
    return column.op("||")(func.jsonb_build_object(name, literal(dict(value), JSONB)))


def _added(table: Table, more: PullCounts) -> dict[str, Any]:
    return {column: table.c[column] + getattr(more, name) for name, column in _COUNTS.items()}


def _counted(row: RowMapping) -> PullCounts:
    return PullCounts(**{name: row[column] for name, column in _COUNTS.items()})


def _connection(row: RowMapping) -> Connection:
    return Connection(totals=_counted(row), **{name: row[name] for name in _PLAIN})


def _pull(row: RowMapping) -> Pull:
    return Pull(
        counts=_counted(row),
        notes=tuple(row["notes"]),
        **{
            name: row[name]
            for name in (
                "id",
                "connection_id",
                "stream",
                "trigger",
                "status",
                "import_id",
                "error",
                "started_at",
                "finished_at",
            )
        },
    )
