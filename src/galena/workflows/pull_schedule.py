"""Scheduled pulls: which are due, and each carried out whatever happens to the others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from galena.kit.clock import Clock
from galena.kit.errors import ConflictError, GalenaError
from galena.kit.logs import logger
from galena.stores import connections, outbox, workspaces
from galena.stores.door import OPERATOR, Door
from galena.workflows.context import Context
from galena.workflows.gateway import Gateway
from galena.workflows.plans import active_plan
from galena.workflows.pull import pull_connection
from galena.workflows.pull_stream import PullOptions, PullProgress, connection_event
from galena.workflows.touched import score_news

log = logger("pull_schedule")

ACTOR = "schedule"
AFTER_A_FAULT_OF_OURS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DuePull:
    """A connection whose time has come; `due_at` makes this one occasion different from the next."""

    workspace_id: UUID
    connection_id: UUID
    name: str
    due_at: datetime

    @property
    def key(self) -> str:
        """The same for the same occasion, whoever finds it due."""
        return f"pull-{self.connection_id}-{self.due_at:%Y%m%dT%H%M%S}"

    def as_dict(self) -> dict[str, str]:
        """As plain texts, to be queued."""
        return {name: str(getattr(self, name)) for name in self.__dataclass_fields__}

    @classmethod
    def restored(cls, kept: Mapping[str, str]) -> "DuePull":
        """What `as_dict` wrote."""
        workspace_id, connection_id = UUID(kept["workspace_id"]), UUID(kept["connection_id"])
        return cls(workspace_id, connection_id, kept["name"], datetime.fromisoformat(kept["due_at"]))


def find_due(door: Door, now: datetime) -> tuple[DuePull, ...]:
    """The pulls that are due, in every workspace."""
    with door.lobby() as lobby:
        known = workspaces.list_all(lobby)
    found = []
    for workspace in known:
        with door.enter(workspace.id, tenant_id=OPERATOR, actor=ACTOR) as session:
            due = connections.list_due(session, now)
        found += [DuePull(workspace.id, each.id, each.name, each.due_at) for each in due if each.due_at]
    return tuple(found)


def carry_out(
    door: Door,
    gateway: Gateway,
    clock: Clock,
    due: DuePull,
    check: Callable[[PullProgress], None] = lambda _: None,
) -> str:
    """Pulls a connection and scores the leads that what came touches; says in a word how it went.

    A provider that fails is told on the connection. Nothing is raised but what `check` raises to end the work.
    """
    try:
        context = context_at(door, clock, due.workspace_id)
        report = pull_connection(context, gateway, due.name, PullOptions(trigger="schedule", progress=check))
        score_news(context)
    except ConflictError:
        return "busy"  # Somebody else is at it this very moment.
    except Exception as fault:
        _put_off(door, clock, due, fault)
        return "put off"
    return "failed" if report.fault else "done"


def context_at(door: Door, clock: Clock, workspace_id: UUID) -> Context:
    """Where work by schedule takes place in a workspace."""
    with door.enter(workspace_id, tenant_id=OPERATOR, actor=ACTOR) as session:
        playbook = active_plan(session).playbook
    return Context(door, workspace_id, playbook, ACTOR, clock)


def _put_off(door: Door, clock: Clock, due: DuePull, fault: Exception) -> None:
    """A fault of our own, or a connection that is gone: told, and tried again later, not over and over."""
    log.warning("pull_put_off", connection_id=due.connection_id, code=type(fault).__name__)
    what = (
        str(fault)
        if isinstance(fault, GalenaError)
        else f"Something went wrong inside Galena: {type(fault).__name__}"
    )
    with door.enter(due.workspace_id, tenant_id=OPERATOR, actor=ACTOR) as session:
        kept = connections.find(session, due.name)
        if kept is None:
            return
        later = clock() + AFTER_A_FAULT_OF_OURS
        connections.change(
            session, kept.id, state="failing", failures=kept.failures + 1, error=what, due_at=later
        )
        outbox.append(
            session, [connection_event("source_failing", kept, {"failures": kept.failures + 1, "what": what})]
        )
