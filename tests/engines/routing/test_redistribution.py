"""Handing out settled leads: the best fit there is, fair counts, and exchanges that bring values nearer."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from scipy.optimize import linear_sum_assignment

from galena.domain.routing import Candidate, DropRules, TenantNeeds
from galena.engines.routing import candidates_frame
from galena.engines.routing.allocation import Allocation
from galena.engines.routing.evening import evened
from galena.engines.routing.fullest import fullest
from galena.engines.routing.market import Market, build_market
from galena.engines.routing.redistribution import redistribute

from .market_cases import TIERS, in_states, lead, markets, tenant

RULES = DropRules(TIERS, seed="s")


def market_of(leads: list[Candidate], needs: list[TenantNeeds], rules: DropRules = RULES) -> Market:
    """The market, with every lead available."""
    return build_market(candidates_frame(leads), needs, rules)


def filled(market: Market) -> Allocation:
    """The fullest allocation, without wishes."""
    return fullest(market, market.room, np.ones(market.size, dtype=bool), Allocation.empty(market.size))


@settings(max_examples=40, deadline=None)
@given(markets())
def test_no_way_to_hand_out_the_same_leads_fits_better(
    case: tuple[list[Candidate], list[TenantNeeds], DropRules],
) -> None:
    leads, needs, rules = case
    market = market_of(leads, [replace(each, cap=None) for each in needs], rules)
    settled = filled(market)
    result = redistribute(market, market.room, settled)
    assert result.given.tolist() == settled.given.tolist()
    assert (result.counts(market) <= market.room.quotas).all()
    seats = [(who, tier) for who, tier in np.argwhere(market.room.quotas > 0).tolist()]
    seats = [seat for seat in seats for _ in range(int(market.room.quotas[seat]))]
    gain = np.full((settled.fill, len(seats)), -1e6)
    for row, each in enumerate(settled.given.tolist()):
        for column, (who, tier) in enumerate(seats):
            if market.accepts(who)[each] and market.tier[each] == tier:
                gain[row, column] = market.fit(each, who)
    best = gain[linear_sum_assignment(gain, maximize=True)].sum() if settled.fill else 0.0
    assert abs(result.fit(market) - best) < 1e-6


def test_scarce_leads_are_shared_by_count_leads_owed_and_weight() -> None:
    # Six leads: A is owed two and gets the first two; the other four go by weight 1, 1 and 2 in turn.
    leads = [lead(number) for number in range(6)]
    needs = [tenant(0, green=6, credit=2), tenant(1, green=6), tenant(2, green=6, weight=2)]
    market = market_of(leads, needs)
    counts = redistribute(market, market.room, filled(market)).counts(market)[:, 0]
    assert counts.tolist() == [3, 1, 2]


def test_exchanges_bring_values_nearer_where_gates_let_them() -> None:
    # A has 9 and 8, B 2 and 1 (Gini 14/40 = .35). 9 for 2 leaves 10 and 10.
    leads = [lead(number, value) for number, value in enumerate([9.0, 8.0, 2.0, 1.0])]
    market = market_of(leads, [tenant(0, green=2), tenant(1, green=2)])
    start = Allocation(np.array([0, 0, 1, 1]), np.zeros(4, dtype=np.int64))
    assert start.gini(market) == 0.35
    after = evened(market, start, 0.01)
    assert sorted(after.values_by_tenant(market).tolist()) == [10_000, 10_000]
    apart = market_of(
        [replace(each, facts={"state": "TX" if each.value > 5 else "OK"}) for each in leads],
        [tenant(0, in_states("TX"), green=2), tenant(1, in_states("OK"), green=2)],
    )
    assert evened(apart, start, 0.01).tenant.tolist() == [0, 0, 1, 1]
