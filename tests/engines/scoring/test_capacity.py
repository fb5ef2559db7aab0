"""The places of a tier go to the best, exactly as many as there are, and nobody near the line flickers."""

from hypothesis import given
from hypothesis import strategies as st

from galena.engines.scoring.capacity import leeway, needed, seated

TIERS = st.sampled_from([None, "a", "b"])


def best(count: int, held: dict[int, str] | None = None) -> list[tuple[int, str | None]]:
    return [(number, (held or {}).get(number)) for number in range(1, count + 1)]


def test_the_best_get_the_places() -> None:
    assert seated(best(10), [("a", 3), ("b", 2)]) == [(1, "a"), (2, "a"), (3, "a"), (4, "b"), (5, "b")]
    assert seated(best(2), [("a", 3)]) == [(1, "a"), (2, "a")]
    assert seated(best(3), []) == []
    assert seated(best(3), [("a", 0)]) == []


def test_who_has_a_place_keeps_it_a_tenth_of_the_places_beyond_the_line() -> None:
    assert leeway(20) == 2
    placed = dict(seated(best(30, {22: "a"}), [("a", 20)]))
    assert 22 in placed
    assert 20 not in placed
    assert set(range(1, 20)) < set(placed)
    assert 23 not in dict(seated(best(30, {23: "a"}), [("a", 20)]))


def test_all_but_the_last_tenth_of_the_places_go_to_the_best_whoever_had_one() -> None:
    held: dict[int, str] = dict.fromkeys(range(19, 39), "a")
    placed = {lead for lead, _ in seated(best(60, held), [("a", 20)])}
    assert placed == set(range(1, 21))


def test_a_lead_that_falls_out_of_a_tier_counts_as_one_of_the_tier_below() -> None:
    found = dict(seated(best(60, {42: "a"}), [("a", 20), ("b", 20)]))
    assert found[42] == "b"
    assert list(found.values()).count("b") == 20


@given(st.lists(TIERS, max_size=80), st.integers(0, 30), st.integers(0, 30))
def test_as_many_as_there_are_places_and_settled_at_once(held: list[str | None], a: int, b: int) -> None:
    places = [("a", a), ("b", b)]
    ranked = list(enumerate(held))
    found = dict(seated(ranked, places))
    assert sum(tier == "a" for tier in found.values()) == min(a, len(held))
    assert sum(tier == "b" for tier in found.values()) == min(b, max(len(held) - a, 0))
    assert len(seated(ranked[: needed(places)], places)) == len(found)
    # Given again on the same ranks, nobody moves.
    assert dict(seated([(lead, found.get(lead)) for lead, _ in ranked], places)) == found
