"""Signals: dated facts about leads; those whose lead is not here yet wait under their link."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    Text,
    and_,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from galena.domain.imports import StoredSignal
from galena.domain.signal import SignalCount
from galena.stores import tables
from galena.stores.bulk import copy_out, incoming, json_text, listed, taken
from galena.stores.door import Session
from galena.stores.rows import among, find_all

_SIGNALS = tables.signals
_LET_GO = tables.let_go_signals
_IS_LET_GO = exists().where(_LET_GO.c.signal_id == _SIGNALS.c.id)
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

Place = tuple[datetime, UUID]
"""Of a signal in a list of the newest first: when it happened, and its id."""


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


def list_of_records(session: Session, record_ids: Collection[UUID]) -> tuple[StoredSignal, ...]:
    """The signals that these source records told."""
    query = _read().where(among(_SIGNALS.c.record_id, record_ids))
    return find_all(session, query.order_by(_SIGNALS.c.id), _signal)


def list_newest(
    session: Session,
    *,
    kind: str | None = None,
    source: str | None = None,
    lead_id: UUID | None = None,
    after: Place | None = None,
    limit: int = 100,
) -> tuple[StoredSignal, ...]:
    """Signals that belong to a lead, the newest first; `after` is the last one of the page before."""
    query = _read().where(_SIGNALS.c.lead_id.is_not(None), *_of(kind, source), *_behind(after))
    if lead_id is not None:
        query = query.where(_SIGNALS.c.lead_id == lead_id)
    return find_all(session, query.order_by(_SIGNALS.c.at.desc(), _SIGNALS.c.id).limit(limit), _signal)


def list_waiting(
    session: Session,
    *,
    kind: str | None = None,
    source: str | None = None,
    after: Place | None = None,
    limit: int = 100,
) -> tuple[StoredSignal, ...]:
    """Signals without a lead that nobody let go, the newest first; `after` is the last one of the page before."""
    query = _read().where(_SIGNALS.c.lead_id.is_(None), ~_IS_LET_GO, *_of(kind, source), *_behind(after))
    return find_all(session, query.order_by(_SIGNALS.c.at.desc(), _SIGNALS.c.id).limit(limit), _signal)


def list_waiting_under(session: Session, link: str) -> tuple[StoredSignal, ...]:
    """Signals that wait for a lead with this link, the oldest first."""
    query = _read().where(_SIGNALS.c.link == link, _SIGNALS.c.lead_id.is_(None))
    return find_all(session, query.order_by(_SIGNALS.c.at, _SIGNALS.c.id), _signal)


def find_like(session: Session, part: str, *, limit: int = 2) -> tuple[StoredSignal, ...]:
    """Signals whose id begins or ends with these letters and digits."""
    digits = part.replace("-", "").lower()
    if not digits or set(digits) - set("0123456789abcdef"):
        return ()
    plain = func.replace(cast(_SIGNALS.c.id, Text), "-", "")
    fits = plain.startswith(digits) | plain.endswith(digits)
    return find_all(session, _read().where(fits).order_by(_SIGNALS.c.id).limit(limit), _signal)


def count_all(session: Session) -> tuple[SignalCount, ...]:
    """How many signals there are of each kind from each source, the most frequent first."""
    waits = _SIGNALS.c.lead_id.is_(None)
    query = select(
        _SIGNALS.c.kind,
        _SIGNALS.c.source,
        func.count(_SIGNALS.c.lead_id).label("attached"),
        func.count().filter(waits, ~_IS_LET_GO).label("waiting"),
        func.count().filter(waits, _IS_LET_GO).label("let_go"),
    ).group_by(_SIGNALS.c.kind, _SIGNALS.c.source)
    ordered = query.order_by(func.count().desc(), _SIGNALS.c.kind, _SIGNALS.c.source)
    return find_all(session, ordered, lambda row: SignalCount(**row))


def let_go(session: Session, signal_id: UUID, *, at: datetime) -> bool:
    """Notes that nobody waits for the lead of a signal any more; says whether that is new."""
    new = upsert(_LET_GO).values(signal_id=signal_id, author=session.actor, let_go_at=at)
    return (
        session.connection.execute(new.on_conflict_do_nothing().returning(_LET_GO.c.signal_id)).first()
        is not None
    )


def delete_of_import(session: Session, import_id: UUID) -> tuple[UUID, ...]:
    """Deletes the signals of an import, as undoing it does; returns the leads that had some."""
    gone = delete(_SIGNALS).where(_SIGNALS.c.import_id == import_id).returning(_SIGNALS.c.lead_id)
    return tuple(sorted({lead for lead in session.connection.execute(gone).scalars() if lead is not None}))


def _behind(place: Place | None) -> list[ColumnElement[bool]]:
    if place is None:
        return []
    at, signal_id = place
    return [or_(_SIGNALS.c.at < at, and_(_SIGNALS.c.at == at, _SIGNALS.c.id > signal_id))]


def _of(kind: str | None, source: str | None) -> list[ColumnElement[bool]]:
    return [
        column == given for column, given in ((_SIGNALS.c.kind, kind), (_SIGNALS.c.source, source)) if given
    ]


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
