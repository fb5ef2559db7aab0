"""Quarantined rows corrected and replayed, or dismissed.

A corrected row goes the way of every row of its import, with the mapping that the import had. What can be used then
becomes a record of that import (and goes with it when it is undone); what still cannot stays, with the new reasons.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from galena.domain.imports import Import, ImportCounts, Quarantined
from galena.domain.playbook import Mapping as SourceMapping
from galena.domain.record import Row
from galena.engines.ingestion import Reader
from galena.stores import audit, imports, projections, quarantine, records
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.intake_batch import Intake, ReadBatch
from galena.workflows.lead_assembly import assembly_for
from galena.workflows.resolving import resolve_behind

Corrections = Mapping[str, Any]
"""Column (or field) -> value as corrected."""


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What became of the rows.

    Attributes:
        replayed: rows that were used now.
        refused: rows that still cannot be used, as they stand now.
        closed: rows that had been replayed or dismissed before; nothing was done to them.
    """

    replayed: tuple[UUID, ...] = ()
    refused: tuple[Quarantined, ...] = ()
    closed: tuple[UUID, ...] = ()


def correct_and_replay(
    context: Context, row_ids: Sequence[UUID], corrections: Mapping[UUID, Corrections] | None = None
) -> ReplayReport:
    """Replays quarantined rows with their corrections, all in one transaction.

    Args:
        corrections: by row; a row without any is replayed as it is (its mapping's playbook may have changed).

    Raises:
        NotFoundError: one of the rows does not exist.
    """
    replayed: list[UUID] = []
    refused: list[Quarantined] = []
    closed: list[UUID] = []
    with context.session() as session:
        projections.take_turn(session)
        intakes: dict[UUID, tuple[Import, Intake]] = {}
        for row_id in dict.fromkeys(row_ids):
            row = quarantine.load(session, row_id)
            if row.status != "open":
                closed.append(row_id)
                continue
            if row.import_id not in intakes:
                intakes[row.import_id] = _intake(session, context, row.import_id)
            kept, intake = intakes[row.import_id]
            changes = (corrections or {}).get(row_id, {})
            if _replay(session, context, kept, intake, row, changes):
                replayed.append(row_id)
            else:
                refused.append(quarantine.load(session, row_id))
        if replayed:
            audit.record(
                session, "replay_quarantine", "quarantine", {"rows": [str(each) for each in replayed]}
            )
    if replayed:
        resolve_behind(context)
    return ReplayReport(tuple(replayed), tuple(refused), tuple(closed))


def dismiss_rows(context: Context, row_ids: Sequence[UUID]) -> int:
    """Closes rows that nobody will mend; their payloads stay. Says how many were open.

    Raises:
        NotFoundError: one of the rows does not exist.
    """
    with context.session() as session:
        rows = [quarantine.load(session, row_id) for row_id in dict.fromkeys(row_ids)]
        open_rows = [row for row in rows if row.status == "open"]
        for row in open_rows:
            quarantine.dismiss(session, row.id, at=context.clock())
        return len(open_rows)


def corrected(payload: Mapping[str, Any], changes: Corrections, mapping: SourceMapping) -> dict[str, Any]:
    """A payload with corrections, which may name columns or fields of the mapping."""
    columns = {name: field.column for name, field in mapping.fields.items() if field.column}
    return {
        **payload,
        **{name if name in payload else columns.get(name, name): value for name, value in changes.items()},
    }


def _intake(session: Session, context: Context, import_id: UUID) -> tuple[Import, Intake]:
    kept = imports.load(session, import_id)
    mapping = SourceMapping.model_validate(kept.mapping)
    reader = Reader(mapping, context.playbook, kept.started_at)
    return kept, Intake(mapping, kept, reader, assembly_for(session, context.playbook))


def _replay(
    session: Session, context: Context, kept: Import, intake: Intake, row: Quarantined, changes: Corrections
) -> bool:
    payload = corrected(orjson.loads(row.payload), changes, intake.mapping)
    batch = intake.read([Row(row.row_number, payload)])
    if batch.refused:
        quarantine.update_faults(session, row.id, batch.refused[0].faults)
        return False
    outcome = intake.take(session, batch, context.clock())
    record_id = outcome.records.get(row.row_number) or _kept_before(session, kept, batch)
    quarantine.mark_replayed(
        session, row.id, record_id=record_id, at=context.clock(), corrections=dict(changes) or None
    )
    moved = ImportCounts(read=-1, quarantined=-1)
    imports.correct_counts(session, kept.id, outcome.counts + moved)
    return True


def _kept_before(session: Session, kept: Import, batch: ReadBatch) -> UUID:
    """The record that this very payload made before."""
    (row,) = batch.mapped
    same = bytes.fromhex(row.payload_hash)
    known = records.find_by_key(session, kept.source, row.record_key)
    return next(record.id for record in known if record.payload_hash == same)
