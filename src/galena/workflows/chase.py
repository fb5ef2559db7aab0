"""Leads are not forgotten: reminders of leads with nothing recorded, call-backs on their day, retries after the rest.

The story of one day, in one transaction, told as often as one likes: take up again the leads whose rest ends -> make a
task of every lead that its broker has left alone too long -> remind of what is due, once a day for each task.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from galena.domain.dispositions import STEP_WORDS, NextStep
from galena.domain.events import NewEvent
from galena.domain.playbook import Outcomes
from galena.kit.clock import Clock
from galena.kit.logs import logger
from galena.stores import assignment_states, assignments, audit, outbox, tasks, tenants, workspaces
from galena.stores.door import OPERATOR, Door, Session
from galena.stores.tasks import Task
from galena.workflows.context import Context
from galena.workflows.pull_schedule import ACTOR, context_at
from galena.workflows.vault import warn_of_expiring

log = logger("chase")

_MOST = 1_000_000
_FARTHEST = timedelta(hours=14)
"""By how much the day begins earlier than in UTC at most."""


@dataclass(frozen=True, slots=True)
class Chased:
    """What a day of chasing did.

    Attributes:
        resumed: leads taken up again after their rest.
        opened: leads with nothing recorded of which a task was made.
        reminded: tasks that are due and of which somebody was reminded today, by step.
    """

    resumed: int
    opened: int
    reminded: Mapping[str, int]

    def as_dict(self) -> dict[str, object]:
        """As JSON, for scripts."""
        return {
            "resumed": self.resumed,
            "opened": self.opened,
            "reminded": dict(self.reminded),
        }


def chase(context: Context) -> Chased:
    """Do what the day asks for, by each tenant's own clock. Doing it twice on a day changes nothing the second time."""
    now = context.clock()
    with context.session() as session:
        days = _Days(now, tenants.list_zones(session, now))
        resumed = _resume(session, days)
        opened = _open_for_idle(session, context.playbook.outcomes, days)
        reminded = _remind(session, context.playbook.outcomes, days)
        warn_of_expiring(session, now)
        if resumed or opened or reminded:
            facts = {"resumed": resumed, "opened": opened, "reminded": sum(reminded.values())}
            audit.record(session, "chase", f"workspace:{session.workspace_id}", facts)
    return Chased(resumed, opened, reminded)


def chase_all(door: Door, clock: Clock) -> None:
    """The same in every workspace where something waits to be chased. One that fails keeps no other waiting."""
    with door.lobby() as lobby:
        known = workspaces.list_all(lobby)
    for workspace in known:
        try:
            with door.enter(workspace.id, tenant_id=OPERATOR, actor=ACTOR) as session:
                if not assignment_states.is_any_open(session):
                    continue
            chase(context_at(door, clock, workspace.id))
        except Exception as fault:
            log.warning("chasing_failed", workspace_id=workspace.id, code=type(fault).__name__)


@dataclass(frozen=True, slots=True)
class _Days:
    """What day it is for each tenant; for the operator, the day of UTC."""

    now: datetime
    zones: Mapping[UUID, ZoneInfo]

    def of(self, instant: datetime, tenant_id: UUID | None) -> date:
        """The day of an instant."""
        zone = self.zones.get(tenant_id) if tenant_id else None
        return instant.astimezone(zone or UTC).date()

    def today(self, tenant_id: UUID | None) -> date:
        """The day of now."""
        return self.of(self.now, tenant_id)

    def list_due(self, session: Session, step: str | None = None) -> list[Task]:
        """The open tasks that are due today or before."""
        latest = (self.now + _FARTHEST).date()
        found = tasks.list_open(session, due=latest, step=step, limit=_MOST)
        return [task for task in found if task.due_on <= self.today(task.tenant_id)]


def _resume(session: Session, days: _Days) -> int:
    """Leads whose rest is over are their brokers' to try again."""
    due = days.list_due(session, NextStep.RETRY)
    held = assignments.find_open(session, [task.lead_id for task in due], lock=True)
    resting = [each for each in held.values() if each.state == "inactive"]
    why = "the rest after no answer is over"
    assignment_states.move_many(session, resting, "active", step="resumed", why=why, at=days.now)
    outbox.append(
        session, [NewEvent("retry_due", each.lead_id, {"tenant": str(each.tenant_id)}) for each in resting]
    )
    return len(resting)


def _open_for_idle(session: Session, outcomes: Outcomes, days: _Days) -> int:
    """A task for every lead that its broker has had for some days with nothing recorded."""
    if not outcomes.remind_after_days:
        return 0
    least = timedelta(days=min(outcomes.remind_after_days))
    new = [
        {
            "assignment_id": assignment_id,
            "lead_id": lead_id,
            "tenant_id": tenant_id,
            "step": NextStep.FIRST_CONTACT.value,
            "due_on": days.today(tenant_id),
            "note": STEP_WORDS[NextStep.FIRST_CONTACT],
            "disposition_id": None,
            "opened_at": days.now,
        }
        # A day is over up to 24 hours before as much time has passed.
        for assignment_id, lead_id, tenant_id, seen_at in assignment_states.list_untouched(
            session, days.now - least + timedelta(days=1)
        )
        if days.of(seen_at, tenant_id) <= days.today(tenant_id) - least
    ]
    return tasks.open_many(session, new)


def _remind(session: Session, outcomes: Outcomes, days: _Days) -> dict[str, int]:
    """Reminds of what is due: of leads with nothing recorded on the days of the playbook, of the rest each day."""
    due = [
        task
        for task in days.list_due(session)
        if task.reminded_at is None or days.of(task.reminded_at, task.tenant_id) < days.today(task.tenant_id)
    ]
    since = assignment_states.visible_since(
        session, [t.assignment_id for t in due if t.assignment_id is not None]
    )
    chosen = [task for task in due if _is_on_its_day(task, outcomes, since, days)]
    tasks.remind(session, [task.id for task in chosen], at=days.now)
    outbox.append(session, [_event(task) for task in chosen])
    counts: dict[str, int] = {}
    for task in chosen:
        counts[task.step] = counts.get(task.step, 0) + 1
    return counts


def _is_on_its_day(task: Task, outcomes: Outcomes, since: Mapping[UUID, datetime], days: _Days) -> bool:
    """Whether a lead with nothing recorded has had one reminder fewer than its age asks for; other tasks always."""
    began = since.get(task.assignment_id) if task.assignment_id else None
    if task.step != NextStep.FIRST_CONTACT or began is None:
        return True
    age = (days.today(task.tenant_id) - days.of(began, task.tenant_id)).days
    return task.reminders_count < _passed(outcomes.remind_after_days, age)


def _passed(days: Sequence[int], age: int) -> int:
    return sum(age >= day for day in days)


def _event(task: Task) -> NewEvent:
    facts = {
        "task": str(task.id),
        "step": task.step,
        "due_on": task.due_on.isoformat(),
        "tenant": str(task.tenant_id) if task.tenant_id else None,
    }
    return NewEvent("reminder", task.lead_id, facts)
