"""The plan of a drop: valid, the fullest and most valuable there is, and never worse than round robin."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment, linprog

from galena.domain.gates import RangeGate, WordsGate
from galena.domain.routing import Candidate, DropPlan, DropRules, TenantNeeds
from galena.engines.routing import plan_drop
from galena.engines.routing.gates import fit_of, verdicts
from galena.kit.errors import InputError

from .market_cases import TIERS, in_states, lead, markets, tenant

RULES = DropRules(TIERS, seed="week 1")
Market = tuple[list[Candidate], list[TenantNeeds], DropRules]


def given_to(plan: DropPlan) -> dict[str, str]:
    """Lead key -> the tenant's letter."""
    return {each.key: chr(65 + each.tenant.int - 1000) for each in plan.assignments}


def allowed(rules: DropRules, tier: str) -> set[str]:
    """The tiers of places that a lead may fill."""
    step = {"leave": 0, "up": 1, "down": -1}[rules.shortage]
    beyond = rules.tiers.index(tier) + step
    return {tier, rules.tiers[beyond]} if 0 <= beyond < len(rules.tiers) else {tier}


def check_valid(leads: list[Candidate], needs: list[TenantNeeds], rules: DropRules, plan: DropPlan) -> None:
    """Every law of a drop."""
    by_lead, by_tenant = {each.lead: each for each in leads}, {each.tenant: each for each in needs}
    assert len({each.lead for each in plan.assignments}) == len(plan.assignments)
    for each in plan.assignments:
        of, to = by_lead[each.lead], by_tenant[each.tenant]
        said = verdicts(to.gates, {**of.facts, "tier": of.tier})
        assert of.tier in rules.tiers
        assert each.place_tier in allowed(rules, of.tier)
        assert all(verdict.passes for verdict in said)
        assert each.fit == pytest.approx(fit_of(said))
        assert each.why.words
        assert 0 < each.propensity <= 1
    places = Counter((each.tenant, each.place_tier) for each in plan.assignments)
    for to in needs:
        got = {tier: places[to.tenant, tier] for tier in rules.tiers}
        assert all(got[tier] <= to.quotas[tier] for tier in rules.tiers)
        assert to.cap is None or sum(got.values()) <= to.cap
        short = {each.tier: each.missing for each in plan.shortfalls if each.tenant == to.tenant}
        assert short == {t: to.quotas[t] - got[t] for t in rules.tiers if to.quotas[t] > got[t]}
    assert plan.measures.filled == len(plan.assignments) <= plan.measures.places
    assert plan.measures.value == pytest.approx(sum(each.value for each in plan.assignments))


def most(leads: list[Candidate], needs: list[TenantNeeds], rules: DropRules) -> tuple[int, float]:
    """The most places that can be filled, and the most value at that: a linear program over every possible pair."""
    pairs = [
        (number, who, rules.tiers.index(tier))
        for number, each in enumerate(leads)
        if each.tier in rules.tiers
        for who, to in enumerate(needs)
        if all(verdict.passes for verdict in verdicts(to.gates, {**each.facts, "tier": each.tier}))
        for tier in allowed(rules, each.tier)
    ]
    if not pairs:
        return 0, 0.0
    rows: list[list[float]] = []
    limits: list[float] = []
    for number in range(len(leads)):
        rows.append([float(pair[0] == number) for pair in pairs])
        limits.append(1)
    for who, to in enumerate(needs):
        rows.append([float(pair[1] == who) for pair in pairs])
        limits.append(sum(to.quotas.values()) if to.cap is None else to.cap)
        for code, tier in enumerate(rules.tiers):
            rows.append([float(pair[1:] == (who, code)) for pair in pairs])
            limits.append(to.quotas[tier])
    found = linprog([-1000 - leads[pair[0]].value for pair in pairs], A_ub=np.array(rows), b_ub=limits)
    fill = round(-found.fun // 1000)
    return fill, -found.fun - 1000 * fill


@settings(max_examples=80, deadline=None)
@given(markets(("leave", "leave", "up", "down")))
def test_a_plan_keeps_every_law_and_is_never_worse_than_round_robin(market: Market) -> None:
    leads, needs, rules = market
    plan = plan_drop(leads, needs, rules)
    check_valid(leads, needs, rules, plan)
    ours, theirs = plan.measures, plan.round_robin
    assert ours.filled >= theirs.filled
    if ours.filled == theirs.filled:
        assert ours.value >= theirs.value
        assert ours.gini <= theirs.gini + 0.02 + 1e-12
    fill, value = most(leads, needs, rules)
    assert ours.filled == ours.most_possible == fill
    if rules.shortage == "leave" and ours.gini > theirs.gini + 0.02:
        assert ours.value == pytest.approx(value)


@settings(max_examples=40, deadline=None)
@given(markets(("leave", "up", "down")), st.randoms(use_true_random=False))
def test_the_order_of_the_input_has_no_part(market: Market, dice: Any) -> None:
    leads, needs, rules = market
    plan = plan_drop(leads, needs, replace(rules, exploration_share=0.2))
    dice.shuffle(leads)
    dice.shuffle(needs)
    assert plan_drop(leads, needs, replace(rules, exploration_share=0.2)) == plan


@settings(max_examples=40, deadline=None)
@given(markets(("leave", "up", "down")), st.sampled_from(["optimal", "round_robin"]))
def test_exploration_and_round_robin_keep_every_law(market: Market, policy: Any) -> None:
    leads, needs, rules = market
    rules = replace(rules, exploration_share=0.4, policy=policy)
    check_valid(leads, needs, rules, plan_drop(leads, needs, rules))


@settings(max_examples=30, deadline=None)
@given(markets())
def test_without_conflict_the_plan_is_round_robins(market: Market) -> None:
    # Each tenant has a state of its own, so that no lead suits two.
    leads, needs, rules = market
    states = ["TX", "OK", "NM", "LA"]
    apart = [replace(each, gates=(in_states(states[number]),)) for number, each in enumerate(needs)]
    assert plan_drop(leads, apart, rules).equals_round_robin


def test_a_large_plan_is_the_optimum_of_linear_sum_assignment() -> None:
    dice = np.random.default_rng(7)
    states = [f"S{number}" for number in range(6)]
    leads = [lead(n, float(dice.integers(1, 500)) / 4, state=states[dice.integers(6)]) for n in range(60)]
    needs = [
        tenant(n, in_states(*dice.choice(states, dice.integers(1, 3), replace=False)), green=4)
        for n in range(12)
    ]
    plan = plan_drop(leads, needs, RULES)
    seats = [each for each in needs for _ in range(4)]
    gain = np.array(
        [
            [1e6 + each.value if each.facts["state"] in seat.gates[0].values else 0.0 for seat in seats]  # type: ignore[union-attr]
            for each in leads
        ]
    )
    best = gain[linear_sum_assignment(gain, maximize=True)].sum()
    assert plan.measures.filled * 1e6 + plan.measures.value == pytest.approx(best)
    assert plan.measures.filled > plan.round_robin.filled


def test_a_tenant_with_no_other_choice_gets_the_lead_it_can_take() -> None:
    # Round robin gives k00 to A, who could have had k01 as well; B can take only k00.
    leads = [lead(0, 9, state="TX"), lead(1, 5, state="OK")]
    needs = [tenant(0, in_states("TX", "OK"), green=1, credit=1), tenant(1, in_states("TX"), green=1)]
    plan = plan_drop(leads, needs, RULES)
    assert given_to(plan) == {"k00": "B", "k01": "A"}
    assert (plan.measures.filled, plan.round_robin.filled) == (2, 1)


def test_a_filled_place_matters_more_than_evenness() -> None:
    # A takes k00 by turn and B k01: 5 each, and B's second place stays empty. Full, A has 5 and B 10: Gini 1/6.
    leads = [lead(0, 5, state="TX"), lead(1, 5, state="OK"), lead(2, 5, state="NM")]
    needs = [tenant(0, in_states("TX", "NM"), green=1, credit=1), tenant(1, in_states("TX", "OK"), green=2)]
    plan = plan_drop(leads, needs, RULES)
    assert (plan.round_robin.filled, plan.round_robin.gini) == (2, 0)
    assert plan.measures.filled == 3
    assert plan.measures.gini == pytest.approx(1 / 6)


def test_of_a_handful_of_tenants_the_even_one_of_the_fullest_plans_is_found() -> None:
    # Of New Mexico, A and B get one each: 9, 10 and 5; exchanges alone would leave 17, 2 and 5.
    leads = [
        lead(number, value, state=state)
        for number, (value, state) in enumerate([(2, "TX"), (4, "OK"), (5, "OK"), (8, "NM"), (9, "NM")])
    ]
    needs = [
        tenant(0, in_states("NM"), green=2),
        tenant(1, in_states("NM", "TX"), green=2),
        tenant(2, in_states("OK", "NM"), green=1),
    ]
    plan = plan_drop(leads, needs, replace(RULES, seed="w"))
    assert (plan.measures.filled, plan.round_robin.filled) == (4, 3)
    assert plan.measures.value == 24
    assert sorted(share.value for share in plan.shares) == [5, 9, 10]
    assert plan.measures.gini == pytest.approx((1 + 4 + 5) / (3 * 24))


def test_the_better_fit_wins_at_equal_value() -> None:
    # Both tenants take both leads, A on an unknown revenue as well: confirmed facts decide who gets which.
    revenue = RangeGate("annual_revenue", 10, None, "accept")
    leads = [lead(0, 5), lead(1, 5, annual_revenue=20)]
    needs = [tenant(0, revenue, green=1), tenant(1, green=1)]
    for seed in "abcd":
        assert given_to(plan_drop(leads, needs, replace(RULES, seed=seed))) == {"k00": "B", "k01": "A"}


def test_leads_owed_come_first_and_are_paid_back_in_turn() -> None:
    # Two tenants, one lead a week: who was left out is owed one, and gets the next.
    owed = {0: 0.0, 1: 0.0}
    winners = []
    for week in range(6):
        needs = [tenant(n, green=1, credit=credit) for n, credit in owed.items()]
        plan = plan_drop([lead(week)], needs, replace(RULES, seed=str(week)))
        owed = {n: share.credit for n, share in enumerate(plan.shares)}
        winners.append(given_to(plan)[f"k{week:02d}"])
    assert sorted(owed.values()) == [0, 1]
    assert all(one != other for one, other in pairwise(winners))


def test_nobody_systematically_gets_the_better_end() -> None:
    # 60 weeks of 4 leads worth 8, 4, 2, 1 among 4 equal tenants: each gets 15 a week on the whole, 225 on average.
    totals: Counter[str] = Counter()
    for week in range(60):
        leads = [lead(number, value) for number, value in enumerate([8.0, 4, 2, 1])]
        plan = plan_drop(leads, [tenant(n, green=1) for n in range(4)], replace(RULES, seed=f"week {week}"))
        for each in plan.assignments:
            totals[str(each.tenant)] += int(each.value)
    assert sum(totals.values()) == 900
    assert min(totals.values()) > 170


def test_weight_decides_shares_where_leads_are_scarce() -> None:
    needs = [tenant(0, green=9, weight=2), tenant(1, green=9)]
    plan = plan_drop([lead(number, 9 - number) for number in range(9)], needs, RULES)
    assert [share.got for share in plan.shares] == [6, 3]


@pytest.mark.parametrize(("shortage", "filled"), [("leave", 1), ("down", 3), ("up", 1)])
def test_what_becomes_of_places_their_tier_cannot_fill(shortage: Any, filled: int) -> None:
    # One green lead for three green places; two of three yellow leads move up when green is filled from below.
    leads = [lead(0), *(lead(number, tier="yellow") for number in range(1, 4))]
    plan = plan_drop(leads, [tenant(0, green=3)], replace(RULES, shortage=shortage))
    assert plan.measures.filled == filled
    if shortage == "down":
        assert [each.place_tier for each in plan.assignments] == ["green"] * 3
        assert "fills a green place" in plan.assignments[1].why.words


def test_a_budget_closes_places_of_the_lowest_tiers_first() -> None:
    leads = [lead(number, tier=tier) for number, tier in enumerate(["green", "green", "yellow", "yellow"])]
    needs = [tenant(0, green=2, yellow=2, budget_minor=65_00, prices_minor={"green": 25_00, "yellow": 10_00})]
    plan = plan_drop(leads, needs, RULES)
    assert [each.place_tier for each in plan.assignments] == ["green", "green", "yellow"]
    (short,) = plan.shortfalls
    assert short.why.words == "The budget pays for 1 of 2 yellow places."


def test_a_shortfall_says_who_has_the_leads_that_fit() -> None:
    # Three Texan leads: A and B take only Texas and have one place each, C takes anything and has three places.
    leads = [lead(n, 5, state="TX") for n in range(3)]
    needs = [
        tenant(0, in_states("TX"), green=1, credit=1),
        tenant(1, in_states("TX"), green=1, credit=1),
        tenant(2, green=3),
    ]
    plan = plan_drop(leads, needs, RULES)
    (short,) = plan.shortfalls
    assert short.why.words == "3 green leads fit; 2 of them went to tenants with no other choice."
    assert (short.quota, short.got, short.missing) == (3, 1, 2)
    assert plan.shares[2].credit == 2


def test_a_shortfall_names_the_gate_that_lets_fewest_through() -> None:
    leads = [lead(0, state="TX", annual_revenue=5.0), lead(1, state="OK", annual_revenue=90.0)]
    needs = [tenant(0, in_states("TX", "OK"), RangeGate("annual_revenue", 100), green=2)]
    (short,) = plan_drop(leads, needs, RULES).shortfalls
    assert short.why.words == (
        "No green lead passes its gates; annual revenue alone lets 0 of 2 through, the fewest."
    )
    assert plan_drop(leads, needs, RULES).shares[0].credit == 0


def test_a_cap_is_named_and_nothing_is_owed_for_it() -> None:
    plan = plan_drop([lead(n) for n in range(4)], [tenant(0, green=3, cap=2)], RULES)
    (short,) = plan.shortfalls
    assert short.why.words == "The cap of 2 leads is reached."
    assert plan.shares[0].credit == 0


def test_wanted_tiers_are_a_gate_as_well() -> None:
    gate = WordsGate("tier", ("Yellow",))
    plan = plan_drop([lead(0), lead(1, tier="yellow")], [tenant(0, gate, green=1, yellow=1)], RULES)
    assert given_to(plan) == {"k01": "A"}


def test_words_of_an_assignment() -> None:
    plan = plan_drop([lead(0, state="TX")], [tenant(0, in_states("TX"), green=1)], RULES)
    assert plan.assignments[0].why.words == (
        "Green lead; passes the gate. No other tenant with such places takes it."
    )


def test_nothing_in_nothing_out() -> None:
    plan = plan_drop([], [], RULES)
    assert (plan.assignments, plan.shortfalls, plan.measures.fill_rate) == ((), (), 1.0)


@pytest.mark.parametrize(
    ("leads", "needs", "rules"),
    [
        ([lead(0), lead(0)], [], RULES),
        ([lead(0, -1.0)], [], RULES),
        ([lead(0, float("nan"))], [], RULES),
        ([], [tenant(0), tenant(0)], RULES),
        ([], [tenant(0, green=-1)], RULES),
        ([], [tenant(0, weight=0)], RULES),
        ([], [], DropRules(())),
        ([], [], DropRules(TIERS, exploration_share=0.6)),
    ],
)
def test_what_cannot_be_planned_is_refused(leads: Any, needs: Any, rules: Any) -> None:
    with pytest.raises(InputError):
        plan_drop(leads, needs, rules)
