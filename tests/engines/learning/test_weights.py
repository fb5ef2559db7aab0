"""Adaptive weights by recent error: the numbers beside the sum."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galena.engines.learning.weights import adapted_weights, equal_weights, floored, recent
from galena.kit.errors import InputError

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NAMES = ("boosting", "forest", "net")


def instants(hours_ago: list[float]) -> np.ndarray:
    """Instants before noon."""
    return np.array(
        [(NOON - timedelta(hours=hours)).replace(tzinfo=None) for hours in hours_ago], dtype="datetime64[us]"
    )


def test_all_start_equal():
    record = equal_weights(NAMES, NOON)
    assert sum(record.weights.values()) == pytest.approx(1)
    assert len(set(record.weights.values())) == 1


def test_shares_are_the_softmax_of_five_times_one_minus_the_error():
    outcome = np.ones(40)
    probability = np.tile([0.9, 0.7, 0.6], (40, 1))  # errors 0.1, 0.3, 0.4
    record = adapted_weights(NAMES, probability, outcome, instants([1.0] * 40), NOON)
    powers = np.exp([5 * 0.9, 5 * 0.7, 5 * 0.6])
    assert list(record.weights.values()) == pytest.approx(powers / powers.sum())
    assert list(record.error.values()) == pytest.approx([0.1, 0.3, 0.4])
    assert record.outcomes == 40
    assert record.divergence == pytest.approx(np.std([0.9, 0.7, 0.6]))


def test_a_member_that_errs_always_keeps_the_floor():
    probability = np.tile([1.0, 1.0, 0.0], (40, 1))
    record = adapted_weights(NAMES, probability, np.ones(40), instants([1.0] * 40), NOON, floor=0.1)
    assert record.weights["net"] == pytest.approx(0.1)
    assert record.weights["forest"] == pytest.approx(0.45)


def test_recent_is_the_last_hundred_or_the_last_seven_days():
    few_days = instants([24 * (at + 1) for at in range(200)])
    assert len(recent(few_days, NOON)) == 100
    busy_week = instants([at / 2 for at in range(300)])
    assert len(recent(busy_week, NOON)) == 300


def test_outcomes_of_the_future_are_not_used():
    assert recent(instants([-1, 2, 1]), NOON).tolist() == [1, 2]


def test_too_few_outcomes_leave_shares_equal():
    record = adapted_weights(NAMES, np.tile([1.0, 0.5, 0.0], (5, 1)), np.ones(5), instants([1.0] * 5), NOON)
    assert record.weights == equal_weights(NAMES, NOON).weights


def test_arrays_of_different_length_are_refused():
    with pytest.raises(InputError):
        adapted_weights(NAMES, np.ones((3, 2)), np.ones(3), instants([1.0] * 3), NOON)


@settings(deadline=None)
@given(st.lists(st.floats(0.001, 1), min_size=2, max_size=8), st.floats(0, 0.12))
def test_floored_shares_sum_to_one(shares, floor):
    found = floored(np.array(shares), floor)
    assert found.sum() == pytest.approx(1)
    assert (found >= floor - 1e-12).all()
