"""Behaviour states: per lead and behaviour a value and its time, from which decay goes on."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, text

from galena.stores import tables
from galena.stores.bulk import copy_out, incoming, listed
from galena.stores.door import Session
from galena.stores.rows import among

_STATES = tables.behaviour_states
_COLUMNS = ("lead_id", "behaviour", "value", "at")
BehaviourState = tuple[UUID, str, float, datetime]
"""Lead, behaviour, value, and the instant the value is of."""


def save_many(session: Session, states: Iterable[BehaviourState]) -> int:
    """Writes states, new and changed alike, and says how many."""
    with incoming(session, _STATES, _COLUMNS, states) as name:
        return session.connection.execute(
            text(
                f"INSERT INTO behaviour_states ({listed(_COLUMNS)}) SELECT {listed(_COLUMNS)} FROM {name}"  # noqa: S608
                " ORDER BY lead_id, behaviour"
                " ON CONFLICT (workspace_id, lead_id, behaviour) DO UPDATE SET value = excluded.value, at = excluded.at"
            )
        ).rowcount


def load_many(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, dict[str, tuple[float, datetime]]]:
    """The states of these leads: lead -> behaviour -> (value, its instant)."""
    query = select(*(_STATES.c[name] for name in _COLUMNS)).where(among(_STATES.c.lead_id, lead_ids))
    found: dict[UUID, dict[str, tuple[float, datetime]]] = {}
    for lead_id, behaviour, value, at in session.connection.execute(query):
        found.setdefault(lead_id, {})[behaviour] = (value, at)
    return found


def read_range(session: Session, *, after: UUID, upto: UUID) -> bytes:
    """The states of the leads in after < id <= upto as CSV with a header, for frames.

    Columns: lead_id, behaviour, value, at_us (microseconds since 1970, UTC).
    """
    return copy_out(session, _RANGE, {"after": after, "upto": upto})


def delete_of(session: Session, lead_ids: Collection[UUID]) -> None:
    """Forgets the states of these leads, before they are rebuilt from signals."""
    session.connection.execute(delete(_STATES).where(among(_STATES.c.lead_id, lead_ids)))


_RANGE = """
    SELECT lead_id, behaviour, value, (extract(epoch FROM at) * 1000000)::bigint AS at_us
    FROM behaviour_states WHERE lead_id > {after}::uuid AND lead_id <= {upto}::uuid ORDER BY lead_id, behaviour
"""
