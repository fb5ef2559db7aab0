"""For few tenants: the most valuable of the fullest allocations whose Gini of value is low enough, by search.

Exchanges between two tenants at a time do not find every allocation that is both full and even. Where a market is
small, a solver looks through all of them, for a fixed amount of work: the same market always has the same answer.
"""

from typing import Any

import numpy as np

from galena.engines.routing.allocation import Allocation, served
from galena.engines.routing.market import Ints, Market, Room
from galena.engines.routing.pool import Mask

MOST_TENANTS = 12
MOST_PAIRS = 4_000
"""Pairs of a lead and a tenant that accepts it; of more, the search would take longer than the whole plan."""

_WORK = 2.0
"""The solver's own measure of work; about as many seconds."""
_PARTS = 10_000
"""The Gini is kept to a ten-thousandth, rounded down."""
_MOST = 2**60


def even_and_full(
    market: Market, room: Room, available: Mask, fill: int, most_gini: float
) -> Allocation | None:
    """An allocation of `fill` leads with a Gini of at most `most_gini`; None where none is, or the market is too large.

    Only for drops that leave places empty which their own tier cannot fill.
    """
    if len(market.needs) > MOST_TENANTS or market.rules.shortage != "leave":
        return None
    pairs = _pairs(market, room, available)
    if len(pairs) > MOST_PAIRS or _PARTS * len(market.needs) ** 2 * int(market.values.sum()) > _MOST:
        return None
    # Here, since the library takes a while to load, and few drops need it.
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in pairs]
    values = market.values[pairs[:, 0]].tolist()
    tiers = market.tier[pairs[:, 0]]
    for lead in np.unique(pairs[:, 0]).tolist():
        model.add_at_most_one(_of(chosen, pairs[:, 0] == lead))
    of_tenant = [pairs[:, 1] == tenant for tenant in range(len(market.needs))]
    for tenant, own in enumerate(of_tenant):
        model.add(cp_model.LinearExpr.sum(_of(chosen, own)) <= int(room.caps[tenant]))
        for tier, quota in enumerate(room.quotas[tenant].tolist()):
            model.add(cp_model.LinearExpr.sum(_of(chosen, own & (tiers == tier))) <= quota)
    model.add(cp_model.LinearExpr.sum(chosen) == fill)
    total = cp_model.LinearExpr.weighted_sum(chosen, values)
    worth = [
        cp_model.LinearExpr.weighted_sum(_of(chosen, own), market.values[pairs[own, 0]].tolist())
        for own in of_tenant
    ]
    _limit_gini(
        model, [worth[tenant] for tenant in served(market).tolist()], total, most_gini, int(sum(values))
    )
    model.maximize(total)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = _WORK
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    found = Allocation.empty(market.size)
    for (lead, tenant), variable in zip(pairs.tolist(), chosen, strict=True):
        if solver.boolean_value(variable):
            found.tenant[lead], found.place[lead] = tenant, market.tier[lead]
    return found


def _pairs(market: Market, room: Room, available: Mask) -> Ints:
    """Lead and tenant, for each lead that a tenant accepts and has a place for."""
    found = []
    for tenant in range(len(market.needs)):
        usable = market.accepts(tenant) & available & (room.quotas[tenant, market.tier] > 0)
        leads = np.flatnonzero(usable & (room.caps[tenant] > 0))
        found.append(np.column_stack([leads, np.full(len(leads), tenant)]))
    return np.concatenate(found) if found else np.empty((0, 2), dtype=np.int64)


def _limit_gini(model: Any, worth: list[Any], total: Any, most_gini: float, largest: int) -> None:
    """The sum of all differences between two tenants, as a share of what it would be if one had all."""
    apart = []
    for place, one in enumerate(worth):
        for other in worth[place + 1 :]:
            difference = model.new_int_var(0, largest, "")
            model.add(difference >= one - other)
            model.add(difference >= other - one)
            apart.append(difference)
    allowed = int(most_gini * _PARTS) * len(worth)
    model.add(_PARTS * sum(apart) <= allowed * total)


def _of(variables: list[Any], mask: Mask) -> list[Any]:
    """Those of the variables that a mask marks."""
    return [variables[place] for place in np.flatnonzero(mask).tolist()]
