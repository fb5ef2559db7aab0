"""The rate of wins to expect of the leads that come next, from past leads in order of time.

The rate of all past leads is the best guess where the rate stands still, and lags behind where it moves. Here it is
seen as a level that may wander from one stretch of time to the next (the local level model: Harvey 1989, "Forecasting,
structural time series models and the Kalman filter"). How far it wanders is what makes the outcomes likeliest, and
only believed where it surely beats standing still; the level reached at the end is then met halfway, since a season
turns again and a trend does not tell how long it lasts.

Measured on 300 simulated markets other than those it was made with, as log-loss in thousandths over what came next,
against the rate of all past leads: +0.02 (standard error 0.02) where the rate stands still, -14 under trends, -20 after
jumps, -5 where it wanders, +2 under seasons.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from galena.engines.learning.ranks import Floats

STRETCHES: Final = 24
FEWEST_PER_STRETCH: Final = 8
"""Outcomes of the rarer kind a stretch of time holds, about; with fewer than four stretches nothing can be said."""
FEWEST_STRETCHES: Final = 4
WANDERINGS: Final = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
"""Variances of the step from one stretch to the next, in log-odds, that are tried beside 0."""
SURELY: Final = 2.71
"""Twice the gain in log-likelihood from which wandering is believed (5 %, one-sided)."""
HALFWAY: Final = 0.5


def coming_rate(target: Floats, times: NDArray[np.generic] | None = None) -> float:
    """The rate to expect next.

    Args:
        target: 1 or 0 per past lead.
        times: when each came (numbers or datetime64; unknown ones are left out); None: the rows are in order of time.
    """
    overall = float(target.mean())
    ordered = target if times is None else _in_order(target, times)
    rarer = min(float(ordered.sum()), len(ordered) - float(ordered.sum()))
    count = min(STRETCHES, int(rarer // FEWEST_PER_STRETCH))
    if count < FEWEST_STRETCHES:
        return overall
    ends = np.linspace(0, len(ordered), count + 1).astype(int)
    leads = np.diff(ends).astype(np.float64)
    won = np.add.reduceat(ordered, ends[:-1])
    middle = float(np.log(overall / (1 - overall)))
    still, level = _followed(won, leads, middle, 0.0)
    best = still
    for wandering in WANDERINGS:
        likelihood, reached = _followed(won, leads, middle, wandering)
        if likelihood > best and 2 * (likelihood - still) > SURELY:
            best, level = likelihood, reached
    if best == still:
        return overall
    return float(1 / (1 + np.exp(-(middle + HALFWAY * level))))


def _in_order(target: Floats, times: NDArray[np.generic]) -> Floats:
    known = ~np.isnat(times) if times.dtype.kind == "M" else np.isfinite(times.astype(np.float64))
    return target[known][np.argsort(times[known], kind="stable")]


def _followed(won: Floats, leads: Floats, middle: float, wandering: float) -> tuple[float, float]:
    """(log-likelihood, last level less `middle`) of a level followed through the stretches, by Laplace's method."""
    level, variance, likelihood = 0.0, 1.0, 0.0
    for wins, count in zip(won.tolist(), leads.tolist(), strict=True):
        variance += wandering
        found = level
        for _ in range(12):
            p = 1 / (1 + np.exp(-(middle + found)))
            slope = wins - count * p - (found - level) / variance
            found += float(np.clip(slope / (count * p * (1 - p) + 1 / variance), -1, 1))
        p = 1 / (1 + np.exp(-(middle + found)))
        precision = count * p * (1 - p) + 1 / variance
        said = wins * (middle + found) - count * np.logaddexp(0, middle + found)
        likelihood += float(said - (found - level) ** 2 / (2 * variance) - 0.5 * np.log(variance * precision))
        level, variance = found, 1 / precision
    return likelihood, level
