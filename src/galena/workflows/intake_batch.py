"""One batch of rows of an import, taken in within the caller's transaction.

Rows are mapped; new payloads become source records; rows of role leads found leads or change them; details change
the leads behind their link, or wait for one; signals are added to the leads behind their link, or wait. Rows that
fail go to quarantine. Each row is counted once:

* created: it founded a lead, or (details, signals) it waits for one;
* updated: it changed a value of a lead, or added a signal to one;
* unchanged: its payload was here already, or it told nothing new;
* quarantined.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from galena.domain.events import NewEvent
from galena.domain.imports import Fault, Import, ImportCounts, Quarantined, SourceRecord
from galena.domain.lead import Provenance
from galena.domain.listing import LeadEntry
from galena.domain.playbook import Mapping as SourceMapping
from galena.domain.record import Row, RowFault
from galena.engines.identity import merge
from galena.engines.ingestion import FieldFault, MappedRow, Reader, Rejection, canonical_json
from galena.kit.ids import new_id
from galena.stores import deliveries, identity, leads, links, outbox, quarantine, records, signals
from galena.stores.door import Session
from galena.workflows.evidence import Evidence
from galena.workflows.evidence_reading import evidence_of
from galena.workflows.import_report import ReasonTally
from galena.workflows.lead_assembly import Founded, LeadAssembly, signal_of
from galena.workflows.lead_projection import ToldSignal, lead_key, told_once

LEADS_AT_ONCE = 5_000


@dataclass
class BatchOutcome:
    """What became of a batch.

    Attributes:
        records: row number -> source record, for rows that gave a new one.
    """

    counts: ImportCounts = field(default_factory=ImportCounts)
    records: dict[int, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadBatch:
    """A batch as mapped: the rows that can be used, and those to be set aside."""

    mapped: Sequence[MappedRow]
    refused: Sequence[Quarantined]

    @property
    def row_count(self) -> int:
        """How many rows it holds."""
        return len(self.mapped) + len(self.refused)


@dataclass
class _Running:
    """A lead while the rows of a batch are applied in order, to tell which of them change it.

    Attributes:
        lead_id: the visible lead, on which its signals hang.
    """

    fields: Mapping[str, object]
    provenance: Mapping[str, Provenance]
    signals: set[UUID]
    lead_id: UUID

    def applies(self, evidence: Evidence) -> bool:
        """Adds a record; whether it changed a value or told a new signal."""
        self.fields, self.provenance, changed = merge(
            self.fields, self.provenance, evidence.fields, evidence.origin
        )
        told = {signal_of(each, self.lead_id).id for each in told_once([evidence]).values()} - self.signals
        self.signals |= told
        return bool(changed or told)


class Intake:
    """Takes in the batches of one import."""

    def __init__(self, mapping: SourceMapping, kept: Import, reader: Reader, assembly: LeadAssembly) -> None:
        self.mapping = mapping
        self._import = kept
        self._reader = reader
        self._assembly = assembly
        self.reasons = ReasonTally()
        self.warnings = ReasonTally()

    def read(self, rows: Sequence[Row | RowFault]) -> ReadBatch:
        """Maps a batch; touches nothing, so that it can be done while another batch is taken in."""
        mapped: list[MappedRow] = []
        refused: list[Quarantined] = []
        for row in rows:
            if isinstance(row, RowFault):
                fault = FieldFault(row.field or "row", row.field or "", row.value, row.reason)
                refused.append(self._set_aside(row.number, canonical_json(row.payload or {}), [fault]))
                continue
            found = self._reader.read(row.payload, row.number)
            if isinstance(found, Rejection):
                refused.append(self._set_aside(row.number, found.payload, found.faults))
            else:
                mapped.append(found)
        return ReadBatch(mapped, refused)

    def take(self, session: Session, batch: ReadBatch, at: datetime) -> BatchOutcome:
        """Takes in a batch; `at` is noted as the time of the changes."""
        self._tally(batch)
        if batch.refused:
            quarantine.add_many(session, batch.refused)
        if self.mapping.role == "leads":
            outcome = self._take_leads(session, batch.mapped, at)
        elif self.mapping.role == "details":
            outcome = self._take_details(session, batch.mapped, at)
        else:
            outcome = self._take_signals(session, batch.mapped)
        read = ImportCounts(read=batch.row_count, quarantined=len(batch.refused))
        return BatchOutcome(outcome.counts + read, outcome.records)

    def _tally(self, batch: ReadBatch) -> None:
        for row in batch.mapped:
            for warning in row.warnings:
                self.warnings.add(warning.field, warning.reason, row.number)
        for refused in batch.refused:
            for fault in refused.faults:
                self.reasons.add(fault.field or "row", fault.reason, refused.row_number)

    def _set_aside(self, number: int, payload: bytes, faults: Iterable[FieldFault]) -> Quarantined:
        return Quarantined(
            id=new_id(),
            import_id=self._import.id,
            source=self.mapping.source,
            row_number=number,
            payload=payload.decode(),
            faults=tuple(kept_fault(fault) for fault in faults),
        )

    def _keep(
        self, session: Session, mapped: Sequence[MappedRow], lead_ids: Mapping[str, UUID]
    ) -> list[tuple[MappedRow, Evidence]]:
        """Keeps the rows' payloads as source records; gives the rows whose payload is new, in order."""
        made = [(row, self._record(row, lead_ids.get(row.record_key))) for row in mapped]
        added = records.add_many(session, (record for _, record in made))
        if len(added) < len(made):
            deliveries.note(session, [record for _, record in made if record.id not in added])
        return [(row, evidence_of(record, row)) for row, record in made if record.id in added]

    def _record(self, row: MappedRow, lead_id: UUID | None) -> SourceRecord:
        return SourceRecord(
            id=new_id(),
            import_id=self._import.id,
            source=self.mapping.source,
            record_key=row.record_key,
            role=self.mapping.role,
            payload=row.payload.decode(),
            payload_hash=bytes.fromhex(row.payload_hash),
            row_number=row.number,
            observed_at=row.observed_at,
            received_at=self._import.started_at,
            trust=self.mapping.trust,
            link=None if self.mapping.role == "leads" else row.links[0],
            lead_id=lead_id,
        )

    def _take_leads(self, session: Session, mapped: Sequence[MappedRow], at: datetime) -> BatchOutcome:
        keys = {row.record_key: lead_key(self.mapping.source, row.record_key) for row in mapped}
        standing = leads.load_many_by_key(session, set(keys.values()), lock=True)
        lead_ids = {
            record_key: standing[key].lead.id if key in standing else new_id()
            for record_key, key in keys.items()
        }
        fresh = self._keep(session, mapped, lead_ids)
        own: dict[UUID, list[Evidence]] = {}
        for row, evidence in fresh:
            own.setdefault(lead_ids[row.record_key], []).append(evidence)
        before = {entry.lead.id: entry for entry in standing.values() if entry.lead.id in own}
        running = self._running(session, before)
        founded = self._assembly.found(
            session, {lead_id: each for lead_id, each in own.items() if lead_id not in before}, at
        )
        counts = _count_lead_rows(fresh, lead_ids, running, founded)
        rebuilt = self._assembly.rebuild(session, before, at)
        if self._assembly.compares:
            identity.await_comparing(session, {*founded.leads, *(rebuilt.changed & before.keys())})
        new_signals = founded.new_signals + rebuilt.new_signals
        unchanged = ImportCounts(unchanged=len(mapped) - len(fresh), signals=new_signals)
        return BatchOutcome(counts + unchanged, {row.number: each.record_id for row, each in fresh})

    def _take_details(self, session: Session, mapped: Sequence[MappedRow], at: datetime) -> BatchOutcome:
        fresh = self._keep(session, mapped, {})
        behind = links.find_many(session, {evidence.link or "" for _, evidence in fresh})
        touching: dict[UUID, list[int]] = {}
        for place, (_, evidence) in enumerate(fresh):
            for lead_id in behind.get(evidence.link or "", ()):
                touching.setdefault(lead_id, []).append(place)
        changing: set[int] = set()
        new_signals = 0
        touched = sorted(touching)
        for start in range(0, len(touched), LEADS_AT_ONCE):
            some = touched[start : start + LEADS_AT_ONCE]
            before = leads.load_many(session, some, lock=True)
            for lead_id, running in self._running(session, before).items():
                changing |= {p for p in touching[lead_id] if running.applies(fresh[p][1])}
            new_signals += self._assembly.rebuild(session, before, at).new_signals
        waiting = {evidence.link or "" for _, evidence in fresh} - behind.keys()
        self._assembly.settle_waiting(session, waiting)
        waiting_rows = sum(evidence.link in waiting for _, evidence in fresh)
        counts = ImportCounts(
            created=waiting_rows,
            updated=len(changing),
            unchanged=len(mapped) - waiting_rows - len(changing),
            signals=new_signals,
        )
        return BatchOutcome(counts, {row.number: each.record_id for row, each in fresh})

    def _take_signals(self, session: Session, mapped: Sequence[MappedRow]) -> BatchOutcome:
        fresh = self._keep(session, mapped, {})
        behind = links.find_many(session, {evidence.link or "" for _, evidence in fresh})
        told: dict[UUID, tuple[int, UUID | None, str]] = {}
        stored = []
        for place, (_, evidence) in enumerate(fresh):
            for happening in evidence.happenings:
                for lead_id in behind.get(evidence.link or "", (None,)):
                    signal = signal_of(ToldSignal(happening, evidence), lead_id)
                    if signal.id not in told:
                        told[signal.id] = (place, lead_id, happening.identity)
                        stored.append(signal)
        added = signals.add_many(session, stored)
        updated = {told[each][0] for each in added if told[each][1] is not None}
        created = {place for place, (_, evidence) in enumerate(fresh) if evidence.link not in behind}
        reached = sorted({lead for each in added if (lead := told[each][1]) is not None})
        outbox.append(session, [NewEvent("lead_updated", lead, {"why": "signal"}) for lead in reached])
        counts = ImportCounts(
            created=len(created),
            updated=len(updated),
            unchanged=len(mapped) - len(created) - len(updated),
            signals=len({told[each][2] for each in added}),
        )
        return BatchOutcome(counts, {row.number: each.record_id for row, each in fresh})

    def _running(self, session: Session, before: Mapping[UUID, LeadEntry]) -> dict[UUID, _Running]:
        if not before:
            return {}
        visible = {lead_id: entry.merged_into or lead_id for lead_id, entry in before.items()}
        told = signals.list_for_leads(session, set(visible.values())) if self.mapping.signals else {}
        return {
            lead_id: _Running(
                entry.lead.fields,
                entry.lead.provenance,
                {each.id for each in told.get(visible[lead_id], ())},
                visible[lead_id],
            )
            for lead_id, entry in before.items()
        }


def kept_fault(fault: FieldFault) -> Fault:
    """A fault as the quarantine keeps it; the column is part of the reason when it is not the field's name."""
    where = f" (column {fault.column})" if fault.column and fault.column != fault.field else ""
    return Fault(fault.field, fault.value.replace("\0", "\ufffd"), fault.reason + where, fault.remedy)


def _count_lead_rows(
    fresh: Sequence[tuple[MappedRow, Evidence]],
    lead_ids: Mapping[str, UUID],
    running: dict[UUID, _Running],
    founded: Founded,
) -> ImportCounts:
    """Applies the rows in order and counts those that found, change and leave a lead."""
    created = updated = 0
    for row, evidence in fresh:
        lead_id = lead_ids[row.record_key]
        standing = running.get(lead_id)
        if standing is None:
            created += 1
            if len(founded.own[lead_id]) > 1:
                running[lead_id] = _Running({}, {}, set(), lead_id)
                for each in (*founded.linked[lead_id], evidence):
                    running[lead_id].applies(each)
        elif standing.applies(evidence):
            updated += 1
    return ImportCounts(created=created, updated=updated, unchanged=len(fresh) - created - updated)
