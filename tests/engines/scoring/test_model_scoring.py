"""Scores of a model and rules blended: they sum, one lead is scored as in a frame, and a replay gives the same."""

import math
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from galena.domain.blend import Blend, Curve
from galena.domain.score import MICROPOINTS, Previous, Score
from galena.engines.scoring import Scorer
from galena.engines.scoring.blending import SCALE, Told, blended, log_odds, whole_parts
from galena.engines.scoring.model_scoring import ModelScorer, model_columns
from galena.kit.tabular.calibration import Calibrator

MODEL_ID = UUID(int=7)
CITIES = ("Austin", "Waco", "Plano", None)
ROWS = 70


def leads_of(count: int, seed: int) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    return [
        {
            "age": chance.choice([None, chance.randint(20, 90)]),
            "revenue": chance.choice([None, chance.lognormvariate(12, 1)]),
            "named": chance.choice([None, True, False]),
            "city": chance.choice(CITIES),
            "opens": float(chance.randint(0, 9)),
        }
        for _ in range(count)
    ]


@pytest.fixture(scope="module")
def rules(scorer_of: Callable[..., Scorer], make_factor: Callable[..., dict[str, Any]]) -> Scorer:
    factors = [
        make_factor("old", 30.5, "age > 60", label="Owner is {age}"),
        make_factor("rich", 12, "revenue > 200000"),
        make_factor("unnamed", -7.25, "named"),
        make_factor("opening", 4, "opens > 2", label="{opens} opens in {city}"),
    ]
    tiers = [
        {"name": "a", "label": "A", "when": "score >= 50 AND confidence > 0.5", "keep": "score >= 40"},
        {"name": "b", "label": "B", "when": "TRUE"},
    ]
    return scorer_of(factors, start=10, tiers=tiers)


@pytest.fixture(scope="module")
def model_of(rules: Scorer, as_of: datetime, small_model: Callable[..., Any]) -> Callable[..., ModelScorer]:
    """A function: from the model's weight to the scorer of the two together."""
    frame = pl.DataFrame(leads_of(300, 1))
    scored = rules.score_frame(frame, as_of, packed=True)
    columns = model_columns(rules.value_schema, ())
    values = [rules.unpack_values(packed) for packed in scored["values"]]
    table = pl.DataFrame([{name: row[name] for name in columns} for row in values], infer_schema_length=None)
    chance = np.random.default_rng(0)
    won = (frame["opens"].to_numpy() + chance.normal(size=300) * 2 > 4).astype(np.float64)
    model = small_model(table, won)

    def make(weight: float, curve: Curve | None = None) -> ModelScorer:
        blend = Blend(
            head="won", intercept=-1.5, slope=0.04, weight=weight, curve=curve or Curve(), labels=300
        )
        return ModelScorer(rules, model, blend, MODEL_ID)

    return make


@pytest.mark.parametrize("weight", [0.0, 0.37, 1.0])
def test_parts_sum_to_the_score_and_one_lead_is_scored_as_in_a_frame(
    rules: Scorer, model_of: Callable[..., ModelScorer], as_of: datetime, weight: float
) -> None:
    judge = model_of(weight, Curve(kind="platt", numbers=(0.9, 0.1)))
    leads = leads_of(ROWS, 2)
    found = judge.score_frame(pl.DataFrame(leads), as_of, packed=True, reasons=3)
    for lead, row in zip(leads, found.iter_rows(named=True), strict=True):
        alone = judge.score_one(lead, as_of)
        assert isinstance(alone, Score)
        sizes = [part.micropoints for part in alone.contributions]
        assert sum(sizes) == alone.micropoints == row["micropoints"]
        assert row["contributions"] == "{" + ",".join(map(str, sizes)) + "}"
        assert (alone.tier, alone.confidence) == (row["tier"], row["confidence"])
        assert rules.unpack_values(row["values"]) == alone.values
        assert judge.replay(alone.values, alone.previous, as_of) == alone
        assert alone.micropoints == round(row["probability"] * SCALE)
        assert row["low"] <= row["probability"] <= row["high"]
        assert len(row["members"]) == len(judge.members)
    assert found["micropoints"].n_unique() > 9


@pytest.mark.parametrize("rows", [1, 2, 3, 15, 16, 17, 69])
def test_how_many_are_scored_at_once_changes_nothing(
    model_of: Callable[..., ModelScorer], as_of: datetime, rows: int
) -> None:
    judge = model_of(0.6)
    leads = pl.DataFrame(leads_of(ROWS, 3))
    whole = judge.score_frame(leads, as_of, packed=True, reasons=3)
    cut = pl.concat(
        judge.score_frame(chunk, as_of, packed=True, reasons=3) for chunk in leads.iter_slices(rows)
    )
    assert cut.equals(whole)


def test_the_blend_is_the_weighted_mean_of_log_odds(
    rules: Scorer, model_of: Callable[..., ModelScorer], as_of: datetime
) -> None:
    lead = {"age": 70, "revenue": 300_000.0, "named": False, "city": "Waco", "opens": 5.0}
    by_rules = rules.score_one(lead, as_of)
    by_model, both = model_of(1.0).score_one(lead, as_of), model_of(0.25).score_one(lead, as_of)
    assert isinstance(by_rules, Score)
    assert isinstance(by_model, Score)
    assert isinstance(both, Score)
    assert by_rules.points == 10 + 30.5 + 12 + 4
    p = by_model.micropoints / SCALE
    z = 0.75 * (-1.5 + 0.04 * by_rules.points) + 0.25 * math.log(p / (1 - p))
    assert both.points == pytest.approx(100 / (1 + math.exp(-z)), abs=1e-6)
    names = {part.name for part in by_model.contributions}
    assert names == {"start", *(f"model:{name}" for name in model_of(1.0).model.columns)}
    assert {"old", "rich", "model:opens"} <= {part.name for part in both.contributions}


def test_a_discarded_lead_has_no_score(
    scorer_of: Callable[..., Scorer],
    make_factor: Callable[..., dict[str, Any]],
    model_of: Callable[..., ModelScorer],
    as_of: datetime,
) -> None:
    discards = [{"name": "young", "label": "Young", "when": "age < 30"}]
    plain = model_of(0.5)
    strict = scorer_of([make_factor("old", 30, "age > 60")], discards=discards)
    judge = ModelScorer(strict, plain.model, plain.blend, MODEL_ID)
    frame = judge.score_frame(pl.DataFrame({"age": [20, 70]}), as_of, packed=True, reasons=3)
    assert frame["status"].to_list() == ["discarded", "scored"]
    assert frame["micropoints"].null_count() == frame["probability"].null_count() == 1
    assert judge.score_frame(pl.DataFrame({"age": []}, schema={"age": pl.Int64}), as_of).is_empty()


def test_hysteresis_reads_the_new_points(
    rules: Scorer, model_of: Callable[..., ModelScorer], as_of: datetime
) -> None:
    judge = model_of(0.5)
    kept = [
        (score, judge.score_one(lead, as_of, Previous("a", "")))
        for lead in leads_of(200, 5)
        if isinstance(score := judge.score_one(lead, as_of), Score) and 40 <= score.points < 50
    ]
    assert kept
    for fresh, after in kept:
        assert isinstance(after, Score)
        assert (fresh.tier, after.tier) == ("b", "a")
        assert judge.replay(after.values, after.previous, as_of).tier == "a"


@settings(deadline=None, max_examples=150)
@given(some.data())
def test_whole_parts_sum_and_stay_near(data: some.DataObject) -> None:
    parts = np.array(data.draw(some.lists(some.floats(-1e8, 1e8), min_size=1, max_size=30)))[None, :]
    total = np.rint(parts.sum(axis=1)).astype(np.int64)
    (found,) = whole_parts(parts, total)
    assert found.sum() == total[0]
    assert (np.abs(found - parts[0]) <= 1 + 1e-6).all()


@settings(deadline=None, max_examples=200)
@given(some.data())
def test_any_blend_adds_up(data: some.DataObject) -> None:
    rows, columns, factors = data.draw(some.tuples(*(some.integers(1, 6) for _ in range(3))))
    draw = np.random.default_rng(data.draw(some.integers(0, 10**6)))
    base, said = draw.uniform(0.001, 0.999), draw.uniform(1e-12, 1 - 1e-12, rows)
    if data.draw(some.booleans()):
        said[0] = base
    points = draw.normal(size=(rows, columns)) * 10
    points[:, 0] += 100 * (said - base) - points.sum(axis=1)
    told = Told(said, said * 0.9, said, np.full(rows, 0.8), said[:, None], 100 * base, points)
    blend = Blend(
        head="won",
        intercept=data.draw(some.floats(-5, 5)),
        slope=data.draw(some.floats(0, 0.3)),
        weight=data.draw(some.sampled_from([0.0, 0.2, 0.9, 1.0])),
    )
    sizes = np.rint(draw.normal(size=(rows, factors)) * 10 * MICROPOINTS) / MICROPOINTS
    found = blended(blend, Calibrator.identity(), 10.0, sizes, np.ones(rows), told)
    assert (found.contributions.sum(axis=1) == found.micropoints).all()
    # Each share of z, taken through the curve, is its points to within a millionth.
    z = log_odds(found.probability)
    z0 = (1 - blend.weight) * (blend.intercept + blend.slope * 10) + blend.weight * log_odds(np.array(base))
    apart = np.abs(z - z0) > 1e-3
    rate = (found.probability - 1 / (1 + np.exp(-z0)))[apart] / (z - z0)[apart]
    for place in range(factors):
        exact = (1 - blend.weight) * blend.slope * sizes[apart, place] * rate * SCALE
        assert found.contributions[apart, 1 + place] == pytest.approx(exact, abs=2 + 1e-5 * SCALE)


def test_a_curve_comes_back_as_it_was() -> None:
    curve = Calibrator.identity()
    assert Curve.of(curve).calibrator().probability(np.array([0.3])) == curve.probability(np.array([0.3]))
    again = Blend.model_validate_json(Blend(head="x", slope=0.1 + 0.2, weight=1 / 3).model_dump_json())
    assert again == Blend(head="x", slope=0.1 + 0.2, weight=1 / 3)
