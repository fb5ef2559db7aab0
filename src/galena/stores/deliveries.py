"""Deliveries: records that another import brought once more, and that stay when the first one is undone."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, text

from galena.domain.imports import SourceRecord
from galena.stores import tables
from galena.stores.bulk import incoming
from galena.stores.door import Session
from galena.stores.keys import bounded

_COLUMNS = ("source", "record_key", "payload_hash", "row_number", "import_id")


def note(session: Session, records: Iterable[SourceRecord]) -> int:
    """Notes that records which are here already came once more; within their own import nothing is noted."""
    rows = (
        (each.source, bounded(each.record_key), each.payload_hash, each.row_number, each.import_id)
        for each in records
    )
    with incoming(session, tables.source_records, _COLUMNS, rows) as name:
        return session.connection.execute(
            text(
                "INSERT INTO deliveries (record_id, import_id, row_number)"  # noqa: S608
                f" SELECT r.id, n.import_id, min(n.row_number) FROM {name} n JOIN source_records r"
                " ON r.source = n.source AND r.record_key = n.record_key AND r.payload_hash = n.payload_hash"
                " WHERE r.import_id <> n.import_id GROUP BY r.id, n.import_id ORDER BY r.id"
                " ON CONFLICT DO NOTHING"
            )
        ).rowcount


def hand_over(session: Session, import_id: UUID) -> int:
    """Gives records of an import that is going to those imports that brought them next, and says how many.

    Facts that were dated by the time of receipt are dated by the receipt of that next one. What the import itself
    had brought once more is forgotten.
    """
    session.connection.execute(delete(tables.deliveries).where(tables.deliveries.c.import_id == import_id))
    handed = session.connection.execute(text(_HAND_OVER), {"going": import_id}).rowcount
    session.connection.execute(text(_FORGET_OWN))
    return handed


_HAND_OVER = """
    UPDATE source_records r SET
        import_id = d.import_id,
        row_number = d.row_number,
        received_at = d.started_at,
        observed_at = CASE WHEN r.observed_at = r.received_at THEN d.started_at ELSE r.observed_at END
    FROM (
        SELECT DISTINCT ON (d.record_id) d.record_id, d.import_id, d.row_number, i.started_at
        FROM deliveries d
        JOIN source_records mine ON mine.id = d.record_id AND mine.import_id = :going
        JOIN imports i ON i.id = d.import_id
        ORDER BY d.record_id, i.started_at, d.import_id
    ) d
    WHERE r.id = d.record_id
"""
_FORGET_OWN = """
    DELETE FROM deliveries d USING source_records r WHERE r.id = d.record_id AND r.import_id = d.import_id
"""
