"""Signals: dated facts about leads; those whose lead is not here yet wait under their link."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, Select, Text, cast, delete, func, select, text, update

from galena.domain.imports import StoredSignal
from galena.stores import tables
from galena.stores.bulk import copy_out, incoming, json_text, listed, taken
from galena.stores.door import Session
from galena.stores.rows import among, find_all

_SIGNALS = tables.signals
_COLUMNS = (
    "id",
    "kind",
    "at",
    "source",
    "payload_hash",
    "attributes",
    "external_id",
    "lead_id",
    "link",
    "import_id",
    "record_id",
)


def add_many(session: Session, signals: Iterable[StoredSignal]) -> frozenset[UUID]:
    """Keeps the signals not kept yet (by payload_hash) and returns the ids of these."""
    with incoming(session, _SIGNALS, _COLUMNS, map(_values, signals)) as name:
        added = session.connection.execute(
            text(
                f"INSERT INTO signals ({listed(_COLUMNS)}) SELECT {taken(_SIGNALS, _COLUMNS)} FROM {name}"  # noqa: S608
                " ORDER BY payload_hash ON CONFLICT DO NOTHING RETURNING id"
            )
        )
        return frozenset(added.scalars())


def list_for_lead(session: Session, lead_id: UUID, *, limit: int | None = None) -> tuple[StoredSignal, ...]:
    """A lead's signals, the newest first."""
    query = _read().where(_SIGNALS.c.lead_id == lead_id)
    return find_all(session, query.order_by(_SIGNALS.c.at.desc(), _SIGNALS.c.id).limit(limit), _signal)


def list_for_leads(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, tuple[StoredSignal, ...]]:
    """The signals of several leads, by lead, the oldest first; leads without any are left out."""
    query = _read().where(among(_SIGNALS.c.lead_id, lead_ids))
    found: dict[UUID, list[StoredSignal]] = {}
    for signal in find_all(session, query.order_by(_SIGNALS.c.at, _SIGNALS.c.id), _signal):
        if signal.lead_id is not None:
            found.setdefault(signal.lead_id, []).append(signal)
    return {lead: tuple(signals) for lead, signals in found.items()}


def read_range(session: Session, *, after: UUID, upto: UUID) -> bytes:
    """The signals of the leads in after < id <= upto as CSV with a header, by lead and time, for frames.

    Columns: lead_id, kind, at_us (microseconds since 1970, UTC), attributes (JSON text).
    """
    return copy_out(session, _RANGE, {"after": after, "upto": upto})


def read_some(session: Session, lead_ids: Collection[UUID]) -> bytes:
    """The signals of these leads as `read_range` gives them."""
    return copy_out(session, _SOME, {"ids": list(lead_ids)})


def attach(session: Session, links: Collection[str]) -> tuple[UUID, ...]:
    """Gives the signals that wait under these links to the one lead behind each link.

    A signal whose link leads to several leads goes on waiting. Returns the leads that got some.
    """
    attached = session.connection.execute(
        text(
            "UPDATE signals s SET lead_id = l.lead_id FROM ("
            "  SELECT link, min(lead_id::text)::uuid AS lead_id FROM lead_links WHERE link = ANY(:links)"
            "  GROUP BY link HAVING count(*) = 1"
            ") l WHERE s.link = l.link AND s.lead_id IS NULL AND s.link = ANY(:links) RETURNING s.lead_id"
        ),
        {"links": list(links)},
    )
    return tuple(sorted(set(attached.scalars())))


def list_waiting(session: Session, *, limit: int = 100) -> tuple[StoredSignal, ...]:
    """Signals without a lead, in the order of their links."""
    query = _read().where(_SIGNALS.c.lead_id.is_(None))
    return find_all(session, query.order_by(_SIGNALS.c.link, _SIGNALS.c.at).limit(limit), _signal)


def count_waiting(session: Session) -> int:
    """How many signals wait for their lead."""
    query = select(func.count()).select_from(_SIGNALS).where(_SIGNALS.c.lead_id.is_(None))
    return session.connection.execute(query).scalar_one()


def detach(session: Session, lead_ids: Collection[UUID]) -> int:
    """Lets the signals of these leads wait again, and says how many."""
    change = update(_SIGNALS).where(among(_SIGNALS.c.lead_id, lead_ids))
    return session.connection.execute(change.values(lead_id=None)).rowcount


def delete_of_import(session: Session, import_id: UUID) -> tuple[UUID, ...]:
    """Deletes the signals of an import, as undoing it does; returns the leads that had some."""
    gone = delete(_SIGNALS).where(_SIGNALS.c.import_id == import_id).returning(_SIGNALS.c.lead_id)
    return tuple(sorted({lead for lead in session.connection.execute(gone).scalars() if lead is not None}))


def _read() -> Select[Any]:
    return select(
        *(
            cast(_SIGNALS.c[name], Text).label(name) if name == "attributes" else _SIGNALS.c[name]
            for name in _COLUMNS
        )
    )


def _values(signal: StoredSignal) -> tuple[object, ...]:
    return tuple(
        json_text(signal.attributes) if name == "attributes" else getattr(signal, name) for name in _COLUMNS
    )


def _signal(row: RowMapping) -> StoredSignal:
    return StoredSignal(**{**row, "attributes": orjson.loads(row["attributes"])})


_READ = """
    SELECT lead_id, kind, (extract(epoch FROM at) * 1000000)::bigint AS at_us, attributes::text AS attributes
    FROM signals WHERE
"""
_RANGE = _READ + "lead_id > {after}::uuid AND lead_id <= {upto}::uuid ORDER BY lead_id, at, id"
_SOME = _READ + "lead_id = ANY({ids}::uuid[]) ORDER BY lead_id, at, id"
