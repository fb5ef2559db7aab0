"""The plan of a drop: made of what holds at this moment, kept with every line, share and reason, and nothing given."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import polars as pl

from galena.domain.drop import DropLine, DropShare
from galena.domain.drop_times import local_hour, next_drop_on
from galena.domain.playbook import Playbook, Routing
from galena.domain.routing import DropPlan, DropRules, TenantNeeds, Why
from galena.domain.tenant_parameters import TenantWants
from galena.engines.routing.drop_plan import plan_drop
from galena.kit.errors import ConflictError, InputError
from galena.stores import assignments, drops, pool, tenants
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.drop_needs import OutOfDrop, needs_of
from galena.workflows.routing_pool import RoutingPool, pool_rules, routing_of

EARLIER_DAYS = 60
"""How far back days that had a drop are looked for, when the next day is chosen."""


def plan_next_drop(context: Context, on: date | None = None) -> UUID:
    """Plans the drop of a day, or the next one, and keeps the plan; nothing is given.

    Raises:
        ConflictError: that day has had its drop, or there is no tenant.
        ConfigurationError: the playbook says nothing of routing.
    """
    with context.session() as session:
        return make_plan(session, context.playbook, context.clock(), on)


def make_plan(session: Session, playbook: Playbook, at: datetime, on: date | None = None) -> UUID:
    """The same within a transaction of the caller."""
    routing = routing_of(playbook)
    wants = tenants.list_wants(session, at)
    if not wants:
        raise ConflictError(
            "There is no tenant to drop leads to.", remedy="Make one with `galena tenant add NAME`."
        )
    drop_on = on or next_day(session, routing, wants, at)
    standing = drops.find_committed(session, drop_on)
    if standing is not None:
        raise ConflictError(
            f"The drop of {drop_on:%A, %d %B %Y} was committed.",
            facts={"drop": standing.id},
            remedy="Undo it first, or plan another day with --on.",
        )
    needs, out = needs_of(session, wants, routing, visible_hours(wants, routing, drop_on, at))
    frame, banned = RoutingPool(session, playbook, at).ready()
    rules = _rules(routing, drop_on)
    plan = plan_drop(frame, needs, rules, assignments.had_before(session))
    stands = pool.count_standings(session, pool_rules(routing), at)
    figures = _figures(plan, {**stands, "ready": frame.height, "banned": banned}, out)
    drop_id = drops.save_plan(session, drop_on=drop_on, policy=rules.policy, at=at, figures=figures)
    _keep(session, drop_id, plan, frame, needs)
    return drop_id


def next_day(session: Session, routing: Routing, wants: Sequence[TenantWants], at: datetime) -> date:
    """The day of the next drop."""
    done = drops.list_days_done(session, at.date() - timedelta(days=EARLIER_DAYS), undone=False)
    return next_drop_on(at, routing.drop, _zones(wants), done)


def visible_hours(
    wants: Sequence[TenantWants], routing: Routing, drop_on: date, at: datetime
) -> dict[UUID, datetime]:
    """From when each tenant sees its leads: the drop's hour of its own zone, or now when that is past."""
    hour = routing.drop.hour
    return {each.tenant.id: max(local_hour(drop_on, hour, each.parameters.time_zone), at) for each in wants}


def read_day(text: str | None) -> date | None:
    """A day as people type it.

    Raises:
        InputError: it is not a day.
    """
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{text!r} is not a day.", remedy="Write it as 2026-11-24.") from error


def _zones(wants: Sequence[TenantWants]) -> tuple[str, ...]:
    return tuple(
        sorted({each.parameters.time_zone for each in wants if each.parameters.standing == "active"})
    )


def _rules(routing: Routing, drop_on: date) -> DropRules:
    year, week, _ = drop_on.isocalendar()
    return DropRules(
        tiers=routing.tiers,
        policy=routing.drop.policy,
        shortage=routing.drop.shortage,
        exploration_share=routing.drop.exploration_share,
        seed=f"{year}-W{week:02}",
    )


def _keep(
    session: Session, drop_id: UUID, plan: DropPlan, frame: pl.DataFrame, needs: Sequence[TenantNeeds]
) -> None:
    """Writes lines and shares."""
    points = dict(zip(frame["lead"], frame["micropoints"], strict=True))
    drops.add_lines(
        session,
        (
            DropLine(
                drop_id=drop_id,
                lead_id=each.lead,
                tenant_id=each.tenant,
                tier=each.tier,
                micropoints=points[str(each.lead)],
                value=each.value,
                propensity=each.propensity,
                why=_told(each.why)
                | {"fit": each.fit, "chosen": each.chosen, "place_tier": each.place_tier, "key": each.key},
            )
            for each in plan.assignments
        ),
    )
    got = Counter((each.tenant, each.place_tier) for each in plan.assignments)
    short = {(each.tenant, each.tier): _told(each.why) for each in plan.shortfalls}
    drops.add_shares(
        session,
        (
            DropShare(
                drop_id=drop_id,
                tenant_id=each.tenant,
                tier=tier,
                quota=quota,
                planned=got[(each.tenant, tier)],
                given=None,
                visible_at=None,
                why=short.get((each.tenant, tier), {}),
            )
            for each in needs
            for tier, quota in each.quotas.items()
        ),
    )


def _told(why: Why) -> dict[str, Any]:
    return {"words": why.words, "figures": dict(why.figures)}


def _figures(plan: DropPlan, stands: Mapping[str, int], out: Sequence[OutOfDrop]) -> dict[str, Any]:
    """The plan in figures, as JSON."""
    return {
        "tiers": list(plan.rules.tiers),
        "measures": asdict(plan.measures),
        "round_robin": asdict(plan.round_robin),
        "equals_round_robin": plan.equals_round_robin,
        "pool": dict(stands),
        "out": [{"tenant_id": str(each.tenant.tenant.id), "why": each.why} for each in out],
        "credits": {str(each.tenant): each.credit for each in plan.shares},
    }
