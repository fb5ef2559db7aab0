"""Scores kept up while nobody looks: leads that something touched, and every day all of them, for time moves scores."""

from datetime import datetime, timedelta
from uuid import UUID

from galena.kit.clock import Clock
from galena.kit.errors import ConflictError
from galena.kit.logs import logger
from galena.stores import score_runs, workspaces
from galena.stores.door import OPERATOR, Door
from galena.workflows.pull_schedule import ACTOR, context_at
from galena.workflows.rescore import rescore
from galena.workflows.scored_upto import find_position
from galena.workflows.touched import score_touched

log = logger("keep_scored")

OLD_AFTER = timedelta(hours=24)
"""Urgencies are counted in days."""


def keep_scored(door: Door, clock: Clock) -> None:
    """Scores, in every workspace that was scored before, what was touched; and everything, when that is a day ago.

    A workspace that was scored as of another day than its own stays at that day. One workspace that fails keeps no
    other waiting.
    """
    with door.lobby() as lobby:
        known = workspaces.list_all(lobby)
    for workspace in known:
        try:
            keep_workspace_scored(door, workspace.id, clock)
        except ConflictError:
            continue  # Somebody else is scoring it.
        except Exception as fault:
            log.warning("keeping_scored_failed", workspace_id=workspace.id, code=type(fault).__name__)


def keep_workspace_scored(door: Door, workspace_id: UUID, clock: Clock) -> None:
    """The same for one workspace.

    Raises:
        ConflictError: somebody else is scoring it at this moment.
    """
    with door.enter(workspace_id, tenant_id=OPERATOR, actor=ACTOR) as session:
        if find_position(session) is None:
            return
        runs = score_runs.list_(session, statuses=("done",), limit=1)
    context = context_at(door, clock, workspace_id)
    if any(_is_old(run.started_at, run.as_of, clock()) for run in runs):
        rescore(context, trigger="time")
    score_touched(context)


def _is_old(started_at: datetime, as_of: datetime, now: datetime) -> bool:
    return as_of == started_at and now - started_at >= OLD_AFTER
