"""An import taken back completely: as if its file had never come.

Its records, signals and quarantined rows go, but for records that another import brought once more: those are that
import's from then on. Leads that have no other record of their own vanish, with their scores;
leads that have are rebuilt from what remains, and equal what they were. The import itself stays in the list,
marked as undone, and the audit trail keeps who did it and what it took back.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from galena.domain.events import NewEvent
from galena.domain.playbook import Playbook
from galena.kit.errors import ConflictError
from galena.stores import (
    audit,
    deliveries,
    identity,
    imports,
    leads,
    links,
    outbox,
    projections,
    quarantine,
    records,
    signals,
)
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.lead_assembly import LeadAssembly, assembly_for
from galena.workflows.sameness import sever

LEADS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What taking an import back did.

    Attributes:
        records: source records removed.
        leads_removed: leads that had no other record.
        leads_rebuilt: leads that changed back.
        quarantined: rows removed from quarantine.
        handed_over: source records that stay, because another import brought them too.
        was_undone: whether it had been undone before, so that nothing was left to do.
    """

    import_id: UUID
    records: int = 0
    leads_removed: int = 0
    leads_rebuilt: int = 0
    quarantined: int = 0
    handed_over: int = 0
    was_undone: bool = False


def undo_import(context: Context, import_id: UUID) -> UndoReport:
    """Takes an import back, in one transaction. Undoing it again does nothing.

    Raises:
        NotFoundError: there is no such import.
    """
    with context.session() as session:
        projections.take_turn(session)
        kept = imports.load(session, import_id)
        if kept.status == "undone":
            return UndoReport(import_id, was_undone=True)
        at = context.clock()
        report = take_back(session, context.playbook, import_id, at)
        imports.mark_undone(session, import_id, at=at)
        detail = {name: count for name, count in asdict(report).items() if isinstance(count, int)}
        audit.record(session, "undo_import", f"import:{import_id}", {**detail, "file": kept.file_name})
        outbox.append(session, [NewEvent("import_undone", None, {"import_id": str(import_id)})])
        return report


def take_back(session: Session, playbook: Playbook, import_id: UUID, at: datetime) -> UndoReport:
    """Removes what an import brought, within the caller's transaction.

    Raises:
        ConflictError: leads of it are in use where they cannot be removed from.
    """
    projections.take_turn(session)
    assembly = assembly_for(session, playbook)
    told_links = projections.links_of_import(session, import_id)
    own = set(records.list_leads_of_import(session, import_id))
    told = {lead for found in links.find_many(session, told_links).values() for lead in found}
    poorer = signals.delete_of_import(session, import_id)
    handed_over = deliveries.hand_over(session, import_id)
    removed = records.delete_of_import(session, import_id)
    quarantined = quarantine.delete_of_import(session, import_id)
    vanishing = sorted(own - projections.leads_with_records(session, own))
    _let_go(session, assembly, vanishing, at)
    loose = _remove(session, vanishing)
    rebuilt = _rebuild(session, assembly, sorted((own | told) - set(vanishing)), at)
    # Their signals are gone before they are rebuilt, so that rebuilding finds nothing changed by that.
    left = sorted(set(poorer) - set(vanishing))
    outbox.append(session, [NewEvent("lead_updated", lead, {"why": "signal"}) for lead in left])
    assembly.settle_waiting(session, sorted(told_links | loose))
    return UndoReport(import_id, removed, len(vanishing), rebuilt, quarantined, handed_over)


def _let_go(session: Session, assembly: LeadAssembly, vanishing: list[UUID], at: datetime) -> None:
    """Forgets that vanishing leads were one with others; these are compared anew, for they may be one all the same."""
    others = sever(session, assembly, vanishing, at)
    identity.forget_keys(session, vanishing)
    if assembly.compares:
        identity.await_comparing(session, others)


def _remove(session: Session, lead_ids: list[UUID]) -> set[str]:
    """Removes leads and gives the links they had."""
    loose: set[str] = set()
    for start in range(0, len(lead_ids), LEADS_AT_ONCE):
        some = lead_ids[start : start + LEADS_AT_ONCE]
        loose.update(*projections.links_of(session, some).values())
        projections.delete_signals_of_leads(session, some)
        if leads.delete_many(session, some) != len(some):
            raise ConflictError("leads of this import are gone already", remedy="Try again.")
        outbox.append(session, [NewEvent("lead_removed", None, {"lead_id": str(lead)}) for lead in some])
    return loose


def _rebuild(session: Session, assembly: LeadAssembly, lead_ids: list[UUID], at: datetime) -> int:
    changed = 0
    for start in range(0, len(lead_ids), LEADS_AT_ONCE):
        before = leads.load_many(session, lead_ids[start : start + LEADS_AT_ONCE], lock=True)
        changed += len(assembly.rebuild(session, before, at).changed)
    return changed
