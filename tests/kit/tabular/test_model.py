"""The whole model: one law for predictions and explanations, tables and single leads alike."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galena.kit.tabular import score
from galena.kit.tabular.additive import Additive
from galena.kit.tabular.calibration import Calibrator
from galena.kit.tabular.encoding import Encoding, Input
from galena.kit.tabular.model import Member, ModelError, TabularModel
from galena.kit.tabular.net import Layer, Net, Preparation
from galena.kit.tabular.parts import BooleanPart, NumberPart
from galena.kit.tabular.reading import ColumnReading, Reading
from galena.kit.tabular.trees import Trees

NONE, ONE = np.zeros(0), np.zeros(1)
ALL = frozenset({"trees", "net", "additive"})


def encoding() -> tuple[Reading, Encoding]:
    """Three columns, five inputs: `size` with two flags, `visits`, `answered`."""
    reading = Reading(
        columns=(
            ColumnReading(name="size", kind="number"),
            ColumnReading(name="visits", kind="number"),
            ColumnReading(name="answered", kind="boolean"),
            ColumnReading(name="note", kind="unused", why="constant"),
        )
    )
    names = [("size", 0), ("size is 0", 0), ("size is 1", 0), ("visits", 1), ("answered", 2)]
    return reading, Encoding(
        columns=("size", "visits", "answered"),
        inputs=tuple(Input(name=name, origin=origin, use=ALL) for name, origin in names),
        parts=(
            NumberPart(column="size", low=-2, high=2, flags=(0.0, 1.0)),
            NumberPart(column="visits", low=0, high=10),
            BooleanPart(column="answered"),
        ),
    )


def random_trees(rng: np.random.Generator, inputs: int) -> Trees:
    """Three complete trees of depth 3."""
    feature = np.tile(np.r_[np.zeros(7), np.full(8, -1)], 3).astype(np.int32)
    feature[feature == 0] = rng.integers(0, inputs, 21)
    at = np.arange(15)
    left = np.where(at < 7, 2 * at + 1, -1)
    cover = np.ones(15)
    for node in range(6, -1, -1):
        cover[2 * node + 1 : 2 * node + 3] *= rng.uniform(0.1, 1, 2)
    cover = np.r_[cover[:7], cover[7:]]
    for node in range(6, -1, -1):
        cover[node] = cover[2 * node + 1] + cover[2 * node + 2]
    shift = np.repeat([0, 15, 30], 15)
    return Trees(
        feature,
        rng.normal(size=45),
        (np.tile(left, 3) + np.where(feature < 0, 0, shift)).astype(np.int32),
        (np.tile(left + 1, 3) + np.where(feature < 0, 0, shift)).astype(np.int32),
        rng.random(45) < 0.5,
        rng.normal(size=45),
        np.tile(cover, 3),
        np.array([0, 15, 30], dtype=np.int32),
        0.1,
    )


def random_net(rng: np.random.Generator, inputs: int) -> Net:
    """One hidden layer of six units."""
    both = np.tile(np.arange(inputs, dtype=np.int32), 2)
    zero, one = np.zeros(inputs), np.ones(inputs)
    preparation = Preparation(
        both, np.r_[zero, zero], np.r_[one, one], np.r_[-3 * one, zero], np.r_[3 * one, zero], np.r_[zero, one],
        np.zeros(0, dtype=np.int32), NONE, NONE,
    )  # fmt: skip
    layers = (
        Layer(rng.normal(size=(2 * inputs, 6)), rng.normal(size=6), "silu"),
        Layer(rng.normal(size=(6, 1)), rng.normal(size=1), "identity"),
    )
    background = preparation.apply(rng.normal(size=(5, inputs)).astype(np.float32))
    return Net(preparation, (layers,), background, inputs)


def random_curves(rng: np.random.Generator, inputs: int) -> Additive:
    """Two pieces per input."""
    curves = [(np.array([-1.0, 0.0, 1.0]), rng.normal(size=3)) for _ in range(inputs)]
    rows = rng.normal(size=(20, inputs)).astype(np.float32)
    return Additive.of_curves(curves, rng.normal(size=inputs), 0.3, rows)


CALIBRATORS = (
    Calibrator.identity(),
    Calibrator("platt", (0.6, -0.4), NONE, NONE, NONE, ONE, ONE - 0.2, ONE + 0.3, 1.3, 0.4, 0.2),
    Calibrator("beta", (0.5, 1.4, 0.1), NONE, NONE, NONE, ONE, ONE - 0.1, ONE, 1.0, 0.1, 0.5),
    Calibrator(
        "spline", (), np.array([-1.0, 0, 1]), np.array([-2.0, -1, 0.5]), np.array([1.0, 1.2, 0.5]),
        ONE, ONE - 0.1, ONE + 0.1,
    ),
)  # fmt: skip


def random_model(seed: int, **changes: Any) -> TabularModel:
    """Four members, each on inputs of its own choice."""
    rng = np.random.default_rng(seed)
    reading, made = encoding()
    members = []
    kinds = [
        ("boosting", random_trees),
        ("forest", random_trees),
        ("net", random_net),
        ("additive", random_curves),
    ]
    for kind, build in kinds:
        own = np.sort(rng.choice(5, rng.integers(2, 6), replace=False)).astype(np.int32)
        slope, intercept = rng.uniform(0.2, 1.5), rng.normal() * 0.5
        members.append(Member(kind, kind, build(rng, len(own)), own, slope, intercept))  # type: ignore[arg-type]
    given: dict[str, Any] = {
        "reading": reading,
        "encoding": made,
        "members": tuple(members),
        "weights": rng.dirichlet(np.ones(4)),
        "calibrator": CALIBRATORS[seed % 4],
        "base_rate": 0.3,
        "usable_signal": True,
        "importance": np.array([0.5, 0.3, 0.2]),
        "meta": {"seed": seed},
    }
    return TabularModel(**{**given, **changes})


def some_leads(seed: int, rows: int = 30) -> pl.DataFrame:
    """Text and numbers, missing values, numbers outside the range seen."""
    rng = np.random.default_rng(seed)
    size = [None if rng.random() < 0.2 else str(rng.choice([0, 1, 0.5, -1.25, 40])) for _ in range(rows)]
    visits = np.where(rng.random(rows) < 0.2, np.nan, rng.integers(0, 14, rows)).tolist()
    answered = rng.choice(["yes", "no", ""], rows).tolist()
    return pl.DataFrame({"answered": answered, "size": size, "visits": visits, "left over": 1}, strict=False)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_base_and_points_sum_to_the_score(seed: int) -> None:
    model, leads = random_model(seed), some_leads(seed)
    found = model.explain(leads, threads=1)
    total = found.base_points + found.points.sum(axis=1)
    assert np.abs(total - 100 * found.predictions.probability).max() < 1e-9
    plain = model.predict(leads, threads=1)
    for name in ("probability", "low", "high", "confidence", "members"):
        assert np.array_equal(getattr(plain, name), getattr(found.predictions, name))
    assert ((plain.low <= plain.probability) & (plain.probability <= plain.high)).all()
    assert ((plain.confidence >= 0) & (plain.confidence <= 1)).all()


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6))
def test_one_lead_equals_its_row_in_a_table(seed: int) -> None:
    model, leads = random_model(seed), some_leads(seed, 9)
    table = model.explain(leads, threads=1)
    for at, row in enumerate(leads.to_dicts()):
        one = model.explain_one(row)
        assert one.columns == table.columns
        assert one.points == pytest.approx(table.points[at], abs=1e-9)
        assert one.base_points + one.points.sum() == pytest.approx(100 * one.prediction.probability, abs=1e-9)
        alone = model.predict_one(row)
        for name in ("probability", "low", "high", "confidence", "members"):
            given = getattr(table.predictions, name)[at]
            assert getattr(one.prediction, name) == pytest.approx(given, abs=1e-12)
            assert getattr(alone, name) == getattr(one.prediction, name)
        assert alone.values == one.prediction.values


def test_chunks_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model, leads = random_model(1), some_leads(1, 2500)
    whole = model.explain(leads, threads=1)
    monkeypatch.setattr(score, "CHUNK_ROWS", 1_024)
    told: list[tuple[int, int]] = []
    parts = model.explain(leads, threads=2, progress=lambda done, rows: told.append((done, rows)))
    assert told == [(1024, 2500), (2048, 2500), (2500, 2500)]
    assert np.abs(parts.points - whole.points).max() < 1e-9
    assert np.abs(parts.predictions.probability - whole.predictions.probability).max() < 1e-12


def test_a_column_the_table_lacks_counts_as_missing() -> None:
    model, leads = random_model(2), some_leads(2)
    less = model.predict(leads.drop("visits"))
    none = model.predict(leads.with_columns(visits=pl.lit(None, dtype=pl.Float64)))
    assert less.table.missing_columns == ("visits",)
    assert np.array_equal(less.probability, none.probability)
    assert np.array_equal(less.confidence, none.confidence)


def test_an_empty_table() -> None:
    found = random_model(3).explain(some_leads(3).clear())
    assert found.points.shape == (0, 3)
    assert found.predictions.probability.shape == (0,)


def test_confidence_falls_with_disagreement_and_with_what_is_not_known() -> None:
    """Known and familiar: size (0.5) and answered (0.2); visits is missing, so 0.7 of what agreement leaves."""
    model = random_model(4)
    found = model.predict_one({"size": 1, "answered": True})
    assert found.confidence == pytest.approx((1 - np.std(found.members)) * 0.7)
    strange = model.predict_one({"size": 1000, "answered": True})
    assert strange.confidence == pytest.approx((1 - np.std(strange.members)) * 0.2)


def test_without_a_usable_signal_every_lead_gets_the_base_rate() -> None:
    model = random_model(5, usable_signal=False)
    found = model.explain(some_leads(5))
    assert (found.predictions.probability == 0.3).all()
    assert found.base_points == 30
    assert not found.points.any()
    assert (found.predictions.low < 0.3).all()
    assert (found.predictions.high > 0.3).all()
    one = model.explain_one({"size": 3})
    assert (one.prediction.probability, one.points.tolist()) == (0.3, [0, 0, 0])
    assert one.prediction.low == found.predictions.low[0]


def test_the_mean_lead_is_the_weighted_mean_of_the_members() -> None:
    model = random_model(6)
    by_hand = sum(
        w * (m.intercept + m.slope * m.model.expected)
        for w, m in zip(model.weights, model.members, strict=True)
    )
    assert model.base_log_odds == pytest.approx(by_hand)
    assert model.base_points == pytest.approx(100 * model.calibrator.one(by_hand, 0)[0])


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"weights": np.array([0.5, 0.5])}, "weights"),
        ({"weights": np.array([0.5, 0.5, 0.5, -0.5])}, "sum to 1"),
        ({"weights": np.array([0.5, 0.5, np.nan, 0])}, "sum to 1"),
        ({"members": (), "weights": NONE}, "no members"),
        ({"importance": np.ones(2)}, "importance"),
        ({"importance": np.array([1, 1, -1.0])}, "negative"),
        ({"base_rate": 1.5}, "base rate"),
        ({"reading": Reading(columns=())}, "columns"),
    ],
)
def test_parts_that_do_not_fit_are_refused(change: dict[str, Any], what: str) -> None:
    with pytest.raises(ModelError, match=what):
        random_model(7, **change)


def test_members_that_do_not_fit_are_refused() -> None:
    model = random_model(8)
    for wrong in (
        replace(model.members[2], inputs=np.array([0], dtype=np.int32)),
        replace(model.members[2], inputs=np.array([9], dtype=np.int32)),
        replace(model.members[0], inputs=np.array([0], dtype=np.int32)),
        replace(model.members[0], slope=float("nan")),
        model.members[1],
    ):
        members = (*model.members[:1], wrong, *model.members[2:]) if wrong.name != "forest" else (
            model.members[1], *model.members[1:]
        )  # fmt: skip
        with pytest.raises(ModelError):
            replace(model, members=members)
