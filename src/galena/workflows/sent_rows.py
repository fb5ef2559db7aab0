"""Rows that a program sends, a few at a time, taken in the way of every import and in one transaction.

What a program sends in a day, read the same way, is one import: it shows in the list of imports, and what cannot be
used waits in quarantine with its reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson

from galena.domain.imports import Fault, Import, NewImport
from galena.domain.playbook import Mapping as SourceMapping
from galena.domain.record import Row
from galena.engines.ingestion import Reader
from galena.kit.ids import content_hash, new_id
from galena.stores import imports, projections
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.intake_batch import Intake, kept_fault
from galena.workflows.lead_assembly import assembly_for
from galena.workflows.mapping_check import check_mapping


@dataclass(frozen=True, slots=True)
class SentRows:
    """What became of rows, by their places among those sent.

    Attributes:
        records: of the rows whose content is new, the source records they are kept as.
        refused: of the rows that lie in quarantine, why.
        unknown: of the rows that were taken, the values that became unknown, and why.
        keys: of the rows that were taken, what identifies them within their source.
    """

    import_id: UUID
    records: Mapping[int, UUID]
    refused: Mapping[int, tuple[Fault, ...]]
    unknown: Mapping[int, tuple[Fault, ...]]
    keys: Mapping[int, str]


def take_rows(
    session: Session,
    context: Context,
    mapping: SourceMapping,
    payloads: Sequence[Mapping[str, Any]],
    *,
    label: str,
) -> SentRows:
    """Takes rows in; the caller has taken its turn (`projections.take_turn`).

    Args:
        label: what the import is called in lists; the day stands behind it.

    Raises:
        ConfigurationError: the mapping speaks of what the playbook does not have.
    """
    check_mapping(mapping, context.playbook)
    now = context.clock()
    kept = _import_of_today(session, context, mapping, label)
    first = kept.checkpoint_row + 1
    # Facts are dated by when these rows came, and not by the first ones of the day.
    intake = Intake(
        mapping,
        replace(kept, started_at=now),
        Reader(mapping, context.playbook, now),
        assembly_for(session, context.playbook),
    )
    batch = intake.read([Row(first + place, dict(payload)) for place, payload in enumerate(payloads)])
    outcome = intake.take(session, batch, now)
    imports.checkpoint(session, kept.id, row=kept.checkpoint_row + len(payloads), more=outcome.counts)
    imports.finish(session, kept.id, at=now)
    return SentRows(
        kept.id,
        {number - first: record_id for number, record_id in outcome.records.items()},
        {row.row_number - first: row.faults for row in batch.refused},
        {row.number - first: tuple(map(kept_fault, row.warnings)) for row in batch.mapped if row.warnings},
        {row.number - first: row.record_key for row in batch.mapped},
    )


def take_turn(session: Session) -> None:
    """Waits for the turn to change leads; before any lead is locked."""
    projections.take_turn(session)


def _import_of_today(session: Session, context: Context, mapping: SourceMapping, label: str) -> Import:
    now = context.clock()
    day = now.date().isoformat()
    # What stands for the content of a file: the day, and how its rows are read.
    content = mapping.model_dump(mode="json", exclude_defaults=True)
    mark = content_hash(orjson.dumps([label, day, content], option=orjson.OPT_SORT_KEYS))
    for earlier in imports.find_by_sha256(session, mark, source=mapping.source):
        if earlier.status == "done":
            return earlier
    return imports.open_(
        session,
        NewImport(
            id=new_id(),
            source=mapping.source,
            file_name=f"{label} ({day})",
            started_at=now,
            sha256=mark,
            shape={"format": "messages", "notes": []},
            mapping=content,
            options={"sent": True},
        ),
    )
