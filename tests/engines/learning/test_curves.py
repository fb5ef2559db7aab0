"""Curves and tables by hand and against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import auc, roc_curve

from galena.engines.learning import curves

TARGET = np.array([1, 1, 0, 1, 0, 0, 0, 0, 1, 0], dtype=np.float64)
SCORE = np.linspace(0.95, 0.05, 10)


def test_gains_by_hand() -> None:
    rows = {row.share: row for row in curves.gains_of(TARGET, SCORE)}
    assert rows[0.2].found == pytest.approx(0.5)
    assert rows[0.2].lift == pytest.approx(2.5)
    assert rows[0.2].rate == pytest.approx(1.0)
    assert rows[0.2].leads == 2
    assert rows[0.2].threshold == pytest.approx(0.85)
    assert rows[1.0].found == 1
    assert rows[1.0].lift == pytest.approx(1)


@given(st.integers(0, 1000), st.integers(20, 3000))
def test_roc_points_keep_the_area_and_the_ends(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    probability = rng.random(count)
    target = (rng.random(count) < probability).astype(np.float64)
    target[:2] = [0, 1]
    points = curves.roc_points(target, probability)
    assert len(points) <= curves.POINTS
    assert (points[0].x, points[0].y) == (0, 0)
    assert (points[-1].x, points[-1].y) == (1, 1)
    x, y, _ = roc_curve(target, probability)
    assert auc([point.x for point in points], [point.y for point in points]) == pytest.approx(
        auc(x, y), abs=0.006
    )


def test_precision_recall_by_hand() -> None:
    points = curves.precision_recall_points(TARGET[:4], SCORE[:4])
    assert [(round(point.x, 3), round(point.y, 3)) for point in points] == [
        (0.333, 1.0),
        (0.667, 1.0),
        (0.667, 0.667),
        (1.0, 0.75),
    ]


def test_one_outcome_has_no_curve() -> None:
    assert curves.roc_points(np.zeros(5), SCORE[:5]) == ()
    assert curves.precision_recall_points(np.zeros(5), SCORE[:5]) == ()
    assert curves.gains_of(np.zeros(5), SCORE[:5])[0].found is None


def test_calibration_bins() -> None:
    found = curves.calibration_of(np.tile([1.0, 0, 0, 0], 25), np.repeat([0.2, 0.3], 50))
    assert [(each.leads, round(each.said, 6)) for each in found] == [(50, 0.2), (50, 0.3)]
    assert found[0].came == pytest.approx(13 / 50)
    assert found[0].low < 0.26 < found[0].high


def test_wilson_by_the_book() -> None:
    low, high = curves.wilson(0, 10)
    assert low == 0
    assert high == pytest.approx(0.2775, abs=1e-4)
    assert curves.wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert curves.wilson(0, 0) == (0.0, 1.0)


def test_distribution_adds_up() -> None:
    found = curves.distribution_of(TARGET, SCORE)
    assert sum(each.leads for each in found) == 10
    assert sum(each.positive_share for each in found) == pytest.approx(1)
    assert sum(each.other_share for each in found) == pytest.approx(1)
    low = curves.distribution_of(np.tile([0.0, 1.0], 20), np.full(40, 0.013))
    assert low[-1].to_score == 5
    assert sum(each.leads for each in low) == 40


def test_best_f1() -> None:
    # Flagging the first four finds three of four with one false alarm: F1 = 6 / 8.
    assert curves.best_f1_threshold(TARGET, SCORE) == pytest.approx(SCORE[3])
