"""What holds for any rules and any lead."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from galena.domain.playbook import Playbook
from galena.domain.playbook.schema import input_schema
from galena.domain.score import Previous, Score
from galena.engines.scoring import Scorer
from galena.kit.expression.types import polars_schema
from galena.playbooks import load

ScorerOf = Callable[..., Scorer]
LeadsOf = Callable[..., list[dict[str, Any]]]
MICRO = 1_000_000

FACTORS = st.lists(
    st.fixed_dictionaries(
        {
            "points": st.integers(-100 * MICRO, 100 * MICRO).map(lambda size: size / MICRO),
            "when": st.sampled_from(
                ["TRUE", "age > 50", "named", "opens > 3 OR age < 20", "revenue IS NULL"]
            ),
            "scale": st.sampled_from([None, "opens / 7", "1 - age / 100", "revenue / 3", "0.5"]),
            "category": st.sampled_from(["who", "does"]),
            "on": st.sampled_from([True, True, True, False]),
        }
    ),
    max_size=6,
)
LEADS = st.fixed_dictionaries(
    {
        "age": st.none() | st.integers(0, 110),
        "named": st.none() | st.booleans(),
        "opens": st.none() | st.integers(0, 20),
        "revenue": st.none() | st.floats(-10, 10),
    }
)
# Every example compiles new rules, which takes longer than an example usually may.
compiling = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def named(factors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": f"f{place}", "label": "x", **factor} for place, factor in enumerate(factors)]


CAPS = [
    {"name": "who", "label": "Who", "cap": 30},
    {"name": "does", "label": "Does", "side": "engagement", "cap": 45},
]


@compiling
@given(FACTORS, LEADS, st.randoms(use_true_random=False))
def test_the_order_of_factors_does_not_matter(
    scorer_of: ScorerOf, as_of: datetime, factors: list[dict[str, Any]], lead: dict[str, Any], random: Any
) -> None:
    shuffled = named(factors)
    random.shuffle(shuffled)
    one, other = (
        scorer_of(order, start=20, caps=CAPS).score_one(lead, as_of) for order in (named(factors), shuffled)
    )
    assert isinstance(one, Score)
    assert isinstance(other, Score)
    assert (one.micropoints, one.tier, one.fit, one.engagement) == (
        other.micropoints,
        other.tier,
        other.fit,
        other.engagement,
    )
    assert set(one.contributions) == set(other.contributions)


@compiling
@given(FACTORS, LEADS)
def test_parts_sum_within_caps_and_limits(
    scorer_of: ScorerOf, as_of: datetime, factors: list[dict[str, Any]], lead: dict[str, Any]
) -> None:
    score = scorer_of(named(factors), start=20, caps=CAPS).score_one(lead, as_of)
    assert isinstance(score, Score)
    assert sum(part.micropoints for part in score.contributions) == score.micropoints
    assert 0 <= score.micropoints <= 100 * MICRO
    for name, cap in (("who", 30), ("does", 45)):
        held = [part.micropoints for part in score.contributions if part.category == name]
        assert abs(sum(held)) <= cap * MICRO


@compiling
@given(FACTORS.filter(bool), LEADS)
def test_switching_a_factor_off_takes_exactly_its_part(
    scorer_of: ScorerOf, as_of: datetime, factors: list[dict[str, Any]], lead: dict[str, Any]
) -> None:
    """Without caps and within the limits; the limit of 0 to 100 is undone by leaving its part out."""
    with_it = named(factors)
    without = [{**with_it[0], "on": False}, *with_it[1:]]
    before, after = (scorer_of(rules).score_one(lead, as_of) for rules in (with_it, without))
    assert isinstance(before, Score)
    assert isinstance(after, Score)
    parts = {part.name: part.micropoints for part in before.contributions}
    left = {part.name: part.micropoints for part in after.contributions}
    taken = parts.get("f0", 0)
    assert (after.micropoints - left["clamp"]) == (before.micropoints - parts["clamp"]) - taken
    assert "f0" not in left
    same = parts.keys() & left.keys() - {"clamp"}
    assert {name: parts[name] for name in same} == {name: left[name] for name in same}


@given(st.lists(st.integers(0, 100), min_size=1, max_size=30))
def test_memory_only_holds_back(scorer_of: ScorerOf, as_of: datetime, walk: list[int]) -> None:
    """A tier is left only below its keep, and entered only at its when: between 77 and 80 nothing changes."""
    tiers = [
        {"name": "a", "label": "A", "when": "score >= 80", "keep": "score >= 77"},
        {"name": "b", "label": "B", "when": "TRUE"},
    ]
    scorer = scorer_of(
        [{"name": "f", "category": "who", "points": 100, "label": "x", "scale": "opens / 100"}], tiers=tiers
    )
    tier = None
    for opens in walk:
        score = scorer.score_one({"opens": opens}, as_of, Previous(tier=tier))
        assert isinstance(score, Score)
        if tier is not None and 77 <= opens < 80:
            assert score.tier == tier
        tier = score.tier


@pytest.mark.parametrize("name", ["brokerage", "permits"])
def test_duckdb_makes_the_same_scores(
    scorer_of: ScorerOf, leads_of: LeadsOf, as_of: datetime, name: str
) -> None:
    playbook: Playbook = load(name)
    scorer = scorer_of(playbook)
    schema = {**polars_schema(input_schema(playbook)), "id": pl.String(), "previous_temperature": pl.String()}
    leads = pl.DataFrame(
        [{column: lead.get(column) for column in schema} for lead in leads_of(playbook, 300, seed=7)],
        schema=schema,
    )
    table = leads.to_arrow()
    with duckdb.connect() as database:
        database.register("leads", table)
        rows = pl.DataFrame(database.sql(scorer.to_sql(as_of)).to_arrow_table())
    ours = scorer.score_frame(leads, as_of)
    compared = pl.DataFrame(
        {
            "ours": ours["micropoints"],
            "theirs": rows["_micropoints"].cast(pl.Int64),
            "temperature": ours["temperature"] == rows["_temperature"],
        }
    ).filter(pl.col("ours").is_not_null())
    assert compared.height > 50
    assert compared["temperature"].all()
    assert (compared["ours"] - compared["theirs"]).abs().max() <= 1
