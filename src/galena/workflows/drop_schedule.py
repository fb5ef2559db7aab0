"""Drops and routing kept up while nobody looks: each week's drop when it is due, offers that lapse, idle leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from galena.domain.drop_times import drop_hours, due_drop_on, next_drop_on
from galena.domain.events import NewEvent
from galena.kit.clock import Clock
from galena.kit.errors import GalenaError
from galena.kit.logs import logger
from galena.stores import drops, outbox, tenants, workspaces
from galena.stores.door import OPERATOR, Door
from galena.workflows.context import Context
from galena.workflows.drop_commit import commit_drop
from galena.workflows.drop_plan import EARLIER_DAYS
from galena.workflows.offers import keep_up
from galena.workflows.plans import active_plan
from galena.workflows.pull_schedule import ACTOR
from galena.workflows.route import route_news

log = logger("drop_schedule")

AHEAD = timedelta(hours=1)
"""So long before the earliest tenant's hour a drop is planned and committed."""

LATE = timedelta(hours=24)
"""So long after the last tenant's hour a drop that was missed is still made; later ones are made by hand."""


@dataclass(frozen=True, slots=True)
class DueDrop:
    """A drop whose time has come. One that fails is tried again in the next hour."""

    workspace_id: UUID
    drop_on: date
    hour: int

    @property
    def key(self) -> str:
        """The same for the same occasion, whoever finds it due."""
        return f"drop-{self.workspace_id}-{self.drop_on}-{self.hour:02}"

    def as_dict(self) -> dict[str, str]:
        """As plain texts, to be queued."""
        return {name: str(getattr(self, name)) for name in self.__dataclass_fields__}

    @classmethod
    def restored(cls, kept: Mapping[str, str]) -> "DueDrop":
        """What `as_dict` wrote."""
        return cls(UUID(kept["workspace_id"]), date.fromisoformat(kept["drop_on"]), int(kept["hour"]))


def find_due_drops(door: Door, clock: Clock) -> tuple[DueDrop, ...]:
    """The drops that are due, in every workspace that drops weekly and has tenants."""
    found, now = [], clock()
    for context in _contexts(door, clock):
        routing = context.playbook.routing
        if routing is None or routing.mode != "weekly":
            continue
        with context.session() as session:
            wants = tenants.list_wants(session, now)
            done = drops.list_days_done(session, now.date() - timedelta(days=EARLIER_DAYS), undone=True)
        zones = sorted({each.parameters.time_zone for each in wants if each.parameters.standing == "active"})
        day = due_drop_on(now, routing.drop, zones, ahead=AHEAD, late=LATE) if zones else None
        if day is not None and day not in done:
            found.append(DueDrop(context.workspace_id, day, now.hour))
    return tuple(found)


def carry_out_drop(door: Door, clock: Clock, due: DueDrop) -> str:
    """Plans and commits a drop that is due; says in a word how it went. Nothing is raised."""
    context = _context(door, clock, due.workspace_id)
    try:
        done = commit_drop(context, on=due.drop_on)
    except GalenaError as fault:
        _tell(context, due, str(fault))
        return "failed"
    except Exception as fault:
        _tell(context, due, f"Something went wrong inside Galena: {type(fault).__name__}")
        return "failed"
    return "done" if done.changed else "done before"


def keep_routed(door: Door, clock: Clock) -> None:
    """Offers that lapse, idle leads, and leads that arrived, in every workspace; one that fails stops no other."""
    for context in _contexts(door, clock):
        try:
            if context.playbook.routing is not None:
                keep_up(context)
                route_news(context)
        except Exception as fault:
            log.warning("keeping_routed_failed", workspace_id=context.workspace_id, code=type(fault).__name__)


def _contexts(door: Door, clock: Clock) -> tuple[Context, ...]:
    """Every workspace that has a tenant, ready to work in."""
    with door.lobby() as lobby:
        known = workspaces.list_all(lobby)
    found = []
    for workspace in known:
        with door.enter(workspace.id, tenant_id=OPERATOR, actor=ACTOR) as session:
            has_tenants = bool(workspaces.list_tenants(session))
        if has_tenants and workspace.active_revision_id is not None:
            found.append(_context(door, clock, workspace.id))
    return tuple(found)


def _context(door: Door, clock: Clock, workspace_id: UUID) -> Context:
    with door.enter(workspace_id, tenant_id=OPERATOR, actor=ACTOR) as session:
        playbook = active_plan(session).playbook
    return Context(door, workspace_id, playbook, ACTOR, clock)


def _tell(context: Context, due: DueDrop, what: str) -> None:
    log.warning("drop_failed", workspace_id=due.workspace_id)
    with context.session() as session:
        payload = {"drop_on": str(due.drop_on), "what": what}
        outbox.append(session, [NewEvent("drop_failed", None, payload)])


def next_drop_hours(context: Context, now: datetime) -> tuple[date, datetime] | None:
    """The day of the drop that the schedule makes next, and when; None where drops are not weekly."""
    routing = context.playbook.routing
    if routing is None or routing.mode != "weekly":
        return None
    with context.session() as session:
        wants = tenants.list_wants(session, now)
        done = drops.list_days_done(session, now.date() - timedelta(days=EARLIER_DAYS), undone=True)
    zones = sorted({each.parameters.time_zone for each in wants if each.parameters.standing == "active"})
    day = next_drop_on(now, routing.drop, zones, done)
    return day, drop_hours(day, routing.drop, zones)[0] - AHEAD
