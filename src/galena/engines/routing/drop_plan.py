"""The plan of a drop: every tenant's leads at once.

In this order: as many places filled as can be filled; of those plans the one of most value, then of best fit; then the
fairest, where leads owed from earlier drops count. Plain round robin is dealt beside it.

Where round robin fills as many places, with as much value and fit, the plan is round robin's. Otherwise the Gini of
value per tenant is to lie at most `gini_allowance` above round robin's: leads are exchanged until it does, and when
gates do not let it, value is given up. Where round robin fills as many places, that always succeeds, at the worst with
round robin's own plan. Where the plan fills more, it may not, since the very places filled can be what is uneven. Of a
handful of tenants every plan is then looked through; where none will do, the most valuable of the fullest stands.
"""

import math
from collections.abc import Iterable, Sequence
from uuid import UUID

import numpy as np
import polars as pl

from galena.domain.routing import (
    Candidate,
    DropMeasures,
    DropPlan,
    DropRules,
    PlannedAssignment,
    Shortfall,
    TenantNeeds,
    TenantShare,
)
from galena.engines.routing.allocation import NOBODY, Allocation
from galena.engines.routing.even_and_full import even_and_full
from galena.engines.routing.evening import evened, smoothed
from galena.engines.routing.exploration import Draw, draw
from galena.engines.routing.fairness import credit_after
from galena.engines.routing.fullest import fullest
from galena.engines.routing.market import THOUSANDTHS, Had, Market, Room, build_market, candidates_frame
from galena.engines.routing.pool import Mask
from galena.engines.routing.reasons import Reasons
from galena.engines.routing.redistribution import redistribute
from galena.engines.routing.round_robin import round_robin

_KEPT_SHARES = (0.25, 0.5, 0.75, 1.0)
"""Shares of the tenants whose leads by round robin are kept when value must be given up for evenness."""


def plan_drop(
    pool: pl.DataFrame | Iterable[Candidate],
    needs: Sequence[TenantNeeds],
    rules: DropRules,
    had: Had | None = None,
) -> DropPlan:
    """The plan of a drop; nothing is changed anywhere, and the same input in any order gives the same plan.

    Args:
        pool: candidates, or a frame with the columns lead (UUID as text), key, tier, value and one per known fact.
        needs: the tenants that take part.
        had: lead -> tenants that had it before: it does not go to them again.

    Raises:
        InputError: two leads share a key, a tenant is there twice, or a value, quota or weight cannot be.
    """
    frame = pool if isinstance(pool, pl.DataFrame) else candidates_frame(pool)
    market = build_market(frame, needs, rules, had or {})
    everything = np.ones(market.size, dtype=bool)
    drawn = draw(market)
    left = drawn.allocation.tenant == NOBODY
    turns = round_robin(market, drawn.room, left)
    planned = turns if rules.policy == "round_robin" else best_allocation(market, drawn.room, left, turns)
    allocation = drawn.allocation.joined(planned)
    plain, possible = turns, allocation
    if rules.exploration_share > 0:
        plain = round_robin(market, market.room, everything)
    if rules.exploration_share > 0 or rules.policy == "round_robin":
        # What is given stays where it is, so that only what could still be filled is looked for.
        kept = allocation.tenant != NOBODY if rules.shortage == "leave" else None
        possible = fullest(market, market.room, everything, plain if kept is None else allocation, kept)
    same = np.array_equal(allocation.tenant, plain.tenant) and np.array_equal(allocation.place, plain.place)
    return _described(market, allocation, drawn, (plain, possible.fill, same))


def best_allocation(market: Market, room: Room, available: Mask, turns: Allocation) -> Allocation:
    """The best allocation of the available leads to the open places, never worse than round robin's."""
    most = fullest(market, room, available, turns)
    ties = most.fill == turns.fill and most.value(market) == turns.value(market)
    if ties and turns.fit(market) == turns.fill:
        return turns
    best = smoothed(market, redistribute(market, room, most))
    if ties and best.fit(market) <= turns.fit(market):
        return turns
    limit = turns.gini(market) + market.rules.gini_allowance
    if best.gini(market) > limit:
        best = evened(market, best, limit)
    worth_more = best.fill > turns.fill or best.value(market) >= turns.value(market)
    if worth_more and best.gini(market) <= limit:
        return best
    return _nearer(market, room, available, (turns, best, limit))


def _nearer(
    market: Market, room: Room, available: Mask, beside: tuple[Allocation, Allocation, float]
) -> Allocation:
    """Value given up until the Gini is below its limit; the fill is not.

    More and more of round robin's leads are kept, those of the tenants with least value first.
    """
    turns, best, limit = beside
    worth = turns.values_by_tenant(market)
    poorest = np.argsort(np.argsort(worth, kind="stable"), kind="stable")
    for share in _KEPT_SHARES:
        kept = (turns.tenant != NOBODY) & (poorest[turns.tenant] < math.ceil(share * len(worth)))
        near = evened(market, fullest(market, room, available, turns, kept), limit)
        worth_as_much = near.fill > turns.fill or near.value(market) >= turns.value(market)
        if worth_as_much and near.gini(market) <= limit:
            return near
    if best.fill == turns.fill:
        return turns
    return even_and_full(market, room, available, best.fill, limit) or best


def _described(
    market: Market, allocation: Allocation, drawn: Draw, beside: tuple[Allocation, int, bool]
) -> DropPlan:
    """The plan in words and figures."""
    plain, possible, same = beside
    reasons = Reasons(market, allocation, drawn.chance)
    explored = drawn.allocation.tenant != NOBODY
    shortfalls, contested = _shortfalls(market, reasons)
    return DropPlan(
        rules=market.rules,
        assignments=_assignments(market, allocation, explored, drawn.chance, reasons),
        shortfalls=shortfalls,
        shares=_shares(market, allocation, contested),
        measures=_measures(market, allocation, int(explored.sum()), possible),
        round_robin=_measures(market, plain, 0, possible),
        equals_round_robin=same,
    )


def _assignments(
    market: Market, allocation: Allocation, explored: Mask, chance: np.ndarray, reasons: Reasons
) -> tuple[PlannedAssignment, ...]:
    """Every assignment, by tenant and lead key."""
    found = []
    for lead in allocation.given.tolist():
        tenant, by_chance = int(allocation.tenant[lead]), bool(explored[lead])
        found.append(
            PlannedAssignment(
                lead=UUID(market.leads[lead]),
                key=market.keys[lead],
                tenant=market.needs[tenant].tenant,
                tier=market.rules.tiers[market.tier[lead]],
                place_tier=market.rules.tiers[allocation.place[lead]],
                value=float(market.values[lead]) / THOUSANDTHS,
                fit=market.fit(lead, tenant),
                chosen="explored" if by_chance else "planned",
                propensity=float(chance[lead] if by_chance else 1 - chance[lead]),
                why=reasons.assignment(lead, by_chance),
            )
        )
    return tuple(sorted(found, key=lambda each: (each.tenant.bytes, each.key)))


def _shortfalls(market: Market, reasons: Reasons) -> tuple[tuple[Shortfall, ...], list[int]]:
    """Empty places with their reasons, and per tenant how many of them leads of others would have fitted."""
    found, contested = [], [0] * len(market.needs)
    for tenant, needs in enumerate(market.needs):
        for tier, name in enumerate(market.rules.tiers):
            asked, got = needs.quotas.get(name, 0), int(reasons.counts[tenant, tier])
            if got < asked:
                why, due = reasons.shortfall(tenant, tier)
                contested[tenant] += due
                found.append(Shortfall(needs.tenant, name, asked, got, why))
    return tuple(found), contested


def _shares(market: Market, allocation: Allocation, contested: Sequence[int]) -> tuple[TenantShare, ...]:
    """What each tenant gets."""
    worth, counts = allocation.values_by_tenant(market), allocation.counts(market).sum(axis=1)
    fits = np.zeros(len(market.needs))
    given = allocation.given
    np.add.at(fits, allocation.tenant[given], market.fits[allocation.tenant[given], market.pattern[given]])
    shares = []
    for number, needs in enumerate(market.needs):
        got, open_ = int(counts[number]), int(market.room.caps[number])
        credit = credit_after(
            needs.credit, contested=min(contested[number], open_ - got), filled=got >= open_
        )
        shares.append(
            TenantShare(
                tenant=needs.tenant,
                asked=sum(needs.quotas.get(tier, 0) for tier in market.rules.tiers),
                quota=open_,
                got=got,
                value=float(worth[number]) / THOUSANDTHS,
                fit=float(fits[number]) / got if got else None,
                credit=credit,
            )
        )
    return tuple(shares)


def _measures(market: Market, allocation: Allocation, explored: int, possible: int) -> DropMeasures:
    """An allocation in figures."""
    return DropMeasures(
        leads=market.size,
        fitting=int(market.columns.any(axis=1).sum()),
        places=market.room.places,
        filled=allocation.fill,
        value=allocation.value(market) / THOUSANDTHS,
        gini=allocation.gini(market),
        fit=allocation.fit(market) / allocation.fill if allocation.fill else None,
        explored=explored,
        most_possible=possible,
    )
