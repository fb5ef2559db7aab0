"""The leads a broker has, as a list: where each stands, what is to be done next, and by when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from galena.domain.assignment import Assignment
from galena.domain.disposing import Standing, standing_of
from galena.domain.dispositions import Stand
from galena.domain.listing import LeadEntry
from galena.domain.scored import CurrentScore, Override
from galena.stores import assignments, dispositions, leads, scores, tasks, verdicts
from galena.stores.door import Session
from galena.stores.tasks import Task

_MOST = 100_000


@dataclass(frozen=True, slots=True)
class ProspectRow:
    """A lead with its broker.

    Attributes:
        task: what is to be done next; None: nothing.
        current: the machine's score of now; None where it has none any more.
        override: what a person says of the score; None: nobody says otherwise.
    """

    entry: LeadEntry
    assignment: Assignment
    standing: Standing
    task: Task | None
    current: CurrentScore | None
    override: Override | None

    @property
    def machine_tier(self) -> str:
        """The machine's of now, or of when it was given."""
        return self.current.tier if self.current else self.assignment.tier

    @property
    def machine_micropoints(self) -> int:
        """The machine's of now, or of when it was given."""
        return self.current.micropoints if self.current else self.assignment.micropoints

    @property
    def tier(self) -> str:
        """In force: a person's word where one holds, else the machine's."""
        return (self.override.tier if self.override else None) or self.machine_tier

    @property
    def micropoints(self) -> int:
        """In force: a person's word where one holds, else the machine's."""
        said = self.override.micropoints if self.override else None
        return self.machine_micropoints if said is None else said

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
    """Leads that brokers have and see: what is due first, then what is new, then by the score in force.

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
    current = scores.load_current(session, set(whole.values()))
    words = verdicts.load_overrides(session, set(whole.values()), now=now)
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
            current.get(whole[each.lead_id]),
            words.get(whole[each.lead_id]),
        )
        for each in held
        if whole.get(each.lead_id) in entries
    ]
    chosen = [row for row in rows if not stands or row.stand in stands]
    return tuple(sorted(chosen, key=_order))


def _order(row: ProspectRow) -> tuple[date, bool, int, UUID]:
    due = row.task.due_on if row.task else date.max
    return (due, row.stand is not Stand.NEW, -row.micropoints, row.entry.lead.id)
