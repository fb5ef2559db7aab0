"""The loop kept going while nobody looks: in every workspace once a week, after enough outcomes, or when something
drifted; and experiments looked at every day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from galena.engines.learning.triggers import Policy
from galena.kit.clock import Clock
from galena.kit.errors import ConflictError
from galena.kit.logs import logger
from galena.stores import attempts, experiments, learning, score_runs, workspaces
from galena.stores.door import OPERATOR, Door, Session
from galena.workflows.experiments import look_at_running
from galena.workflows.learn import learn
from galena.workflows.learn_head import LearnOptions
from galena.workflows.plans import active_plan
from galena.workflows.pull_schedule import ACTOR, context_at

log = logger("learn_schedule")

LOOK_AT_EXPERIMENTS = timedelta(days=1)
FIRST_AFTER = timedelta(days=1)
"""A workspace is left to its people for a day before it begins to learn by itself."""
AFTER_A_FAULT = timedelta(hours=6)
USUAL = Policy()
PageOf = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class DueLearning:
    """A workspace in which the loop may have something to do. One that fails is tried again hours later."""

    workspace_id: UUID
    at: datetime

    @property
    def key(self) -> str:
        """The same for the same occasion, whoever finds it due."""
        return f"learn-{self.workspace_id}-{self.at:%Y%m%dT%H}"

    def as_dict(self) -> dict[str, str]:
        """As plain texts, to be queued."""
        return {"workspace_id": str(self.workspace_id), "at": self.at.isoformat()}

    @classmethod
    def restored(cls, kept: Mapping[str, str]) -> "DueLearning":
        """What `as_dict` wrote."""
        return cls(UUID(kept["workspace_id"]), datetime.fromisoformat(kept["at"]))


def find_due_learning(door: Door, now: datetime, policy: Policy = USUAL) -> tuple[DueLearning, ...]:
    """Workspaces with something to learn or an experiment to look at; cheap, for it is asked every minute.

    Only those that were scored before: elsewhere nobody has asked for scores.
    """
    with door.lobby() as lobby:
        known = workspaces.list_all(lobby)
    found = []
    for workspace in known:
        if workspace.active_revision_id is None:
            continue
        with door.enter(workspace.id, tenant_id=OPERATOR, actor=ACTOR) as session:
            if _is_due(session, now, policy) or _has_experiment_to_see(session, now):
                found.append(DueLearning(workspace.id, now))
    return tuple(found)


def carry_out_learning(door: Door, clock: Clock, due: DueLearning, page_of: PageOf) -> str:
    """Looks at experiments and runs the loop where there is a reason to; says in a word how it went.

    Nothing is raised: a fault is kept with the run, and the administrators are told.
    """
    try:
        context = context_at(door, clock, due.workspace_id)
        look_at_running(context)
        report = learn(context, LearnOptions(), page_of=page_of)
    except ConflictError:
        return "busy"  # Somebody else is at it this very moment.
    except Exception as fault:
        log.warning("learning_failed", workspace_id=due.workspace_id, code=type(fault).__name__)
        return "failed"
    return "learned" if report.run else "nothing to learn"


def _is_due(session: Session, now: datetime, policy: Policy) -> bool:
    if not active_plan(session).playbook.models.heads:
        return False
    runs = learning.list_runs(session, limit=1)
    if not runs:
        scored = score_runs.list_(session, statuses=("done",), limit=1_000)
        return bool(scored) and now - scored[-1].started_at >= FIRST_AFTER
    last = runs[0]
    if last.state == "running":
        return now - last.started_at >= AFTER_A_FAULT  # Its process is gone.
    if last.state == "failed":
        return now - (last.finished_at or last.started_at) >= AFTER_A_FAULT
    if now - last.started_at >= policy.every:
        return True
    # Outcomes that were told since then are more than the leads they decide; the loop itself counts these.
    if attempts.count_said(session, since=last.started_at) >= policy.new_labels:
        return now - last.started_at >= timedelta(hours=1)
    return any(each.alarm_count for each in learning.list_drift(session, since=last.started_at))


def _has_experiment_to_see(session: Session, now: datetime) -> bool:
    running = [each for each in experiments.list_(session) if each.is_running]
    return any(now - (each.looked_at or each.started_at) >= LOOK_AT_EXPERIMENTS for each in running)
