"""The exploration share: the recorded chances are the true ones, and weighting by them is unbiased."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings

from galena.domain.routing import Candidate, DropRules, TenantNeeds
from galena.engines.routing import candidates_frame, plan_drop
from galena.engines.routing.exploration import draw
from galena.engines.routing.market import Market, build_market

from .market_cases import TIERS, in_states, lead, markets, tenant

DRAWS = 2000
LEADS = [
    lead(number, value=number, state=["TX", "OK", "NM"][number % 3], tier=TIERS[number % 2])
    for number in range(24)
]
NEEDS = [
    tenant(0, in_states("TX", "OK"), green=5, yellow=3),
    tenant(1, in_states("TX"), green=4, yellow=9, cap=6),
    tenant(2, green=3),
]


def market_of(leads: list[Candidate], needs: list[TenantNeeds], seed: str) -> Market:
    """A market that explores 30 % of its places."""
    return build_market(candidates_frame(leads), needs, DropRules(TIERS, exploration_share=0.3, seed=seed))


def chances(market: Market) -> dict[str, float]:
    """Lead key -> its chance of being drawn."""
    return dict(zip(market.keys, draw(market).chance.tolist(), strict=True))


def test_the_recorded_chances_are_the_true_ones() -> None:
    market = market_of(LEADS, NEEDS, "")
    taken, totals = np.zeros(market.size), []
    outcome = np.array([1.0 + number % 5 for number in range(market.size)])
    chance = draw(market).chance
    for number in range(DRAWS):
        drawn = draw(replace(market, rules=replace(market.rules, seed=str(number))))
        assert np.array_equal(drawn.chance, chance)
        explored = drawn.allocation.tenant >= 0
        taken += explored
        totals.append((outcome[explored] / chance[explored]).sum())
    error = np.sqrt(chance * (1 - chance) / DRAWS)
    assert np.all(np.abs(taken / DRAWS - chance) <= 4.5 * error + 1e-12)
    # What is estimated: the sum of outcomes over all leads that have a chance.
    truth = outcome[chance > 0].sum()
    assert abs(np.mean(totals) - truth) < 4.5 * np.std(totals) / np.sqrt(DRAWS)
    assert chance.sum() > 0.3 * 14


def test_a_lead_has_one_home_and_the_better_lead_no_better_chance() -> None:
    market = market_of(LEADS, NEEDS, "")
    homes: dict[int, set[int]] = {}
    for number in range(200):
        drawn = draw(replace(market, rules=replace(market.rules, seed=str(number)))).allocation
        for found in drawn.given.tolist():
            homes.setdefault(found, set()).add(int(drawn.tenant[found]))
    assert all(len(tenants) == 1 for tenants in homes.values())
    turned = market_of([replace(each, value=100 - each.value) for each in LEADS], NEEDS, "")
    assert chances(market) == chances(turned)


@settings(max_examples=40, deadline=None)
@given(markets())
def test_neither_quota_nor_cap_is_drawn_past(
    case: tuple[list[Candidate], list[TenantNeeds], DropRules],
) -> None:
    leads, needs, rules = case
    market = build_market(candidates_frame(leads), needs, replace(rules, exploration_share=0.5))
    room = draw(market).room
    assert (room.quotas >= 0).all()
    assert (room.caps >= 0).all()


def test_a_plan_records_the_chance_of_each_assignment() -> None:
    rules = DropRules(TIERS, exploration_share=0.3, seed="w")
    plan = plan_drop(LEADS, NEEDS, rules)
    market = market_of(LEADS, NEEDS, "w")
    chance = chances(market)
    explored = [each for each in plan.assignments if each.chosen == "explored"]
    assert len(explored) == plan.measures.explored > 0
    for each in plan.assignments:
        expected = chance[each.key] if each.chosen == "explored" else 1 - chance[each.key]
        assert each.propensity == expected
    assert "Drawn by chance" in explored[0].why.words
