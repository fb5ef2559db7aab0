"""Kept source records read again, each by the mapping of the import that brought it."""

from collections.abc import Iterable
from uuid import UUID

import orjson

from galena.domain.imports import SourceRecord
from galena.domain.lead import Provenance
from galena.domain.playbook import Playbook
from galena.engines.ingestion import MappedRow, Reader
from galena.stores import imports
from galena.stores.door import Session
from galena.workflows.evidence import Evidence
from galena.workflows.mapping_reading import read_mapping


class EvidenceReading:
    """Reads source records of any import of a workspace."""

    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook
        self._readers: dict[UUID, Reader] = {}

    def read(self, session: Session, records: Iterable[SourceRecord]) -> list[Evidence]:
        """The records as evidence, in their order.

        A record that its mapping no longer accepts (because the playbook changed since) keeps its place but tells
        nothing.
        """
        return [self._evidence(session, record) for record in records]

    def _evidence(self, session: Session, record: SourceRecord) -> Evidence:
        row = self._reader(session, record.import_id).read(orjson.loads(record.payload), record.row_number)
        return evidence_of(record, row if isinstance(row, MappedRow) else None)

    def _reader(self, session: Session, import_id: UUID) -> Reader:
        if import_id not in self._readers:
            kept = imports.load(session, import_id)
            self._readers[import_id] = Reader(read_mapping(kept.mapping), self._playbook, kept.started_at)
        return self._readers[import_id]


def evidence_of(record: SourceRecord, row: MappedRow | None) -> Evidence:
    """A record and what reading it gave."""
    tells_facts = row is not None and record.role != "signals"
    return Evidence(
        record_id=record.id,
        import_id=record.import_id,
        role=record.role,
        record_key=record.record_key,
        link=record.link,
        received_at=record.received_at,
        origin=Provenance(record.trust, record.observed_at, record.id, record.source),
        fields=row.fields if row is not None and tells_facts else {},
        invalid=tuple(fault.field for fault in row.warnings) if row is not None and tells_facts else (),
        happenings=row.happenings if row is not None else (),
    )
