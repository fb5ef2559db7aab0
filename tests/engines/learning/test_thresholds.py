"""Thresholds: profit by hand, and no more than the team can work."""

import numpy as np
import pytest

from galena.engines.learning.thresholds import explore
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
