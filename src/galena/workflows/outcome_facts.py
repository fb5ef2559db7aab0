"""What an outcome tells the lead: facts like any others, so that the next attempt, the scores and the models know it.

Each outcome is a source record of its own behind the lead; the lead is rebuilt from all its records. Taking an outcome
back removes its record, and the lead is again what it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any
from uuid import UUID

from galena.domain.dispositions import Disposition
from galena.domain.imports import Import, ImportCounts, NewImport, SourceRecord
from galena.domain.listing import LeadEntry
from galena.domain.playbook import FieldMapping, Playbook
from galena.domain.playbook import Mapping as SourceMapping
from galena.engines.ingestion import Reader, link_of
from galena.engines.ingestion.rows import MappedRow
from galena.kit.ids import new_id
from galena.stores import imports, leads, projections, records
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.lead_assembly import assembly_for

SOURCE = "outcomes"
"""The source under which outcomes come in."""

_TRUST = 1.0
_REFUSED = frozenset({"no_answer", "not_interested", "do_not_contact"})


@dataclass(frozen=True, slots=True)
class Told:
    """An outcome, the lead it is about, and the time zone in which its day is counted."""

    disposition: Disposition
    entry: LeadEntry
    zone: tzinfo = UTC


def tell_leads(session: Session, context: Context, told: Sequence[Told]) -> None:
    """Writes what outcomes tell leads. The caller has taken its turn (`projections.take_turn`)."""
    mapping = outcome_mapping(context.playbook)
    if mapping is None or not told:
        return
    kept = _import_of(session, mapping, told[0])
    rows = [_record(context.playbook, mapping, kept, each) for each in told]
    records.add_many(session, [row for row in rows if row is not None])
    imports.checkpoint(
        session, kept.id, row=kept.checkpoint_row + len(told), more=ImportCounts(len(told), updated=len(told))
    )
    _rebuild(session, context, {each.entry.lead.id for each in told}, told[-1].disposition)


def untell_lead(
    session: Session, context: Context, lead_id: UUID, taken_back: Disposition, by: Disposition
) -> None:
    """Removes what an outcome told its lead. The caller has taken its turn."""
    if records.delete_by_keys(session, SOURCE, [str(taken_back.id)]):
        _rebuild(session, context, {lead_id}, by)


def outcome_mapping(playbook: Playbook) -> SourceMapping | None:
    """How outcomes become fields of leads; None where the playbook wants none of it."""
    fills = playbook.outcomes.fills
    if not fills:
        return None
    return SourceMapping(
        source=SOURCE,
        label="Outcomes that were recorded",
        role="details",
        key=("disposition",),
        observed_at="at",
        match={"key": "lead"},
        match_source=SOURCE,
        trust=_TRUST,
        fields={name: FieldMapping(column=name) for name in sorted(fills)},
    )


def facts_of(row: Disposition, zone: tzinfo = UTC) -> Mapping[str, Any]:
    """What an outcome tells, by the names of `domain.playbook.outcomes.Fact`; what it does not tell is left out."""
    rule = row.rule
    if rule is None:
        return {}
    on = row.at.astimezone(zone).date().isoformat()
    found: dict[str, Any] = {"attempts": row.attempts, "disposed_on": on}
    if rule.short is not None:
        found |= {"outcome": rule.short, "reason": row.reason_code, "reason_words": row.reason_text or None}
    if row.outcome == "booked" or row.outcome in _REFUSED:
        found |= {"booked": row.outcome == "booked", "answered_on": on}
    if row.outcome in ("closed_won", "closed_lost"):
        is_won = row.outcome == "closed_won"
        signed = row.signed_on.isoformat() if row.signed_on else None
        found |= {"won": is_won, "won_on" if is_won else "lost_on": signed or on, "signed_on": signed}
    found |= {"must_not_contact": True} if rule.bans else {}
    money = {"deal_value": row.deal_value, "commission": row.commission}
    found |= {name: str(amount) for name, amount in money.items() if amount is not None}
    return {name: value for name, value in found.items() if value is not None}


def _import_of(session: Session, mapping: SourceMapping, told: Told) -> Import:
    """The import under which outcomes come in: one, as long as the playbook fills the same fields."""
    content = mapping.model_dump(mode="json", exclude_defaults=True)
    for kept in imports.list_(session, source=SOURCE, limit=5):
        if kept.status == "done" and kept.mapping == content:
            return kept
    new = NewImport(
        id=new_id(),
        source=SOURCE,
        file_name="outcomes that were recorded",
        started_at=told.disposition.at,
        shape={"format": "outcomes", "notes": []},
        mapping=content,
        options={"outcomes": True},
    )
    imports.open_(session, new)
    return imports.finish(session, new.id, at=told.disposition.at)


def _record(playbook: Playbook, mapping: SourceMapping, kept: Import, told: Told) -> SourceRecord | None:
    row, entry = told.disposition, told.entry
    facts = facts_of(row, told.zone)
    filled = {name: facts[fact] for name, fact in playbook.outcomes.fills.items() if fact in facts}
    if not filled:
        return None
    payload = {"disposition": str(row.id), "lead": entry.lead.key, "at": row.at.isoformat(), **filled}
    read = Reader(mapping, playbook, row.at).read(payload, 1)
    if not isinstance(read, MappedRow):
        return None
    source, _, key = entry.lead.key.partition(":")
    return SourceRecord(
        id=new_id(),
        import_id=kept.id,
        source=SOURCE,
        record_key=str(row.id),
        role="details",
        payload=read.payload.decode(),
        payload_hash=bytes.fromhex(read.payload_hash),
        row_number=kept.checkpoint_row + 1,
        observed_at=row.at,
        received_at=row.at,
        trust=mapping.trust,
        link=link_of(f"key:{source}", key),
    )


def _rebuild(session: Session, context: Context, lead_ids: set[UUID], last: Disposition) -> None:
    before = leads.load_many(session, lead_ids, lock=True)
    assembly_for(session, context.playbook).rebuild(session, before, last.at, why="outcome")


def take_turn(session: Session) -> None:
    """Waits for the turn to change leads; before any lead is locked."""
    projections.take_turn(session)
