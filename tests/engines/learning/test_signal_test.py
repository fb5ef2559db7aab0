"""The signal test: quiet on noise, awake on signal, not taken in by the calendar."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from galena.engines.learning.signal_test import FALSE_ALARM_RATE, SignalTest, calendars_in, signal_in
from galena.engines.learning.splits import folds_of


@dataclass(frozen=True, eq=False)
class Leads:
    target: NDArray[np.float64]
    times: NDArray[Any] | None = None
    groups: NDArray[Any] | None = None
    in_time_order: bool = False


def _judged(
    seed: int, count: int, strength: float, *, in_time: bool = False, grouped: bool = False
) -> SignalTest | None:
    """A ridge regression on eight columns of which one matters by `strength`, judged on rows it has not seen."""
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(count, 8))
    groups, luck = None, 0.0
    if grouped:
        groups = np.arange(count) // 10
        columns[:, 1] = rng.normal(size=count)[groups]
        luck = rng.normal(size=count)[groups]
    chance = 1 / (1 + np.exp(1 - strength * columns[:, 0] - luck))
    target = (rng.random(count) < chance).astype(np.float64)
    leads = Leads(target, groups=groups, in_time_order=in_time)
    probability, fold = np.zeros(count), np.full(count, -1)
    for number, each in enumerate(folds_of(leads, seed)):
        known, mean = columns[each.train], target[each.train].mean()
        slope = np.linalg.solve(known.T @ known + np.eye(8), known.T @ (target[each.train] - mean))
        probability[each.test] = np.clip(mean + columns[each.test] @ slope, 0.01, 0.99)
        fold[each.test] = number
    seen = fold >= 0
    return signal_in(
        target[seen],
        probability[seen],
        fold=fold[seen],
        groups=None if groups is None else groups[seen],
        in_time=in_time,
    )


def _usable_share(runs: int, count: int, strength: float, **how: bool) -> float:
    found = [_judged(seed, count, strength, **how) for seed in range(runs)]
    return float(np.mean([each.usable for each in found if each]))


@pytest.mark.slow
@pytest.mark.parametrize("how", [{}, {"in_time": True}, {"grouped": True}])
@pytest.mark.parametrize("count", [60, 300])
def test_false_alarms_are_rarer_than_promised(count: int, how: dict[str, bool]) -> None:
    # 600 tables: the share may pass the promise by chance by two standard errors (.018) at most.
    assert _usable_share(600, count, 0, **how) <= FALSE_ALARM_RATE + 0.018


@pytest.mark.slow
def test_signal_is_found() -> None:
    assert _usable_share(100, 300, 1.0) > 0.95
    assert _usable_share(100, 1000, 0.5) > 0.9


def test_noise_and_signal_in_words() -> None:
    noise, signal = _judged(1, 400, 0), _judged(1, 400, 1)
    assert noise is not None
    assert signal is not None
    assert not noise.usable
    assert noise.reason.startswith("No usable signal: in 400 past leads (")
    assert "chance alone can explain" in noise.reason
    assert signal.usable
    assert "none seen before" in signal.reason
    assert signal.auc.low is not None
    assert signal.auc.low > 0.53
    assert signal.log_loss_gain.low is not None
    assert signal.log_loss_gain.low > 0


def test_sure_but_too_small() -> None:
    # 40,000 leads, area about .52: far from chance, and of no use.
    rng = np.random.default_rng(0)
    target = (rng.random(40_000) < 0.5).astype(np.float64)
    found = signal_in(target, 0.5 + 0.01 * rng.normal(size=40_000) + 0.0007 * target, in_time=True)
    assert found.p_value is not None
    assert found.p_value < 1e-6
    assert not found.usable
    assert "a difference a team would notice" in found.reason


def _by_month(seed: int, knows_leads: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    day = rng.integers(0, 360, 3000)
    chance = 0.3 + 0.3 * (day // 30 % 2)
    own = rng.normal(size=3000) * (0.8 if knows_leads else 0.0)
    chance = 1 / (1 + np.exp(-np.log(chance / (1 - chance)) - own))
    return (rng.random(3000) < chance).astype(np.float64), chance, day


def test_a_model_that_only_knows_the_calendar_is_found_out() -> None:
    target, chance, day = _by_month(0, knows_leads=False)
    dates = np.datetime64("2026-01-01") + day
    assert signal_in(target, chance).usable
    found = signal_in(target, chance, calendars={"closed on": dates})
    assert not found.usable
    assert found.calendar_only == "closed on"
    assert '"closed on"' in found.reason
    assert "--time" in found.reason


def test_a_season_that_comes_back_is_no_knowledge_of_leads() -> None:
    # Judged on later leads a season is found again: the order among all is good, among leads of the same days a coin's.
    target, chance, day = _by_month(0, knows_leads=False)
    order = np.argsort(day, kind="stable")
    frame = pl.DataFrame({"came on": day[order]})
    for how in ({"times": np.datetime64("2026-01-01") + day[order], "name": "came on"}, {}):
        calendars = calendars_in(frame, in_time=True, **how)  # type: ignore[arg-type]
        found = signal_in(target[order], chance[order], in_time=True, calendars=calendars)
        assert not found.usable
        assert found.calendar_only == how.get("name", "order of the rows")
        assert "--time" not in found.reason
    target, chance, day = _by_month(0, knows_leads=True)
    order = np.argsort(day, kind="stable")
    assert signal_in(
        target[order], chance[order], in_time=True, calendars=calendars_in(frame, in_time=True)
    ).usable


def test_calendar_and_leads_both_known_is_usable() -> None:
    target, chance, day = _by_month(0, knows_leads=True)
    assert signal_in(target, chance, calendars={"came on": day.astype(np.float64)}).usable


def test_dates_unknown_or_all_different_do_no_harm() -> None:
    target, chance, _ = _by_month(0, knows_leads=True)
    nowhere = np.full(3000, np.datetime64("NaT"), dtype="datetime64[D]")
    instants = np.datetime64("2026-01-01T00:00:00.000000") + np.arange(3000) * 1_000_000
    assert signal_in(target, chance, calendars={"a": nowhere, "b": instants}).usable


def test_one_outcome_constant_scores_and_perfect_order() -> None:
    assert "same outcome" in signal_in(np.zeros(20), np.full(20, 0.1)).reason
    assert not signal_in(np.tile([0.0, 1.0], 20), np.full(40, 0.5)).usable
    perfect = signal_in(np.tile([0.0, 1.0], 20), np.tile([0.1, 0.9], 20))
    assert perfect.usable
    assert perfect.auc.high == 1.0


def test_groups_that_hang_together_are_less_evidence() -> None:
    # Eight companies, each with one outcome and one score: 400 rows are eight observations.
    won = np.repeat([1.0, 0, 1, 0, 1, 1, 0, 0], 50)
    score = np.repeat([0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1], 50)
    assert signal_in(won, score).usable
    assert not signal_in(won, score, groups=np.repeat(np.arange(8), 50)).usable
