"""One arriving lead: the order of offers by each policy, caps, balance, owners, and reasons."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from galena.domain.gates import RangeGate
from galena.domain.routing import ArrivalChoice, ArrivalTenant, RateCap
from galena.engines.routing.arrival import route_arrival

from .market_cases import in_states, tenant

FACTS = {"state": "TX"}


def stands(number: int, *gates: object, weight: float = 1.0, **more: object) -> ArrivalTenant:
    """Tenant A, B ... as it stands."""
    return ArrivalTenant(tenant(number, *gates, weight=weight), **more)  # type: ignore[arg-type]


def order(choice: ArrivalChoice) -> str:
    """The letters of the tenants in the order of offers."""
    return "".join(chr(65 + offer.tenant.int - 1000) for offer in choice.offers)


def identity(number: int) -> UUID:
    """The id of tenant A, B ..."""
    return tenant(number).tenant


def test_turns_follow_weights() -> None:
    # Of 9 leads, weight 2 gets 6 and weight 1 gets 3.
    tenants = [stands(0, weight=2), stands(1)]
    got: Counter[int] = Counter()
    for _ in range(9):
        first = route_arrival({}, tenants, "weighted_round_robin").first
        assert first is not None
        number = first.tenant.int - 1000
        got[number] += 1
        tenants[number] = replace(tenants[number], turns=got[number])
    assert got == {0: 6, 1: 3}


def test_who_waited_longest_is_next_at_equal_turns() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    tenants = [stands(0, last_at=late, turns=1), stands(1, last_at=early, turns=1), stands(2, turns=1)]
    assert order(route_arrival({}, tenants, "weighted_round_robin")) == "CBA"


def test_best_fit_asks_who_is_confirmed_by_facts_first() -> None:
    lenient = RangeGate("annual_revenue", 5, None, "accept")
    choice = route_arrival(
        FACTS, [stands(0, in_states("TX"), lenient), stands(1, in_states("TX"))], "best_fit"
    )
    assert order(choice) == "BA"
    assert [offer.fit for offer in choice.offers] == [1.0, 0.5]
    assert choice.offers[1].why.words == (
        "By fit: 50% of its gates confirmed by facts; then by turn, 0 leads so far at weight 1."
        " No. 2 of 2 that may have it."
    )


def test_the_highest_bid_among_open_gates_comes_first() -> None:
    tenants = [
        stands(0, in_states("TX"), bid_minor=30_00),
        stands(1, in_states("OK"), bid_minor=90_00),
        stands(2, bid_minor=45_00),
        stands(3),
        stands(4, bid_minor=50_00, balance_minor=49_99),
    ]
    choice = route_arrival(FACTS, tenants, "highest_bid")
    assert order(choice) == "CA"
    assert choice.offers[0].why.words.startswith("By bid: 45.00;")
    assert {refusal.tenant.int - 1000: refusal.code for refusal in choice.refusals} == {
        1: "gate",
        3: "no_bid",
        4: "balance",
    }
    assert choice.refusals[2].why.words == "Its balance of 49.99 does not pay the price of 50.00."


def test_caps_per_hour_day_and_week_hold() -> None:
    caps = (RateCap("hour", 2, 1), RateCap("day", 5, 5), RateCap("week", 9, 5))
    choice = route_arrival(
        {}, [stands(0, caps=caps), stands(1, caps=(RateCap("week", 1, 0),))], "weighted_round_robin"
    )
    assert order(choice) == "B"
    assert choice.refusals[0].why.words == "Its cap of 5 leads per day is reached."


def test_the_owner_of_a_known_contact_comes_first_whatever_its_gates() -> None:
    tenants = [stands(0), stands(1, in_states("OK"), turns=9)]
    choice = route_arrival(FACTS, tenants, "weighted_round_robin", owner=identity(1))
    assert order(choice) == "BA"
    assert choice.offers[0].sticky
    assert choice.offers[0].why.words == "It knows this contact already."
    full = replace(tenants[1], caps=(RateCap("day", 1, 1),))
    assert order(route_arrival(FACTS, [tenants[0], full], "weighted_round_robin", owner=identity(1))) == "A"


def test_who_declined_is_not_asked_again_and_the_next_one_is() -> None:
    tenants = [stands(0), stands(1, turns=1), stands(2, closed="paused")]
    assert order(route_arrival({}, tenants, "weighted_round_robin")) == "AB"
    again = route_arrival({}, tenants, "weighted_round_robin", declined=frozenset({identity(0)}))
    assert order(again) == "B"
    assert [refusal.why.words for refusal in again.refusals] == [
        "It had this lead before, or declined it, or did not answer in time.",
        "It is paused.",
    ]


def test_nobody_takes_it_and_each_reason_is_there() -> None:
    choice = route_arrival({}, [stands(0, in_states("TX"))], "best_fit")
    assert choice.first is None
    assert choice.refusals[0].why.words == "The lead does not pass: state (unknown)."


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), max_size=5), st.randoms())
def test_everybody_is_offered_or_refused_once_and_input_order_has_no_part(
    rows: list[tuple[int, int, bool]], dice: object
) -> None:
    tenants = [
        stands(number, *([in_states("TX")] if gated else []), turns=turns, caps=(RateCap("day", 2, used),))
        for number, (turns, used, gated) in enumerate(rows)
    ]
    choice = route_arrival({"state": "OK"}, tenants, "weighted_round_robin")
    named = [offer.tenant for offer in choice.offers] + [refusal.tenant for refusal in choice.refusals]
    assert sorted(named) == [each.needs.tenant for each in tenants]
    dice.shuffle(tenants)  # type: ignore[attr-defined]
    assert route_arrival({"state": "OK"}, tenants, "weighted_round_robin") == choice
    assert all(
        rows[offer.tenant.int - 1000][1] < 2 and not rows[offer.tenant.int - 1000][2]
        for offer in choice.offers
    )
