"""Leads are not forgotten: reminders of leads with nothing recorded, call-backs on their day, retries after the rest.

The story of one day, in one transaction, told as often as one likes: end the tasks of assignments that are over -> take
up again the leads whose rest ends -> make a task of every lead that its broker has left alone too long -> remind of
what is due, once a day for each task.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from galena.domain.dispositions import STEP_WORDS, NextStep
from galena.domain.events import NewEvent
from galena.domain.playbook import Outcomes
from galena.kit.clock import Clock
from galena.kit.logs import logger
from galena.stores import assignment_states, assignments, audit, outbox, tasks, workspaces
from galena.stores.door import OPERATOR, Door, Session
from galena.stores.tasks import Task
from galena.workflows.context import Context
from galena.workflows.pull_schedule import ACTOR, context_at

log = logger("chase")

_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Chased:
    """What a day of chasing did.

    Attributes:
        resumed: leads taken up again after their rest.
        opened: leads with nothing recorded of which a task was made.
        reminded: tasks that are due and of which somebody was reminded today, by step.
        ended: tasks of leads that went to somebody else.
    """

    resumed: int
    opened: int
    reminded: Mapping[str, int]
    ended: int

    def as_dict(self) -> dict[str, object]:
        """As JSON, for scripts."""
        return {
            "resumed": self.resumed,
            "opened": self.opened,
            "reminded": dict(self.reminded),
            "ended": self.ended,
        }


def chase(context: Context) -> Chased:
    """Do what the day asks for. Doing it twice on a day changes nothing the second time."""
    now = context.clock()
    with context.session() as session:
        ended = tasks.end_lost(session, at=now)
        resumed = _resume(session, now)
        opened = _open_for_idle(session, context.playbook.outcomes, now)
        reminded = _remind(session, context.playbook.outcomes, now)
        if ended or resumed or opened or reminded:
            facts = {"resumed": resumed, "opened": opened, "reminded": sum(reminded.values()), "ended": ended}
            audit.record(session, "chase", f"workspace:{session.workspace_id}", facts)
    return Chased(resumed, opened, reminded, ended)


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


def _resume(session: Session, now: datetime) -> int:
    """Leads whose rest is over are their brokers' to try again."""
    due = tasks.list_open(session, due=now.date(), step=NextStep.RETRY, limit=_MOST)
    held = assignments.find_open(session, [task.lead_id for task in due], lock=True)
    resting = [each for each in held.values() if each.state == "inactive"]
    why = "the rest after no answer is over"
    assignment_states.move_many(session, resting, "active", step="resumed", why=why, at=now)
    outbox.append(
        session, [NewEvent("retry_due", each.lead_id, {"tenant": str(each.tenant_id)}) for each in resting]
    )
    return len(resting)


def _open_for_idle(session: Session, outcomes: Outcomes, now: datetime) -> int:
    """A task for every lead that its broker has had for some days with nothing recorded."""
    if not outcomes.remind_after_days:
        return 0
    idle = assignment_states.list_untouched(session, days=min(outcomes.remind_after_days), now=now)
    new = [
        {
            "assignment_id": assignment_id,
            "lead_id": lead_id,
            "tenant_id": tenant_id,
            "step": NextStep.FIRST_CONTACT.value,
            "due_on": now.date(),
            "note": STEP_WORDS[NextStep.FIRST_CONTACT],
            "disposition_id": None,
            "opened_at": now,
        }
        for assignment_id, lead_id, tenant_id in idle
    ]
    return tasks.open_many(session, new)


def _remind(session: Session, outcomes: Outcomes, now: datetime) -> dict[str, int]:
    """Reminds of what is due: of leads with nothing recorded on the days of the playbook, of the rest each day."""
    due = [
        task
        for task in tasks.list_open(session, due=now.date(), limit=_MOST)
        if _is_to_remind(task, now.date())
    ]
    since = assignment_states.visible_since(
        session, [t.assignment_id for t in due if t.assignment_id is not None]
    )
    chosen = [task for task in due if _is_on_its_day(task, outcomes, since, now.date())]
    tasks.remind(session, [task.id for task in chosen], at=now)
    outbox.append(session, [_event(task) for task in chosen])
    counts: dict[str, int] = {}
    for task in chosen:
        counts[task.step] = counts.get(task.step, 0) + 1
    return counts


def _is_to_remind(task: Task, today: date) -> bool:
    return task.reminded_at is None or task.reminded_at.date() < today


def _is_on_its_day(task: Task, outcomes: Outcomes, since: Mapping[UUID, datetime], today: date) -> bool:
    """Whether a lead with nothing recorded has had one reminder fewer than its age asks for; other tasks always."""
    began = since.get(task.assignment_id) if task.assignment_id else None
    if task.step != NextStep.FIRST_CONTACT or began is None:
        return True
    age = (today - began.date()).days
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
