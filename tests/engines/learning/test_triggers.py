"""When the loop learns; and that chance does not displace a champion, however often one looks."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from galena.engines.learning.promotion import verdict_on
from galena.engines.learning.triggers import (
    TAKEOVER_ERROR_RATE,
    LoopState,
    makes_room,
    needed_certainty,
    trigger_of,
    waiting_sentence,
)

NOW = datetime(2026, 11, 17, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (LoopState(None, 0, 0, 100), "schedule"),
        (LoopState(NOW - timedelta(days=6), 180, 100, 100), None),
        (LoopState(NOW - timedelta(days=6), 200, 100, 100), "labels"),
        (LoopState(NOW - timedelta(days=6), 99, -1, 100), None),
        (LoopState(NOW - timedelta(days=7), 101, 100, 100), "schedule"),
        (LoopState(NOW - timedelta(days=1), 101, 100, 100, ("“Revenue” moved.",)), "drift"),
    ],
)
def test_why_it_runs(state: LoopState, kind: str | None) -> None:
    found = trigger_of(state, NOW)
    assert (found.kind if found else None) == kind


def test_what_it_waits_for() -> None:
    last = NOW - timedelta(days=2)
    assert "after 20 more outcomes" in waiting_sentence(LoopState(last, 180, 100, 100))
    assert "40 of the 100 outcomes" in waiting_sentence(LoopState(last, 40, 0, 100))


def test_later_trials_must_be_surer_and_all_of_them_stay_within_the_error_rate() -> None:
    allowed = [1 - needed_certainty(tried) for tried in range(1000)]
    assert allowed[:3] == pytest.approx([0.025, 0.05 / 6, 0.05 / 12])
    assert sum(allowed) < TAKEOVER_ERROR_RATE


def test_room_for_a_newer_model() -> None:
    began = NOW - timedelta(days=20)
    assert not makes_room(began, NOW, is_worse=False, drifted=False)
    assert makes_room(began, NOW, is_worse=True, drifted=False)
    assert not makes_room(began, NOW, is_worse=False, drifted=True)
    assert makes_room(began - timedelta(days=1), NOW, is_worse=False, drifted=True)
    assert makes_room(NOW - timedelta(days=42), NOW, is_worse=False, drifted=False)


def _year(seed: int, weeks: int, per_week: int, skill: float) -> bool:
    """Whether a year of weekly looks promotes anybody; every six weeks another model comes on trial.

    With a skill of 0 outcomes are drawn at random, and every model is an opinion about nothing.
    """
    draw = np.random.default_rng(seed)
    count = weeks * per_week
    truth = np.log(0.2 / 0.8) + skill * draw.normal(size=count)
    came = (draw.random(count) < 1 / (1 + np.exp(-truth))).astype(np.float64)
    champion = 1 / (1 + np.exp(-(np.log(0.2 / 0.8) + draw.normal(0, 0.3, count))))
    for trial, begin in enumerate(range(0, weeks, 6)):
        heard = truth if skill else np.log(0.2 / 0.8)
        challenger = 1 / (1 + np.exp(-(heard + draw.normal(0, 0.3, count))))
        for week in range(begin + 1, min(begin + 6, weeks) + 1):
            rows = slice(begin * per_week, week * per_week)
            found = verdict_on(
                came[rows],
                champion[rows],
                challenger[rows],
                any_time=True,
                draws=0,
                required_certainty=needed_certainty(trial),
            )
            if found.promote:
                return True
    return False


def test_noise_promotes_nobody_and_skill_does() -> None:
    assert sum(_year(seed, 52, 40, 0.0) for seed in range(6)) <= 2
    assert all(_year(seed, 6, 150, 1.2) for seed in range(3))


@pytest.mark.soak
def test_a_hundred_and_fifty_years_of_noise() -> None:
    # 150 years at 5 % would be 7.5; 14 or more would have a probability of 2 %.
    assert sum(_year(seed, 52, 40, 0.0) for seed in range(150)) <= 13
