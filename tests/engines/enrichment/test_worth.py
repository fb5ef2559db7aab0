"""Whether a fact is worth its price: bounds that one can redo."""

from galena.engines.enrichment.worth import POINT, Bounds, Stake, bounds_of, can_move_tier

VALUE = Stake("property", 8 * POINT, 0, frozenset(("market_value",)))
OWNER = Stake("people", 3 * POINT, 0, frozenset(("owner_name",)))
PENALTY = Stake("people", -5 * POINT, 0, frozenset(("owner_name", "status")))
SURE = Stake("property", 6 * POINT, 6 * POINT, frozenset(("year_built",)))
STAKES = (VALUE, OWNER, PENALTY, SURE)


def tier_at(micropoints: int) -> str:
    return "a" if micropoints >= 80 * POINT else "b" if micropoints >= 50 * POINT else "c"


def test_a_missing_fact_can_earn_and_lose_what_its_factors_are_worth() -> None:
    assert bounds_of(("market_value",), STAKES, {}) == Bounds(0, 8 * POINT)
    assert bounds_of(("owner_name",), STAKES, {}) == Bounds(-5 * POINT, 3 * POINT)
    assert bounds_of(("market_value", "owner_name"), STAKES, {}) == Bounds(-5 * POINT, 11 * POINT)
    assert bounds_of(("color",), STAKES, {}) == Bounds(0, 0)


def test_a_cap_narrows_what_can_be_earned() -> None:
    # 6 points stand; 8 more would be 14, of which the cap leaves 10: 4 more.
    assert bounds_of(("market_value",), STAKES, {"property": 10 * POINT}) == Bounds(0, 4 * POINT)


def test_what_a_factor_earns_already_can_be_lost() -> None:
    assert bounds_of(("year_built",), STAKES, {}) == Bounds(-6 * POINT, 0)


def test_levels_of_temperature_add_to_the_bounds() -> None:
    assert bounds_of(("color",), STAKES, {}, (3 * POINT, 0), 0) == Bounds(0, 3 * POINT)


def test_only_what_can_move_the_tier_is_worth_its_price() -> None:
    assert can_move_tier(74 * POINT, Bounds(0, 8 * POINT), tier_at)
    assert not can_move_tier(60 * POINT, Bounds(-5 * POINT, 8 * POINT), tier_at)
    assert can_move_tier(52 * POINT, Bounds(-5 * POINT, 0), tier_at)
    assert not can_move_tier(95 * POINT, Bounds(-5 * POINT, 30 * POINT), tier_at)


def test_a_tier_between_the_bounds_is_seen() -> None:
    assert can_move_tier(
        40 * POINT, Bounds(0, 20 * POINT), lambda at: "odd" if 50 * POINT <= at < 51 * POINT else "usual"
    )
