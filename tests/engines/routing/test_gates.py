"""Gates: one lead and a pool get the same answers; areas, distances, industries and unknown facts."""

from fractions import Fraction
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galena.domain.gates import (
    NUMBER_FACTS,
    TEXT_FACTS,
    AreaGate,
    Circle,
    Gate,
    IndustryGate,
    Polygon,
    RadiusGate,
    RangeGate,
    WordsGate,
)
from galena.engines.routing.gates import fit_of, tally, verdicts
from galena.engines.routing.pool import Pool

BOX = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0))
HOLE = ((1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0), (1.0, 1.0))
UNKNOWNS = st.sampled_from(["accept", "refuse"])
WORDS = ["Dallas", "DALLAS ", "fort  worth", "75001", "75001-1234", "2134", "236220", "238", "Roofers", ""]
WORD = st.sampled_from(WORDS)
NUMBER = st.one_of(st.none(), st.sampled_from([0, 1, 2.5, 4, 1e6, float("nan"), float("inf")]))
CORNER = st.tuples(st.integers(0, 4).map(float), st.integers(0, 4).map(float))
RING = st.lists(CORNER, min_size=3, max_size=6).map(lambda corners: (*corners, corners[0]))


def passes(gate: Gate, **facts: Any) -> bool:
    """Whether one lead passes one gate."""
    return verdicts([gate], facts)[0].passes


@st.composite
def gates(draw: st.DrawFn) -> Gate:
    """Any gate."""
    kind, unknown = draw(st.sampled_from(["words", "range", "industry", "radius", "area"])), draw(UNKNOWNS)
    texts = st.lists(st.sampled_from([*WORDS, "750*", "*", "23"]), min_size=1, max_size=3).map(tuple)
    if kind == "words":
        facts = st.sampled_from(["city", "state", "zip", "trade_category", "language", "tier"])
        return WordsGate(draw(facts), draw(texts), unknown)
    if kind == "range":
        limit = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 2.5, 1e6]))
        return RangeGate(draw(st.sampled_from(NUMBER_FACTS)), draw(limit), draw(limit), unknown)
    if kind == "industry":
        return IndustryGate(draw(texts), draw(st.one_of(st.just(()), texts)), unknown)
    if kind == "radius":
        circle = st.builds(
            Circle, CORNER.map(lambda c: c[0]), CORNER.map(lambda c: c[1]), st.sampled_from([0.0, 90.0])
        )
        return RadiusGate(tuple(draw(st.lists(circle, min_size=1, max_size=2))), unknown)
    polygon = st.builds(Polygon, RING, st.lists(RING, max_size=1).map(tuple))
    return AreaGate((draw(polygon),), unknown)


LEAD = st.fixed_dictionaries(
    {
        **dict.fromkeys(TEXT_FACTS, st.one_of(st.none(), WORD)),
        **dict.fromkeys((*NUMBER_FACTS, "latitude", "longitude"), NUMBER),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(LEAD, min_size=1, max_size=6), st.lists(gates(), max_size=4))
def test_one_lead_and_a_pool_get_the_same_answers(leads: list[dict[str, Any]], of: list[Gate]) -> None:
    schema = {
        fact: pl.Float64 if fact in (*NUMBER_FACTS, "latitude", "longitude") else pl.String
        for fact in leads[0]
    }
    pool = Pool.of(pl.DataFrame(leads, schema=schema, orient="row"))
    masks = [pool.mask(gate) for gate in of]
    for row, lead in enumerate(leads):
        alone = [(verdict.passes, verdict.known) for verdict in verdicts(of, lead)]
        assert alone == [(bool(mask.passes[row]), bool(mask.known[row])) for mask in masks]


def inside_exactly(x: int, y: int, ring: tuple[tuple[float, float], ...]) -> str:
    """Inside, outside or on the border, by exact fractions: the winding of a ray to the east."""
    odd = False
    for (x1, y1), (x2, y2) in pairwise([(Fraction(a), Fraction(b)) for a, b in ring]):
        if (
            (x2 - x1) * (y - y1) == (x - x1) * (y2 - y1)
            and min(x1, x2) <= x <= max(x1, x2)
            and min(y1, y2) <= y <= max(y1, y2)
        ):
            return "border"
        if (y1 > y) != (y2 > y):
            odd ^= x < x1 + (x2 - x1) * (y - y1) / (y2 - y1)
    return "inside" if odd else "outside"


@settings(max_examples=60, deadline=None)
@given(RING, RING)
def test_areas_agree_with_exact_arithmetic(outer: Any, hole: Any) -> None:
    gate = AreaGate((Polygon(outer, (hole,)),))
    for x in range(5):
        for y in range(5):
            expected = inside_exactly(x, y, outer) != "outside" and inside_exactly(x, y, hole) != "inside"
            assert passes(gate, longitude=x, latitude=y) == expected


def test_a_hole_is_outside_and_its_rim_inside() -> None:
    gate = AreaGate((Polygon(BOX, (HOLE,)),))
    assert passes(gate, longitude=0.5, latitude=0.5)
    assert passes(gate, longitude=4, latitude=2)
    assert passes(gate, longitude=1, latitude=2)
    assert not passes(gate, longitude=2, latitude=2)
    assert not passes(gate, longitude=4.1, latitude=2)


def test_miles_are_along_the_ground() -> None:
    # From Dallas (32.7767, -96.7970) to Fort Worth (32.7555, -97.3308) is 31.0 miles.
    dallas = (32.7767, -96.7970)
    facts = {"latitude": 32.7555, "longitude": -97.3308}
    assert passes(RadiusGate((Circle(*dallas, 31.2),)), **facts)
    assert not passes(RadiusGate((Circle(*dallas, 30.8),)), **facts)
    assert passes(RadiusGate((Circle(0.0, 179.9, 20.0),)), latitude=0, longitude=-179.9)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"industry": "Full-service restaurants"}, True),
        ({"industry": "Restaurant supply"}, False),
        ({"industry": "Plumbing", "naics": "236220"}, True),
        ({"industry": "236220"}, True),
        ({"naics": 236220}, True),
        ({"industry": "Plumbing"}, False),
        ({}, False),
    ],
)
def test_industries_are_words_or_beginnings_of_codes(facts: dict[str, Any], expected: bool) -> None:
    gate = IndustryGate(included=("restaurant", "23"), excluded=("supply",))
    assert passes(gate, **facts) == expected


def test_a_zip_code_may_be_its_beginning() -> None:
    gate = WordsGate("zip", ("750*", "02134"))
    assert passes(gate, zip="75093-1234")
    assert passes(gate, zip="2134")
    assert not passes(gate, zip="76101")


def test_a_trade_fits_by_its_group_as_well() -> None:
    gate = WordsGate("trade_category", ("Roofing",))
    assert passes(gate, trade_category="roof repair", trade_group="roofing")
    assert not passes(gate, trade_category="solar", trade_group="electrical")


def test_each_gate_decides_what_an_unknown_fact_means() -> None:
    accept, refuse = RangeGate("annual_revenue", 1e6, None, "accept"), RangeGate("employee_count", 5, None)
    found = verdicts([accept, refuse], {"employee_count": 9})
    assert [(verdict.passes, verdict.known) for verdict in found] == [(True, False), (True, True)]
    assert fit_of(found) == 0.5
    assert not passes(refuse)
    assert fit_of(()) == 1.0


def test_a_tally_says_which_gate_removes_how_many() -> None:
    # Of 4 leads, the state removes 2 (OK, unknown), the revenue 2 (500, unknown); one lead fails both.
    frame = pl.DataFrame(
        {
            "state": ["TX", "TX", "OK", None],
            "annual_revenue": [2000.0, 500.0, 3000.0, None],
            "tier": list("ABAA"),
        }
    )
    counts = tally(
        [WordsGate("state", ("tx",)), RangeGate("annual_revenue", 1000)],
        Pool.of(frame),
        frame["tier"].to_list(),
    )
    assert (counts.pool, counts.passing, counts.passing_by_tier) == (4, 1, {"A": 1})
    state, revenue = counts.gates
    assert (state.alone, state.first, state.only, state.unknown) == (2, 2, 1, 1)
    assert (revenue.alone, revenue.first, revenue.only, revenue.unknown) == (2, 1, 1, 1)


def test_an_empty_pool_has_answers() -> None:
    pool = Pool.of(pl.DataFrame({"city": []}, schema={"city": pl.String}))
    assert pool.mask(WordsGate("city", ("Dallas",))).passes.tolist() == []
    assert tally([], pool, []).passing == 0
