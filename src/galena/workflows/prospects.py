"""The leads a broker has, as a list: where each stands, what is to be done next, and by when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from galena.domain.assignment import Assignment
from galena.domain.disposing import Standing, standing_of
from galena.domain.dispositions import Stand
from galena.domain.listing import LeadEntry
from galena.stores import assignments, dispositions, leads, tasks
from galena.stores.door import Session
from galena.stores.tasks import Task

_MOST = 100_000


@dataclass(frozen=True, slots=True)
class ProspectRow:
    """A lead with its broker.

    Attributes:
        task: what is to be done next; None: nothing.
    """

    entry: LeadEntry
    assignment: Assignment
    standing: Standing
    task: Task | None

    @property
    def stand(self) -> Stand:
        """Where it stands."""
        return self.standing.stand

    def is_overdue(self, today: date) -> bool:
        """Whether what is to be done should have been done before today."""
        return self.task is not None and self.task.due_on < today


def list_prospects(
    session: Session,
    now: datetime,
    *,
    tenant_id: UUID | None = None,
    stands: Sequence[Stand] = (),
    limit: int = 1_000,
) -> tuple[ProspectRow, ...]:
    """Leads that brokers have and see: what is due first, then what is new, then by score.

    Args:
        tenant_id: only this broker's; a broker's session sees no others anyway.
        stands: only leads that stand so; empty: all.
        limit: of the leads that are looked at, the newest.
    """
    held = [
        each
        for each in assignments.list_open(session, tenant_id=tenant_id, limit=limit)
        if each.visible_at <= now and not each.is_offer
    ]
    ids = [each.lead_id for each in held]
    named = leads.load_many(session, ids)
    whole = {lead_id: entry.merged_into or lead_id for lead_id, entry in named.items()}
    entries = named | leads.load_many(session, {root for root in whole.values() if root not in named})
    said = dispositions.list_for_leads(session, {*ids, *whole.values()})
    next_tasks = {
        task.lead_id: task for task in reversed(tasks.list_open(session, tenant_id=tenant_id, limit=_MOST))
    }
    rows = [
        ProspectRow(
            entries[whole[each.lead_id]],
            each,
            standing_of(
                (
                    row
                    for node in {each.lead_id, whole[each.lead_id]}
                    for row in said.get(node, ())
                    if row.assignment_id == each.id
                ),
                since=each.visible_at,
                state=each.state,
            ),
            next_tasks.get(whole[each.lead_id]) or next_tasks.get(each.lead_id),
        )
        for each in held
        if whole.get(each.lead_id) in entries
    ]
    chosen = [row for row in rows if not stands or row.stand in stands]
    return tuple(sorted(chosen, key=_order))


def _order(row: ProspectRow) -> tuple[date, bool, int, UUID]:
    due = row.task.due_on if row.task else date.max
    return (due, row.stand is not Stand.NEW, -row.assignment.micropoints, row.entry.lead.id)
