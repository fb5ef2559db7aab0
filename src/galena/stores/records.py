"""Source records: what was delivered, kept raw; the same key and payload twice are one record."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Text, cast, delete, select, text

from galena.domain.imports import SourceRecord
from galena.stores import tables
from galena.stores.bulk import incoming, listed, taken
from galena.stores.door import Session
from galena.stores.keys import bounded
from galena.stores.rows import among

_RECORDS = tables.source_records
_COLUMNS = (
    "id",
    "import_id",
    "source",
    "record_key",
    "role",
    "payload",
    "payload_hash",
    "row_number",
    "observed_at",
    "received_at",
    "trust",
    "link",
    "lead_id",
)
_READ = select(
    *(cast(_RECORDS.c[name], Text) if name == "payload" else _RECORDS.c[name] for name in _COLUMNS)
)


def add_many(session: Session, records: Iterable[SourceRecord]) -> frozenset[UUID]:
    """Keeps the records not kept yet and returns the ids of these; the others were there already."""
    with incoming(session, _RECORDS, _COLUMNS, map(_values, records)) as name:
        added = session.connection.execute(
            text(
                f"INSERT INTO source_records ({listed(_COLUMNS)}) SELECT {taken(_RECORDS, _COLUMNS)} FROM {name}"  # noqa: S608
                " ORDER BY source, record_key, row_number ON CONFLICT DO NOTHING RETURNING id"
            )
        )
        return frozenset(added.scalars())


def find_by_key(session: Session, source: str, record_key: str) -> tuple[SourceRecord, ...]:
    """Every payload a source delivered under this key, the oldest first."""
    query = _READ.where(_RECORDS.c.source == source, _RECORDS.c.record_key == bounded(record_key))
    return _all(session, query.order_by(_RECORDS.c.id))


def list_for_lead(session: Session, lead_id: UUID) -> tuple[SourceRecord, ...]:
    """The records a lead is built from, the oldest first."""
    return _all(session, _READ.where(_RECORDS.c.lead_id == lead_id).order_by(_RECORDS.c.id))


def list_for_leads(session: Session, lead_ids: Sequence[UUID]) -> Mapping[UUID, tuple[SourceRecord, ...]]:
    """The records of several leads, by lead, the oldest first; leads without any are left out."""
    found: dict[UUID, list[SourceRecord]] = {}
    query = _READ.where(among(_RECORDS.c.lead_id, lead_ids))
    for record in _all(session, query.order_by(_RECORDS.c.id)):
        if record.lead_id is not None:
            found.setdefault(record.lead_id, []).append(record)
    return {lead: tuple(records) for lead, records in found.items()}


def list_waiting(session: Session, links: Sequence[str]) -> tuple[SourceRecord, ...]:
    """The records with one of these links that no lead has taken yet, the oldest first."""
    query = _READ.where(among(_RECORDS.c.link, links), _RECORDS.c.lead_id.is_(None))
    return _all(session, query.order_by(_RECORDS.c.id))


def list_by_links(session: Session, links: Sequence[str]) -> tuple[SourceRecord, ...]:
    """The records with one of these links, taken or not, the oldest first."""
    query = _READ.where(among(_RECORDS.c.link, links))
    return _all(session, query.order_by(_RECORDS.c.id))


def assign(session: Session, leads_by_record: Mapping[UUID, UUID]) -> None:
    """Says which lead each record belongs to."""
    columns = ("id", "lead_id")
    with incoming(session, _RECORDS, columns, leads_by_record.items()) as name:
        session.connection.execute(
            text(
                f"UPDATE source_records SET lead_id = n.lead_id FROM {name} n"  # noqa: S608
                " WHERE source_records.id = n.id"
            )
        )


def list_leads_of_import(session: Session, import_id: UUID) -> tuple[UUID, ...]:
    """The leads that records of an import belong to."""
    query = select(_RECORDS.c.lead_id).where(
        _RECORDS.c.import_id == import_id, _RECORDS.c.lead_id.is_not(None)
    )
    return tuple(session.connection.execute(query.distinct().order_by(_RECORDS.c.lead_id)).scalars())


def list_leads_of(session: Session, record_ids: Sequence[UUID]) -> tuple[UUID, ...]:
    """The leads that these records belong to, each once."""
    query = select(_RECORDS.c.lead_id).where(
        among(_RECORDS.c.id, record_ids), _RECORDS.c.lead_id.is_not(None)
    )
    return tuple(session.connection.execute(query.distinct()).scalars())


def delete_of_import(session: Session, import_id: UUID) -> int:
    """Deletes the records of an import, as undoing it does, and says how many there were."""
    return session.connection.execute(delete(_RECORDS).where(_RECORDS.c.import_id == import_id)).rowcount


def delete_by_keys(session: Session, source: str, record_keys: Sequence[str]) -> int:
    """Deletes what a source told under these keys, as taking back a mistake does, and says how many there were."""
    keys = [bounded(key) for key in record_keys]
    gone = delete(_RECORDS).where(_RECORDS.c.source == source, among(_RECORDS.c.record_key, keys))
    return session.connection.execute(gone).rowcount


def _values(record: SourceRecord) -> tuple[object, ...]:
    return tuple(
        bounded(record.record_key) if name == "record_key" else getattr(record, name) for name in _COLUMNS
    )


def _all(session: Session, query: Select[Any]) -> tuple[SourceRecord, ...]:
    return tuple(_record(row) for row in session.connection.execute(query))


def _record(row: Row[Any]) -> SourceRecord:
    return SourceRecord(**dict(zip(_COLUMNS, row, strict=True)))
