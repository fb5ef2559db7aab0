"""Figures: equal to scikit-learn's, by hand where it has none, intervals that hold."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from galena.engines.learning.metrics import (
    Judged,
    bootstrap_weights,
    draws_for,
    equal_count_bins,
    folded_normal_mean,
    interval_of,
    metrics_of,
    metrics_of_each,
)


def _table(seed: int, count: int = 60, levels: int = 15) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    probability = np.round(rng.random(count) * levels) / levels
    target = (rng.random(count) < 0.1 + 0.8 * probability).astype(np.float64)
    target[:4] = [0, 1, 0, 1]
    return target, probability, rng.integers(1, 4, count).astype(np.float64)


@given(st.integers(0, 10_000), st.booleans())
def test_figures_equal_scikit_learn(seed: int, weighted: bool) -> None:
    target, probability, weights = _table(seed)
    sample_weight = weights if weighted else None
    found = metrics_of(target, probability, weights=sample_weight, draws=0).figures
    quality = {
        "auc": reference.roc_auc_score(target, probability, sample_weight=sample_weight),
        "average_precision": reference.average_precision_score(
            target, probability, sample_weight=sample_weight
        ),
        "brier": reference.brier_score_loss(target, probability, sample_weight=sample_weight),
        "log_loss": reference.log_loss(target, probability, sample_weight=sample_weight),
        "rmse": reference.root_mean_squared_error(target, probability, sample_weight=sample_weight),
        "mae": reference.mean_absolute_error(target, probability, sample_weight=sample_weight),
        "r2": reference.r2_score(target, probability, sample_weight=sample_weight),
    }
    for name, expected in quality.items():
        assert found[name].value == pytest.approx(expected, abs=1e-9), name


@given(st.integers(0, 10_000), st.floats(-0.1, 1.1), st.booleans())
def test_thresholds_equal_scikit_learn(seed: int, threshold: float, weighted: bool) -> None:
    target, probability, weights = _table(seed)
    sample_weight = weights if weighted else None
    found = metrics_of(target, probability, weights=sample_weight, thresholds={"here": threshold}, draws=0)
    precision, recall, f1, _ = reference.precision_recall_fscore_support(
        target, probability >= threshold, labels=[0, 1], zero_division=0, sample_weight=sample_weight
    )
    for outcome in found.thresholds[0].outcomes:
        place = outcome.outcome
        assert outcome.precision.value == pytest.approx(precision[place], abs=1e-12)
        assert outcome.recall.value == pytest.approx(recall[place], abs=1e-12)
        assert outcome.f1.value == pytest.approx(f1[place], abs=1e-12)
        assert outcome.leads == (target == place).sum()
    flagged = np.average(probability >= threshold, weights=sample_weight)
    assert found.thresholds[0].flagged_share.value == pytest.approx(flagged)


def test_lift_gain_and_alift_by_hand() -> None:
    # Ten leads, four won at ranks 1, 2, 4 and 9.
    target = np.array([1, 1, 0, 1, 0, 0, 0, 0, 1, 0], dtype=np.float64)
    found = metrics_of(target, np.linspace(0.95, 0.05, 10), draws=0).figures
    assert found["gain_10"].value == pytest.approx(1 / 4)
    assert found["lift_10"].value == pytest.approx(2.5)
    assert found["gain_20"].value == pytest.approx(2 / 4)
    assert found["gain_50"].value == pytest.approx(3 / 4)
    assert found["lift_50"].value == pytest.approx(1.5)
    # The area under the cumulative gain curve by trapezoids of width .1:
    # heights 0 .25 .5 .5 .75 .75 .75 .75 .75 1 1
    heights = [0, 0.25, 0.5, 0.5, 0.75, 0.75, 0.75, 0.75, 0.75, 1, 1]
    assert found["alift"].value == pytest.approx(np.trapezoid(heights, dx=0.1))


def test_equal_scores_share_the_border() -> None:
    # All leads have the same score: the best tenth of them holds a tenth of the won ones, in whatever order they lie.
    target = np.array([1.0] * 3 + [0.0] * 7)
    found = metrics_of(target, np.full(10, 0.3), draws=0).figures
    assert found["gain_10"].value == pytest.approx(0.1)
    assert found["alift"].value == pytest.approx(0.5)
    assert found["ece"].value == pytest.approx(0)


def test_calibration_error_by_hand() -> None:
    # Two bins of five: says .8, has .6; says .2, has .4. Each gap is .2.
    probability = np.repeat([0.8, 0.2], 5)
    target = np.array([1, 1, 1, 0, 0, 1, 1, 0, 0, 0], dtype=np.float64)
    found = metrics_of(target, probability, draws=0).figures
    assert found["ece"].value == pytest.approx(0.2)
    # Noise of each bin: sqrt(.24 / 5) = .219; a true gap of .2 would look like E|N(.2, .219)| on average.
    noise = (0.24 / 5) ** 0.5
    expected = float(folded_normal_mean(np.array([0.2]), np.array([noise]))[0])
    assert expected == pytest.approx(
        np.abs(np.random.default_rng(0).normal(0.2, noise, 400_000)).mean(), abs=1e-3
    )
    assert found["ece_debiased"].value == pytest.approx(max(0, 0.4 - expected))


def test_calibration_bins_are_of_equal_count_and_keep_ties() -> None:
    bins = equal_count_bins(np.linspace(0, 1, 150))
    assert np.bincount(bins).tolist() == [10] * 15
    assert len(np.unique(equal_count_bins(np.full(50, 0.2)))) == 1
    assert np.bincount(equal_count_bins(np.arange(20.0))).tolist() == [5, 5, 5, 5]


def test_debiasing_takes_a_good_part_of_the_noise_out_of_the_calibration_error() -> None:
    rng = np.random.default_rng(0)
    plain, debiased = [], []
    for _ in range(60):
        probability = rng.random(600)
        target = (rng.random(600) < probability).astype(np.float64)
        found = metrics_of(target, probability, draws=0).figures
        plain.append(found["ece"].value or 0)
        debiased.append(found["ece_debiased"].value or 0)
    assert np.mean(plain) > 0.04
    assert np.mean(debiased) < 0.65 * np.mean(plain)


@given(st.integers(0, 1000))
def test_whole_weights_equal_repeated_rows(seed: int) -> None:
    target, probability, weights = _table(seed)
    times = weights.astype(int)
    repeated = Judged(np.repeat(target, times), np.repeat(probability, times))
    found, expected = Judged(target, probability).measure(weights), repeated.measure(np.ones(times.sum()))
    for name in expected:
        # Calibration bins are those of the rows given, so they may differ.
        if not name.startswith("ece"):
            assert found[name] == pytest.approx(expected[name], abs=1e-9, nan_ok=True), name


def test_intervals_hold_the_value_and_repeat_with_the_seed() -> None:
    target, probability, _ = _table(1, 400)
    first, again, other = (
        metrics_of(target, probability, thresholds={"half": 0.5}, draws=200, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
    for name, estimate in first.figures.items():
        assert estimate.value is not None, name
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low <= estimate.value <= estimate.high, name
        assert estimate.high > estimate.low


def test_grouped_draws_are_wider_where_groups_hang_together() -> None:
    rng = np.random.default_rng(0)
    target = np.repeat((rng.random(60) < 0.5).astype(np.float64), 10)
    probability = np.clip(0.5 + 0.2 * (target - 0.5) + np.repeat(rng.normal(0, 0.2, 60), 10), 0.01, 0.99)
    alone = metrics_of(target, probability, draws=200).figures["auc"]
    grouped = metrics_of(target, probability, groups=np.repeat(np.arange(60), 10), draws=200).figures["auc"]
    assert (grouped.high or 0) - (grouped.low or 0) > 2 * ((alone.high or 0) - (alone.low or 0))


def test_bootstrap_interval_of_the_brier_score_is_the_textbook_one() -> None:
    target, probability, _ = _table(2, 2000)
    squares = (target - probability) ** 2
    found = metrics_of(target, probability, draws=1000).figures["brier"]
    error = 1.96 * squares.std() / 2000**0.5
    assert found.low == pytest.approx(squares.mean() - error, abs=error / 5)
    assert found.high == pytest.approx(squares.mean() + error, abs=error / 5)


def test_one_outcome_only_gives_null_and_never_nan() -> None:
    found = metrics_of(np.zeros(20), np.linspace(0.1, 0.4, 20), thresholds={"half": 0.5}, draws=20)
    assert found.figures["auc"].value is None
    assert found.figures["brier"].value is not None
    text = found.model_dump_json()
    assert "NaN" not in text
    assert "NaN" not in json.dumps(found.model_dump(), allow_nan=False)


def test_certain_and_wrong_is_finite() -> None:
    found = metrics_of(np.array([0.0, 1.0, 1.0]), np.array([1.0, 0.0, 1.0]), draws=0).figures["log_loss"]
    assert found.value is not None
    assert 20 < found.value < 30


def test_models_share_the_draws() -> None:
    target, probability, _ = _table(4, 200)
    both = metrics_of_each(target, {"a": probability, "b": probability}, draws=50, seed=3)
    assert both["a"] == both["b"] == metrics_of(target, probability, draws=50, seed=3)


def test_graded_outcomes_are_compared_with_the_score() -> None:
    graded = np.array([1.0, 0.7, 0.5, 0.3, 0.0])
    found = metrics_of(
        (graded > 0.6).astype(np.float64), np.array([0.9, 0.6, 0.5, 0.4, 0.1]), graded=graded, draws=0
    )
    assert found.figures["mae"].value == pytest.approx((0.1 + 0.1 + 0 + 0.1 + 0.1) / 5)
    assert found.figures["r2"].value == pytest.approx(1 - 0.04 / (1.83 - 2.5**2 / 5))


def test_draws() -> None:
    assert draws_for(1_000, 1000) == 1000
    assert draws_for(1_000_000, 1000) == 200
    assert interval_of([float("nan")])[0] != interval_of([float("nan")])[0]
    for weight in bootstrap_weights(10, np.array(["a"] * 5 + ["b"] * 5), 3, 0):
        assert len(set(weight[:5])) == 1
        assert weight[0] + weight[5] == 2
