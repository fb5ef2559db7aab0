"""The outbox: events written in the transaction of the change they tell of, read on from any position."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import pairwise
from uuid import UUID

from sqlalchemy import Engine, RowMapping, insert, select, text

from galena.domain.events import Event, NewEvent, Touch
from galena.stores import tables
from galena.stores.bulk import incoming, incoming_csv, json_text, listed, taken
from galena.stores.door import Session
from galena.stores.rows import among, find_all

_OUTBOX = tables.outbox
_COLUMNS = ("kind", "lead_id", "payload", "correlation_id")
_FEW = 50
CHANNEL = "galena_events"
"""The channel on which a commit with events is announced; the payload is the workspace's id."""


def append(session: Session, events: Sequence[NewEvent]) -> None:
    """Writes events; they are seen when, and only when, the session's transaction commits."""
    if len(events) > _FEW:
        _append_many(session, events)
    elif events:
        session.connection.execute(
            insert(_OUTBOX),
            [
                {
                    "kind": event.kind,
                    "lead_id": event.lead_id,
                    "payload": dict(event.payload),
                    "correlation_id": session.correlation_id,
                }
                for event in events
            ],
        )


def append_csv(session: Session, lines: Iterable[bytes]) -> int:
    """Writes many events at once and says how many.

    Args:
        lines: CSV without a heading: kind, lead_id, payload (JSON text); in blocks of any size.
    """
    columns = (("kind", "text"), ("lead_id", "uuid"), ("payload", "text"))
    with incoming_csv(session, columns, lines) as name:
        return session.connection.execute(
            text(
                "INSERT INTO outbox (kind, lead_id, payload, correlation_id)"  # noqa: S608
                f" SELECT kind, lead_id, payload::jsonb, :correlation_id FROM {name}"
            ),
            {"correlation_id": session.correlation_id},
        ).rowcount


def read(session: Session, *, after: int = 0, limit: int = 1000) -> tuple[Event, ...]:
    """The next events after a position, in order.

    It stops short of positions at which an event of an unfinished transaction could still appear, so going on
    after the last event read never misses one.
    """
    query = select(_OUTBOX).where(_OUTBOX.c.position > after, _OUTBOX.c.position <= settled(session))
    return find_all(session, query.order_by(_OUTBOX.c.position).limit(limit), _event)


def read_kinds(
    session: Session, kinds: Sequence[str], *, after: int, limit: int, since: datetime | None = None
) -> tuple[tuple[Event, ...], int]:
    """The next events of these kinds after a position, in order, and the position to go on from.

    Args:
        since: only those of that instant and later.
    """
    upto = settled(session)
    query = select(_OUTBOX).where(
        _OUTBOX.c.position > after, _OUTBOX.c.position <= upto, among(_OUTBOX.c.kind, kinds)
    )
    if since is not None:
        query = query.where(_OUTBOX.c.at >= since)
    found = find_all(session, query.order_by(_OUTBOX.c.position).limit(limit), _event)
    return found, found[-1].position if len(found) == limit else max(upto, after)


def settled(session: Session) -> int:
    """The greatest position up to which nothing can appear any more."""
    reached: int = session.connection.execute(text("SELECT outbox_settled()")).scalar_one()
    return reached


def list_touches(
    session: Session, kinds: Sequence[str], *, after: int, limit: int
) -> tuple[tuple[Touch, ...], int]:
    """The next events of these kinds that speak of a lead, in order, and the position to go on from."""
    upto = settled(session)
    why = _OUTBOX.c.payload["why"].astext.label("why")
    query = select(_OUTBOX.c.position, _OUTBOX.c.lead_id, _OUTBOX.c.kind, why).where(
        _OUTBOX.c.position > after,
        _OUTBOX.c.position <= upto,
        _OUTBOX.c.lead_id.is_not(None),
        among(_OUTBOX.c.kind, kinds),
    )
    found = find_all(session, query.order_by(_OUTBOX.c.position).limit(limit), lambda row: Touch(**row))
    return found, found[-1].position if len(found) == limit else max(upto, after)


def list_for_lead(session: Session, lead_id: UUID, *, limit: int = 100) -> tuple[Event, ...]:
    """A lead's events, the newest first."""
    query = select(_OUTBOX).where(_OUTBOX.c.lead_id == lead_id)
    return find_all(session, query.order_by(_OUTBOX.c.position.desc()).limit(limit), _event)


def make_months(engine: Engine, first: date, *, count: int = 3) -> tuple[str, ...]:
    """Makes the partitions of `count` months from the one of `first` where they are missing; returns the new ones.

    Needs the login that owns the tables. Events that lie in the default partition move to their month.
    """
    made = []
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(7704)"))
        for start, end in _months(first, count):
            name = f"outbox_{start:%Y_%m}"
            if connection.execute(text("SELECT to_regclass(:name)"), {"name": name}).scalar() is None:
                connection.exec_driver_sql(_MONTH.format(name=name, start=start, end=end))
                made.append(name)
    return tuple(made)


def prune(engine: Engine, before: date) -> tuple[str, ...]:
    """Drops the months that end on or before a day, and returns their names. Needs the owning login.

    Whoever reads events must have read them by then: positions go on growing, and what is dropped is gone.
    """
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(7704)"))
        names = connection.execute(
            text(
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'outbox'::regclass ORDER BY 1"
            )
        ).scalars()
        old = [name for name in names if name != "outbox_default" and _end(name) <= before]
        for name in old:
            connection.exec_driver_sql(f"DROP TABLE {name}")
    return tuple(old)


def _append_many(session: Session, events: Iterable[NewEvent]) -> None:
    rows = ((event.kind, event.lead_id, json_text(event.payload), session.correlation_id) for event in events)
    with incoming(session, _OUTBOX, _COLUMNS, rows) as name:
        session.connection.execute(
            text(f"INSERT INTO outbox ({listed(_COLUMNS)}) SELECT {taken(_OUTBOX, _COLUMNS)} FROM {name}")  # noqa: S608
        )


def _months(first: date, count: int) -> list[tuple[date, date]]:
    starts = [first.replace(day=1)]
    for _ in range(count):
        starts.append(_next(starts[-1]))
    return list(pairwise(starts))


def _next(start: date) -> date:
    return date(start.year + start.month // 12, start.month % 12 + 1, 1)


def _end(partition: str) -> date:
    year, month = partition.removeprefix("outbox_").split("_")
    return _next(date(int(year), int(month), 1))


def _event(row: RowMapping) -> Event:
    return Event(**{name: row[name] for name in row if name != "workspace_id"})


# The month is filled before it is attached: the default partition may not hold a row that belongs to another.
_MONTH = """
    CREATE TABLE {name} (LIKE outbox INCLUDING DEFAULTS);
    LOCK TABLE outbox_default IN ACCESS EXCLUSIVE MODE;
    WITH moved AS (
        DELETE FROM outbox_default WHERE at >= '{start} 00:00Z' AND at < '{end} 00:00Z' RETURNING *
    ) INSERT INTO {name} SELECT * FROM moved;
    ALTER TABLE outbox ATTACH PARTITION {name} FOR VALUES FROM ('{start} 00:00Z') TO ('{end} 00:00Z');
"""
