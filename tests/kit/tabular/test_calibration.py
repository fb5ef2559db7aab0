"""Calibration: curves that rise, the kind chosen, intervals that hold the truth."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from galena.kit.tabular.calibration import END, CalibrationError, Calibrator, fit_calibrator

NONE, ONE = np.zeros(0), np.zeros(1)
Floats = NDArray[np.float64]


def sigmoid(z: Floats) -> Floats:
    return 1 / (1 + np.exp(-z))


def outcomes(log_odds: Floats, seed: int) -> Floats:
    return (np.random.default_rng(seed).random(len(log_odds)) < sigmoid(log_odds)).astype(np.float64)


def spline() -> Calibrator:
    knots, levels = np.array([-2.0, 0.0, 1.0, 3.0]), np.array([-3.0, -1.0, 1.0, 1.5])
    slopes = np.array([1.0, 1.2, 0.4, 0.25])
    return Calibrator(
        "spline", (), knots, levels, slopes, np.array([-1.0, 1.0]), -ONE[[0, 0]] - 0.2, ONE[[0, 0]] + 0.3
    )


CURVES = [
    Calibrator.identity(),
    Calibrator("platt", (0.7, -0.3), NONE, NONE, NONE, ONE, ONE - 0.1, ONE + 0.1),
    Calibrator("beta", (0.5, 1.5, 0.2), NONE, NONE, NONE, ONE, ONE, ONE),
    spline(),
]


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.kind)
def test_curves_rise_and_never_reach_the_ends(curve: Calibrator) -> None:
    curve.check()
    z = np.linspace(-60, 60, 4001)
    p = curve.probability(z)
    assert 0 < p.min() < p.max() < 1
    inside = np.abs(curve.log_odds(z)) < END
    assert (np.diff(curve.log_odds(z)[inside]) > 0).all()
    step = 1e-6
    slope = (curve.log_odds(z + step) - curve.log_odds(z - step)) / (2 * step)
    edge = np.abs(np.abs(curve.log_odds(z)) - END) < 1e-3
    assert np.abs(slope - curve.log_odds_slope(z))[~edge].max() < 1e-4


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(CURVES), st.floats(-50, 50), st.floats(0, 5))
def test_one_lead_equals_the_arrays(curve: Calibrator, z: float, apart: float) -> None:
    low, high = curve.interval(np.array([z]), np.array([apart]))
    p = curve.probability(np.array([z]))
    assert curve.one(z, apart) == pytest.approx((p[0], low[0], high[0]), abs=1e-12)
    assert 0 < low[0] <= p[0] <= high[0] < 1


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(CURVES), st.floats(-12, 12), st.floats(-1e-6, 1e-6) | st.floats(-12, 12))
def test_the_secant_brings_contributions_to_the_probability(
    curve: Calibrator, start: float, step: float
) -> None:
    z = np.array([start + step])
    gained = curve.secant(z, start) * (z - start)
    assert gained[0] == pytest.approx(
        (curve.probability(z) - curve.probability(np.array(start)))[0], abs=1e-12
    )


def test_platt_by_hand() -> None:
    """sigmoid(0.7 x 1 - 0.3) = sigmoid(0.4)."""
    assert CURVES[1].probability(np.array([1.0]))[0] == pytest.approx(sigmoid(np.array(0.4)))


@pytest.mark.parametrize(
    ("truth", "kinds"),
    [
        (lambda z: z, {"identity"}),
        (lambda z: 0.5 * z - 0.7, {"platt"}),
        (lambda z: np.where(z > 0, 0.2 * z, 1.4 * z), {"beta", "spline"}),
        (lambda z: 2.5 * np.tanh(3 * (z - 1)) + 0.2 * z, {"spline"}),
    ],
)
def test_the_simplest_kind_that_fits_is_taken(truth: Any, kinds: set[str]) -> None:
    z = np.random.default_rng(1).normal(size=12_000) * 1.5
    curve = fit_calibrator(z, outcomes(truth(z), 2), seed=3)
    curve.check()
    assert curve.kind in kinds
    middle = np.abs(z) < 2.5
    assert np.abs(curve.probability(z) - sigmoid(truth(z)))[middle].mean() < 0.015


def test_the_interval_of_the_curve_holds_the_true_rate() -> None:
    """Without disagreement, the true rate of a Platt-shaped market lies in nine of ten intervals."""
    held = []
    for seed in range(8):
        z = np.random.default_rng(seed).normal(size=1500)
        truth = 0.7 * z - 1
        curve = replace(fit_calibrator(z, outcomes(truth, seed + 100), seed=seed), spread=0.0)
        low, high = curve.interval(z, np.zeros(len(z)))
        held.append(((low <= sigmoid(truth)) & (sigmoid(truth) <= high)).mean())
    assert 0.8 < np.mean(held) < 0.99


def test_disagreeing_members_widen_the_interval() -> None:
    """Two members that miss the truth by independent errors of 0.6: the rate is in the interval of 85-98 %."""
    rng = np.random.default_rng(7)
    truth = rng.normal(size=4000)
    members = truth[:, None] + 0.6 * rng.normal(size=(4000, 2))
    z = members.mean(axis=1)
    curve = fit_calibrator(z, outcomes(truth, 8), seed=0, member_z=members)
    apart = np.sqrt(((members - z[:, None]) ** 2).mean(axis=1))
    low, high = curve.interval(z, apart)
    assert 0.85 < ((low <= sigmoid(truth)) & (sigmoid(truth) <= high)).mean() < 0.99
    wide = curve.interval(np.zeros(1), np.array([2.0]))
    narrow = curve.interval(np.zeros(1), np.array([0.0]))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


@pytest.mark.parametrize("positive", [0, 1, 3, 30])
def test_few_or_one_sided_outcomes(positive: int) -> None:
    z = np.random.default_rng(0).normal(size=30)
    y = np.zeros(30)
    y[:positive] = 1
    curve = fit_calibrator(z, y)
    curve.check()
    p = curve.probability(z)
    assert ((p > 0) & (p < 1)).all()


def test_log_odds_all_alike() -> None:
    curve = fit_calibrator(np.full(500, -1.0), outcomes(np.full(500, -1.0), 1), seed=0)
    curve.check()
    low, high = curve.interval(np.array([-1.0]), np.zeros(1))
    assert low[0] < sigmoid(np.array(-1.0)) < high[0]
    assert high[0] - low[0] < 0.15


def test_the_same_seed_gives_the_same_curve() -> None:
    z = np.random.default_rng(0).normal(size=800)
    y = outcomes(2 * z, 1)
    first, second = (fit_calibrator(z, y, seed=5) for _ in range(2))
    assert np.array_equal(first.offset_low, second.offset_low)
    assert (first.kind, first.numbers) == (second.kind, second.numbers)


def test_weights_count() -> None:
    """Weight on the positives raises the rate."""
    z, y = np.zeros(400), np.tile([0.0, 1.0], 200)
    heavy = fit_calibrator(z, y, np.where(y > 0, 3.0, 1.0))
    assert heavy.probability(np.zeros(1))[0] == pytest.approx(0.75, abs=0.05)


@pytest.mark.parametrize(
    ("z", "y", "weights"),
    [
        ([], [], None),
        ([1.0, 2.0], [1.0], None),
        ([1.0, float("nan")], [1.0, 0.0], None),
        ([1.0, 2.0], [1.0, 0.5], None),
        ([1.0, 2.0], [1.0, 0.0], [0.0, 0.0]),
        ([1.0, 2.0], [1.0, 0.0], [1.0, -1.0]),
    ],
)
def test_nothing_to_fit_is_refused(z: list[float], y: list[float], weights: list[float] | None) -> None:
    with pytest.raises(CalibrationError):
        fit_calibrator(np.array(z), np.array(y), None if weights is None else np.array(weights))


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "platt", "numbers": (-1.0, 0.0)},
        {"kind": "beta", "numbers": (0.0, 1.0, 0.0)},
        {"kind": "beta", "numbers": (1.0,)},
        {"kind": "other"},
        {"slopes": np.array([1.0, 1.2, 9.0, 0.25])},
        {"levels": np.array([-3.0, -1.0, -2.0, 1.5])},
        {"offset_low": np.array([0.1, 0.1])},
        {"spread": float("nan")},
        {"spread": -1.0},
    ],
)
def test_numbers_that_are_no_rising_curve_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(CalibrationError):
        replace(spline(), **change).check()
