"""The rate to expect next: the old one where it stands still, nearer to the latest where it moved."""

import numpy as np

from galena.engines.learning.coming_rate import coming_rate


def outcomes(rates: list[float], each: int) -> np.ndarray:
    """`each` leads per rate, of which exactly that share is won, spread evenly."""
    return np.concatenate([(np.arange(each) * rate % 1 < rate).astype(float) for rate in rates])


def test_a_rate_that_stands_still_is_kept() -> None:
    target = outcomes([0.2] * 10, 200)
    assert coming_rate(target) == target.mean()


def test_a_rate_that_moved_is_met_halfway() -> None:
    target = outcomes([0.1] * 6 + [0.4] * 4, 300)
    found = coming_rate(target)
    assert target.mean() < found < 0.4
    halfway = (np.log(0.4 / 0.6) + np.log(target.mean() / (1 - target.mean()))) / 2
    assert abs(np.log(found / (1 - found)) - halfway) < 0.1


def test_times_give_the_order_and_unknown_ones_stay_out() -> None:
    target = outcomes([0.1] * 6 + [0.4] * 4, 300)
    days = np.datetime64("2026-01-01", "us") + np.arange(len(target)) * np.timedelta64(1, "h")
    shuffled = np.random.default_rng(0).permutation(len(target))
    assert coming_rate(target[shuffled], days[shuffled]) == coming_rate(target)
    lost = np.append(days[shuffled], np.datetime64("NaT", "us"))
    assert abs(coming_rate(np.append(target[shuffled], 0.0), lost) - coming_rate(target)) < 1e-3


def test_few_wins_say_nothing_about_when() -> None:
    target = np.r_[np.zeros(500), np.ones(10)]
    assert coming_rate(target) == target.mean()
