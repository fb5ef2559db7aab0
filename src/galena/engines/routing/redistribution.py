"""Who gets which of the leads that are dropped: a minimum-cost flow over leads grouped by what gates can see.

Which leads are dropped is settled; each must stay with somebody. Of all ways to hand them out, the flow takes the one
with the fewest leads in places of another tier, then the best fit, then the fairest count: who has fewest leads per
weight, leads owed counted, gets the next one. Within a group, where every lead suits the same tenants equally well, the
most valuable lead goes to the tenant that has the least value so far.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galena.engines.routing.allocation import Allocation, reaches
from galena.engines.routing.fairness import level
from galena.engines.routing.market import Ints, Market, Room

_OTHER_TIER = 10
_MOST_PARTS = 5_040
MOST_ARCS = 300_000
"""Arcs between groups and tenants; of more, an even sample is taken, and always the arcs in use."""


@dataclass(frozen=True, slots=True)
class _Arcs:
    """Pairs that may be: group, tenant, tier of the place."""

    group: Ints
    tenant: Ints
    place: Ints


def redistribute(market: Market, room: Room, allocation: Allocation) -> Allocation:
    """The same leads, handed out best."""
    given = allocation.given
    if not len(given):
        return allocation
    first, group = _groups(market, given)
    arcs = _arcs(market, room, allocation, given, first, group)
    amounts = _flow(market, room, given[first], np.bincount(group), arcs)
    return _dealt(market, given, group, arcs, amounts)


def _groups(market: Market, given: NDArray[np.intp]) -> tuple[NDArray[np.intp], Ints]:
    """Leads of one tier that the same tenants accept, the same facts known: a first one, and the group of each."""
    seen = np.column_stack(
        [
            market.columns[given],
            market.tier[given].astype(np.uint8),
            market.pattern[given].astype("<u4").view(np.uint8).reshape(len(given), 4),
        ]
    )
    rows = np.ascontiguousarray(seen).view(np.dtype((np.void, seen.shape[1]))).ravel()
    _, first, group = np.unique(rows, return_index=True, return_inverse=True)
    return first, group.astype(np.int64)


def _arcs(
    market: Market,
    room: Room,
    allocation: Allocation,
    given: NDArray[np.intp],
    first: NDArray[np.intp],
    group: Ints,
) -> _Arcs:
    """The pairs in use, and all others or an even sample of them."""
    used = np.unique(np.column_stack([group, allocation.tenant[given], allocation.place[given]]), axis=0)
    share = max(2, MOST_ARCS // len(first))
    parts = [used]
    for tier, places in enumerate(reaches(market, beyond=True)):
        of_tier = np.flatnonzero(market.tier[given[first]] == tier)
        for start in range(0, len(of_tier), 4096):
            chunk = of_tier[start : start + 4096]
            accepted = np.unpackbits(
                market.columns[given[first[chunk]]], axis=1, count=len(market.needs), bitorder="little"
            ).view(bool)
            for place in places:
                usable = accepted & (room.quotas[:, place] > 0) & (room.caps > 0)
                which, tenant = _sample(usable, share, start)
                parts.append(np.column_stack([chunk[which], tenant, np.full(len(tenant), place)]))
    found = np.unique(np.concatenate(parts), axis=0)
    return _Arcs(found[:, 0], found[:, 1], found[:, 2])


def _sample(usable: NDArray[np.bool_], share: int, offset: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column of up to about `share` marks per row, evenly over those there are."""
    which, tenant = np.nonzero(usable)
    counts = usable.sum(axis=1)
    if not len(which) or counts.max() <= share:
        return which, tenant
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    rank = (np.arange(len(which)) - starts[which] + (which + offset) * 7919) % counts[which]
    kept = (rank * share) % counts[which] < np.minimum(share, counts[which])
    return which[kept], tenant[kept]


def _flow(market: Market, room: Room, heads: NDArray[np.intp], sizes: Ints, arcs: _Arcs) -> NDArray[np.int64]:
    """How many leads go along each arc."""
    # Here, since the library takes a tenth of a second to load, and few commands plan a drop.
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow  # type: ignore[import-untyped]

    groups, tenants, tiers = len(heads), len(market.needs), len(market.rules.tiers)
    place_node = groups + market.turn[arcs.tenant] * tiers + arcs.place
    seats, prices = _seats(market, room)
    costs = _costs(market, heads, arcs, dearest=int(prices.max(initial=0)) + 1)
    flow = SimpleMinCostFlow()
    numbers = flow.add_arcs_with_capacity_and_unit_cost(
        arcs.group.astype(np.int32), place_node.astype(np.int32), sizes[arcs.group], costs
    )
    tenant_node, sink = groups + tenants * tiers, groups + tenants * tiers + tenants
    tenant, tier = (part.ravel() for part in np.indices((tenants, tiers)))
    turn = market.turn[tenant]
    flow.add_arcs_with_capacity_and_unit_cost(
        (groups + turn * tiers + tier).astype(np.int32),
        (tenant_node + turn).astype(np.int32),
        room.quotas[tenant, tier],
        np.zeros(len(tenant), dtype=np.int64),
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        (tenant_node + market.turn[seats]).astype(np.int32),
        np.full(len(seats), sink, dtype=np.int32),
        np.ones(len(seats), dtype=np.int64),
        prices,
    )
    flow.set_nodes_supplies(np.arange(groups, dtype=np.int32), sizes)
    flow.set_node_supply(sink, -int(sizes.sum()))
    status = flow.solve()
    if status != SimpleMinCostFlow.OPTIMAL:
        raise RuntimeError(f"The flow of a drop ended with {status}, although a solution was known.")
    return np.asarray(flow.flows(numbers), dtype=np.int64)


def _costs(market: Market, heads: NDArray[np.intp], arcs: _Arcs, dearest: int) -> Ints:
    """The cost of each arc: the least part of fit outweighs any seat, and a place of another tier any fit.

    Costs are as small as that allows, since the time a flow takes grows with their range.
    """
    parts = min(math.lcm(*(len(needs.gates) or 1 for needs in market.needs)), _MOST_PARTS)
    fits = market.fits[arcs.tenant, market.pattern[heads[arcs.group]]]
    costs = -np.round(fits * parts).astype(np.int64) * dearest
    other_tier = arcs.place != market.tier[heads[arcs.group]]
    return costs + np.where(other_tier, _OTHER_TIER * parts * dearest, 0)


def _seats(market: Market, room: Room) -> tuple[NDArray[np.intp], Ints]:
    """A tenant's leads one by one, each dearer than the one before: the tenant, and the price of its next lead.

    The price is how well served the tenant is by then, as a rank among all such levels.
    """
    seats = np.repeat(np.arange(len(room.caps)), room.caps)
    levels = [
        level(got, needs.credit, needs.weight)
        for needs, cap in zip(market.needs, room.caps.tolist(), strict=True)
        for got in range(cap)
    ]
    return seats, np.unique(np.array(levels), return_inverse=True)[1].astype(np.int64)


def _dealt(
    market: Market, given: NDArray[np.intp], group: Ints, arcs: _Arcs, amounts: NDArray[np.int64]
) -> Allocation:
    """The leads of each group to its tenants, the most valuable to who has least value per weight so far."""
    open_: dict[int, list[list[int]]] = {}
    for arc in np.flatnonzero(amounts).tolist():
        entry = [int(arcs.tenant[arc]), int(arcs.place[arc]), int(amounts[arc])]
        open_.setdefault(int(arcs.group[arc]), []).append(entry)
    result = Allocation.empty(market.size)
    worth = [0.0] * len(market.needs)
    turn = market.turn.tolist()
    for lead, of in zip(given.tolist(), group.tolist(), strict=True):
        entries = open_[of]
        entry = min(entries, key=lambda each: (worth[each[0]], turn[each[0]], each[1]))
        result.tenant[lead], result.place[lead] = entry[0], entry[1]
        worth[entry[0]] += market.values[lead] / market.needs[entry[0]].weight
        entry[2] -= 1
        if not entry[2]:
            entries.remove(entry)
    return result
