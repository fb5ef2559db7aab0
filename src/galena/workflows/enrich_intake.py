"""Facts that were looked up come in as source records, behind the lead they were asked for: the lead is then rebuilt
from all its records, so that provenance, undoing and un-merging hold for them as for every other fact."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from galena.domain.imports import Import, ImportCounts, NewImport, SourceRecord
from galena.domain.listing import LeadEntry
from galena.domain.playbook import FieldMapping
from galena.domain.playbook import Mapping as SourceMapping
from galena.engines.enrichment.waterfall import PERSON
from galena.engines.ingestion import MappedRow, Reader, link_of
from galena.kit.ids import new_id
from galena.stores import deliveries, imports, leads, projections, records
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.lead_assembly import assembly_for

LOCAL = "local"
"""The source under which what is read off a lead's own values comes in."""

_LOCAL_TRUST = 0.1
_PERSON_TRUST = 1.0


def open_import(session: Session, mapping: SourceMapping, name: str, at: datetime) -> Import:
    """The import under which one provider's facts come in; it is undone like any other."""
    new = NewImport(
        id=new_id(),
        source=mapping.source,
        file_name=f"enrichment: {name}",
        started_at=at,
        shape={"format": "enrichment", "notes": []},
        mapping=mapping.model_dump(mode="json", exclude_defaults=True),
        options={"enrichment": name},
    )
    return imports.open_(session, new)


def take_in(
    session: Session,
    context: Context,
    entry: LeadEntry,
    mapping: SourceMapping,
    kept: Import,
    payload: Mapping[str, Any],
) -> bool:
    """Keeps a record that was looked up for a lead, and rebuilds the lead; says whether a fact changed.

    The caller has taken its turn.
    """
    at = context.clock()
    row = read_record(context, mapping, payload, kept.started_at)
    if row is None:
        return False
    source, _, key = entry.lead.key.partition(":")
    record = SourceRecord(
        id=new_id(),
        import_id=kept.id,
        source=mapping.source,
        # One record per lead: two permits on one lot each have their own, and each can be taken back.
        record_key=f"{row.record_key}@{entry.lead.key}",
        role="details",
        payload=row.payload.decode(),
        payload_hash=bytes.fromhex(row.payload_hash),
        row_number=kept.checkpoint_row + 1,
        observed_at=row.observed_at,
        received_at=kept.started_at,
        trust=mapping.trust,
        link=link_of(f"key:{source}", key),
    )
    if not records.add_many(session, [record]):
        deliveries.note(session, [record])
    before = leads.load_many(session, [entry.lead.id], lock=True)
    rebuilt = assembly_for(session, context.playbook).rebuild(session, before, at, why="enrichment")
    changed = bool(rebuilt.changed)
    more = ImportCounts(read=1, updated=int(changed), unchanged=int(not changed), signals=rebuilt.new_signals)
    imports.checkpoint(session, kept.id, row=imports.load(session, kept.id).checkpoint_row + 1, more=more)
    return changed


def read_record(
    context: Context, mapping: SourceMapping, payload: Mapping[str, Any], at: datetime
) -> MappedRow | None:
    """A record in lead fields; None where it cannot be read."""
    row = Reader(mapping, context.playbook, at).read(payload, 1)
    return row if isinstance(row, MappedRow) else None


def local_mapping(fields: Mapping[str, Any]) -> SourceMapping:
    """How what is read off a lead's own values becomes fields; anybody else's word goes before it."""
    return SourceMapping(
        source=LOCAL,
        label="Read off the lead's own values",
        role="details",
        key=("lead",),
        match={"key": "lead"},
        match_source=LOCAL,
        trust=_LOCAL_TRUST,
        fields={name: FieldMapping(column=name) for name in sorted(fields)},
    )


def take_word(
    session: Session, context: Context, entry: LeadEntry, facts: Mapping[str, Any], name: str
) -> Import:
    """Keeps what a person says of a lead, above every other source; it is undone like any other import.

    The caller has taken its turn.

    Args:
        name: what the import is called in lists.
    """
    # What is said again after something else was said is news, too.
    payload = {"lead": entry.lead.key, "said_at": context.clock().isoformat(), **facts}
    mapping = SourceMapping(
        source=PERSON,
        label="A person's word",
        role="details",
        key=("lead",),
        match={"key": "lead"},
        match_source=PERSON,
        trust=_PERSON_TRUST,
        fields={field: FieldMapping(column=field) for field in sorted(facts)},
        columns_ignored=("said_at",),
    )
    return take_person_record(session, context, entry, mapping, payload, name)


def take_person_record(
    session: Session,
    context: Context,
    entry: LeadEntry,
    mapping: SourceMapping,
    payload: Mapping[str, Any],
    name: str,
) -> Import:
    """Keeps a record that a person chose for a lead, under an import of its own; the caller has taken its turn."""
    at = context.clock()
    kept = open_import(session, mapping.model_copy(update={"source": PERSON}), name, at)
    take_in(session, context, entry, mapping.model_copy(update={"source": PERSON}), kept, payload)
    return imports.finish(session, kept.id, at=at)


def turn(session: Session) -> None:
    """Waits for the turn to change leads."""
    projections.take_turn(session)


def finish_imports(session: Session, import_ids: list[UUID], at: datetime) -> None:
    """Marks the imports of a run as done."""
    for import_id in import_ids:
        if imports.load(session, import_id).status == "running":
            imports.finish(session, import_id, at=at)
