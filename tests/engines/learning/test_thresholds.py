"""Thresholds: profit by hand, capacity kept, nothing flickers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.engines.learning.thresholds import capacity_threshold, explore, in_tier, share_moved
from galena.kit.errors import InputError

# Ten past leads, best first: four won, at ranks 1, 2, 4 and 9.
TARGET = np.array([1, 1, 0, 1, 0, 0, 0, 0, 1, 0], dtype=np.float64)
SCORE = np.linspace(0.95, 0.05, 10)


def test_profit_by_hand() -> None:
    # 100 leads, a call costs 10, a win brings 50: 40 % worked bring 30 wins, 30 x 50 - 40 x 10 = 1,100.
    found = explore(TARGET, SCORE, leads=100, cost_per_call=10, value_per_win=50, draws=50)
    assert found.points[40].wins == pytest.approx(30)
    assert found.points[40].profit.value == pytest.approx(1100)
    assert found.best == found.points[40]
    assert found.best.threshold == pytest.approx(SCORE[3])
    assert found.points[0].profit.value == 0
    assert found.points[100].profit.value == pytest.approx(40 * 50 - 1000)
    assert found.break_even_probability == pytest.approx(0.2)
    assert found.sentence.startswith(
        "Work the best 40 of 100 leads, those with a score of 65 or more: about 30 wins"
    )
    assert (found.best_share.low or 0) <= 0.4 <= (found.best_share.high or 1)


def test_capacity_limits_the_best_point() -> None:
    found = explore(TARGET, SCORE, leads=100, cost_per_call=10, value_per_win=50, capacity=20, draws=20)
    assert found.best.leads == 20
    assert "as many as the team can work (20)" in found.sentence


def test_no_lead_pays() -> None:
    found = explore(TARGET, SCORE, leads=100, cost_per_call=60, value_per_win=50, draws=20)
    assert found.best.leads == 0
    assert found.sentence.startswith("No lead pays")
    assert found.break_even_probability == 1
    assert "NaN" not in found.model_dump_json()


def test_senseless_questions_are_refused() -> None:
    with pytest.raises(InputError, match="of 0 or more"):
        explore(TARGET, SCORE, leads=100, cost_per_call=-1, value_per_win=50)
    with pytest.raises(InputError, match="past leads"):
        explore(TARGET[:0], SCORE[:0], leads=100, cost_per_call=1, value_per_win=50)
    with pytest.raises(InputError, match="Capacity"):
        capacity_threshold(SCORE, -1)


@given(st.lists(st.integers(0, 12), max_size=40), st.integers(0, 45))
def test_never_more_than_capacity_and_as_many_as_fit(levels: list[int], capacity: int) -> None:
    scores = np.array(levels, dtype=np.float64) / 12
    found = capacity_threshold(scores, capacity)
    assert found.leads == (scores >= found.enter).sum() <= capacity
    assert found.leave <= found.enter
    below = scores[scores < found.enter]
    if len(below):
        assert found.leads + (below == below.max()).sum() > capacity


def test_a_lead_in_the_tier_stays_within_the_band() -> None:
    scores = np.linspace(1.0, 0.01, 100)
    found = capacity_threshold(scores, 20)
    assert (found.leads, (scores >= found.leave).sum()) == (20, 22)
    was_in = np.zeros(100, bool)
    was_in[[20, 21, 22]] = True
    assert np.flatnonzero(in_tier(scores, was_in, found)).tolist() == list(range(22))


def test_a_threshold_that_still_fits_is_kept() -> None:
    scores = np.linspace(1.0, 0.01, 100)
    assert capacity_threshold(scores, 20, previous=0.795).kept
    moved = capacity_threshold(scores, 20, previous=0.9)
    assert not moved.kept
    assert moved.leads == 20


def test_a_share_that_moved() -> None:
    assert not share_moved((20, 100), (24, 100)).moved
    found = share_moved((200, 1000), (300, 1000))
    assert found.moved
    assert (found.before, found.now) == (0.2, 0.3)
    assert not share_moved((0, 0), (1, 3)).moved
