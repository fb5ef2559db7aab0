"""From the blend's log-odds to a calibrated probability with an interval.

The curve maps log-odds z to log-odds; it rises everywhere and has a slope everywhere, so that explanations can pass
through it. Kinds, from the simplest:

- identity: z itself;
- platt: a straight line (Platt 1999, "Probabilistic outputs for support vector machines");
- beta: one slope for the low and one for the high end (Kull, Silva Filho, Flach 2017, "Beta calibration"), that is
  a ln(s) - b ln(1 - s) + c with s = 1 / (1 + exp(-z));
- spline: a monotone cubic through knots (Fritsch and Carlson 1980), straight beyond the ends.

A probability is never 0 or 1: log-odds end at +-15 (about 3 in ten million).

The interval is for the lead's true rate. Two things widen it: how uncertain the curve is (low and high offsets from a
bootstrap, on a grid of z) and how much the members disagree about this lead; in log-odds their squares add up.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from math import exp, log1p, sqrt
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from galena.kit.errors import InputError

CalibratorKind = Literal["identity", "platt", "beta", "spline"]
Floats = NDArray[np.float64]

END = 15.0
"""Calibrated log-odds stay within +-END."""
NORMAL_90 = 1.6448536269514722
"""Nine in ten values of a normal distribution lie within this many standard deviations."""
NEAR = 1e-7
"""Log-odds closer than this use the slope instead of the quotient of differences."""


class CalibrationError(InputError):
    """The calibrator's numbers do not describe a rising curve, or there is nothing to fit one to."""


@dataclass(frozen=True, eq=False)
class Calibrator:
    """A rising curve from log-odds to log-odds, and what its interval is made of.

    Attributes:
        kind: which curve.
        numbers: platt: (slope, intercept); beta: (a, b, c); otherwise empty.
        knots, levels, slopes: the spline's points and its slope at each; otherwise empty.
        grid: rising log-odds z at which the offsets are given.
        offset_low, offset_high: how far the curve may lie below (<= 0) and above (>= 0), in calibrated log-odds.
        spread: how many standard deviations of the lead's error one unit of disagreement stands for.
        usual_disagreement: the disagreement of the typical lead, in log-odds, and what the members miss together.
        own_share: 0-1, how far the lead's own disagreement counts against the usual one.
    """

    kind: CalibratorKind
    numbers: tuple[float, ...]
    knots: Floats
    levels: Floats
    slopes: Floats
    grid: Floats
    offset_low: Floats
    offset_high: Floats
    spread: float = 1.0
    usual_disagreement: float = 0.0
    own_share: float = 1.0

    @classmethod
    def identity(cls) -> "Calibrator":
        """The curve that changes nothing, as certain as can be."""
        none, one = np.zeros(0), np.zeros(1)
        return cls("identity", (), none, none, none, one, one, one)

    def check(self) -> None:
        """Raises CalibrationError unless the curve rises, is finite, and lies within its interval."""
        arrays = (self.knots, self.levels, self.slopes, self.grid, self.offset_low, self.offset_high)
        plain = (*self.numbers, self.spread, self.usual_disagreement, self.own_share)
        if not all(np.isfinite(array).all() for array in arrays) or not np.isfinite(plain).all():
            raise CalibrationError("The calibrator holds a value that is not a number.")
        counts = {"identity": 0, "platt": 2, "beta": 3, "spline": 0}
        if self.kind not in counts or len(self.numbers) != counts[self.kind]:
            raise CalibrationError("The calibrator's numbers do not fit its kind.", facts={"kind": self.kind})
        rising = {"platt": 1, "beta": 2}.get(self.kind, 0)
        if min(self.numbers[:rising], default=1.0) <= 0:
            raise CalibrationError("The calibrator's curve does not rise.", facts={"numbers": self.numbers})
        if not len(self.knots) == len(self.levels) == len(self.slopes):
            raise CalibrationError("The calibrator's spline has arrays of different lengths.")
        if self.kind == "spline" and (
            len(self.knots) < 2
            or (np.diff(self.knots) <= 0).any()
            or (np.diff(self.levels) <= 0).any()
            or (self.slopes <= 0).any()
            or (self.slopes[1:] * np.diff(self.knots) > 3.001 * np.diff(self.levels)).any()
            or (self.slopes[:-1] * np.diff(self.knots) > 3.001 * np.diff(self.levels)).any()
        ):
            raise CalibrationError("The calibrator's spline does not rise.")
        if not len(self.grid) == len(self.offset_low) == len(self.offset_high) or not len(self.grid):
            raise CalibrationError("The calibrator's interval has arrays of different lengths.")
        if (np.diff(self.grid) <= 0).any() or (self.offset_low > 0).any() or (self.offset_high < 0).any():
            raise CalibrationError("The calibrator's interval does not hold its curve.")
        if self.spread < 0 or self.usual_disagreement < 0 or not 0 <= self.own_share <= 1:
            raise CalibrationError("The calibrator's interval has a negative width.")

    def log_odds(self, z: Floats) -> Floats:
        """Calibrated log-odds."""
        z = np.asarray(z, dtype=np.float64)
        if self.kind == "identity":
            found = z
        elif self.kind == "platt":
            found = self.numbers[0] * z + self.numbers[1]
        elif self.kind == "beta":
            low, high, shift = self.numbers
            found = shift - low * np.logaddexp(0, -z) + high * np.logaddexp(0, z)
        else:
            found = self._spline(z)[0]
        return np.clip(found, -END, END)

    def log_odds_slope(self, z: Floats) -> Floats:
        """The slope of the calibrated log-odds; 0 beyond the ends."""
        z = np.asarray(z, dtype=np.float64)
        if self.kind == "identity":
            found = np.ones_like(z)
        elif self.kind == "platt":
            found = np.full_like(z, self.numbers[0])
        elif self.kind == "beta":
            high = _sigmoid(z)
            found = self.numbers[0] * (1 - high) + self.numbers[1] * high
        else:
            found = self._spline(z)[1]
        return np.where(np.abs(self.log_odds(z)) < END, found, 0.0)

    def probability(self, z: Floats) -> Floats:
        """Calibrated probabilities, never 0 or 1."""
        return _sigmoid(self.log_odds(z))

    def secant(self, z: Floats, start: float) -> Floats:
        """What one unit of log-odds is worth in probability between `start` and z: (p(z) - p(start)) / (z - start).

        Where they meet, the curve's slope there. Contributions that sum to z - start, times this, sum to
        p(z) - p(start).
        """
        z = np.asarray(z, dtype=np.float64)
        near = np.abs(z - start) < NEAR
        apart = np.where(near, 1.0, z - start)
        quotient = (self.probability(z) - self.probability(np.asarray(start))) / apart
        p = self.probability(z)
        return np.where(near, self.log_odds_slope(z) * p * (1 - p), quotient)

    def interval(self, z: Floats, disagreement: Floats) -> tuple[Floats, Floats]:
        """Where the lead's true rate lies in nine of ten cases: (low, high), with low <= probability <= high.

        `disagreement` is the members' root mean squared distance from z, in log-odds.
        """
        z = np.asarray(z, dtype=np.float64)
        own = self.spread * self.log_odds_slope(z) * self._disagreement(np.asarray(disagreement))
        middle = self.log_odds(z)
        down = np.hypot(np.interp(z, self.grid, self.offset_low), NORMAL_90 * own)
        up = np.hypot(np.interp(z, self.grid, self.offset_high), NORMAL_90 * own)
        return _sigmoid(np.maximum(middle - down, -END)), _sigmoid(np.minimum(middle + up, END))

    def _disagreement(self, own: Floats) -> Floats:
        usual = self.usual_disagreement**2
        mixed: Floats = np.sqrt(self.own_share * own**2 + (1 - self.own_share) * usual)
        return mixed

    def _spline(self, z: Floats) -> tuple[Floats, Floats]:
        """The monotone cubic and its slope; beyond the ends, straight on with the slope there."""
        knots, levels, slopes = self.knots, self.levels, self.slopes
        at = np.clip(np.searchsorted(knots, z, side="right") - 1, 0, len(knots) - 2)
        inside = np.clip(z, knots[0], knots[-1])
        value, slope = _hermite(
            inside, knots[at], knots[at + 1], levels[at], levels[at + 1], slopes[at], slopes[at + 1]
        )
        outside = z - inside
        slope = np.where(outside < 0, slopes[0], np.where(outside > 0, slopes[-1], slope))
        return value + outside * slope, slope

    @cached_property
    def _lists(self) -> tuple[list[float], ...]:
        arrays = (self.knots, self.levels, self.slopes, self.grid, self.offset_low, self.offset_high)
        return tuple(array.tolist() for array in arrays)

    def one(self, z: float, disagreement: float) -> tuple[float, float, float]:
        """(probability, low, high) of one lead, in plain Python; equal to the arrays' up to rounding."""
        middle, slope = self._one_log_odds(z)
        mixed = (
            self.own_share * disagreement * disagreement + (1 - self.own_share) * self.usual_disagreement**2
        )
        own = NORMAL_90 * self.spread * slope * sqrt(mixed)
        low, high = self.offsets_one(z)
        down, up = sqrt(low * low + own * own), sqrt(high * high + own * own)
        return sigmoid_one(middle), sigmoid_one(max(middle - down, -END)), sigmoid_one(min(middle + up, END))

    def offsets_one(self, z: float) -> tuple[float, float]:
        """How far the curve may lie below (<= 0) and above (>= 0) at z, in calibrated log-odds."""
        _, _, _, grid, lows, highs = self._lists
        return _read(z, grid, lows), _read(z, grid, highs)

    def _one_log_odds(self, z: float) -> tuple[float, float]:
        """Calibrated log-odds and their slope."""
        if self.kind == "identity":
            found, slope = z, 1.0
        elif self.kind == "platt":
            found, slope = self.numbers[0] * z + self.numbers[1], self.numbers[0]
        elif self.kind == "beta":
            low, high, shift = self.numbers
            found = shift - low * _softplus(-z) + high * _softplus(z)
            share = sigmoid_one(z)
            slope = low * (1 - share) + high * share
        else:
            knots, levels, slopes = self._lists[:3]
            at = min(max(bisect_right(knots, z) - 1, 0), len(knots) - 2)
            inside = min(max(z, knots[0]), knots[-1])
            found, slope = _hermite(
                inside, knots[at], knots[at + 1], levels[at], levels[at + 1], slopes[at], slopes[at + 1]
            )
            if z != inside:
                slope = slopes[0] if z < inside else slopes[-1]
                found += (z - inside) * slope
        return (found, slope) if -END < found < END else (min(max(found, -END), END), 0.0)


def _hermite(x: Any, x0: Any, x1: Any, y0: Any, y1: Any, d0: Any, d1: Any) -> tuple[Any, Any]:
    """The cubic from (x0, y0) with slope d0 to (x1, y1) with slope d1, and its slope; of floats or of arrays."""
    width = x1 - x0
    t = (x - x0) / width
    value = y0 + (y1 - y0) * t * t * (3 - 2 * t) + width * t * (1 - t) * (d0 * (1 - t) - d1 * t)
    slope = 6 * (y1 - y0) / width * t * (1 - t) + d0 * (1 - t) * (1 - 3 * t) + d1 * t * (3 * t - 2)
    return value, slope


def _read(z: float, grid: list[float], levels: list[float]) -> float:
    if z <= grid[0]:
        return levels[0]
    if z >= grid[-1]:
        return levels[-1]
    at = bisect_right(grid, z) - 1
    return levels[at] + (z - grid[at]) / (grid[at + 1] - grid[at]) * (levels[at + 1] - levels[at])


def _sigmoid(x: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-x))
    return found


def sigmoid_one(x: float) -> float:
    """1 / (1 + exp(-x)) of one number, without overflow."""
    return 1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))


def _softplus(x: float) -> float:
    return x + log1p(exp(-x)) if x > 0 else log1p(exp(x))


def fit_calibrator(
    z: Floats,
    y: Floats,
    weights: Floats | None = None,
    seed: int = 0,
    *,
    member_z: Floats | None = None,
) -> Calibrator:
    """The simplest curve that fits log-odds `z` to outcomes `y` (0/1) as well as any, with its interval.

    See `galena.kit.tabular.fit_calibration`. Hand in predictions made out of fold. `member_z` [rows, members],
    whose blend z is, lets the members' disagreement widen the interval.

    Raises:
        CalibrationError: lengths differ, values are missing, or there are no rows.
    """
    from galena.kit.tabular.fit_calibration import fit

    return fit(z, y, weights, seed, member_z)
