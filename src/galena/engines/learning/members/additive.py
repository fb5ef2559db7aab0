"""An additive member: one curve per input, fitted together by logistic regression with a ridge penalty.

Simple, quick, hard to fool: where rows are few or effects simply add up, it is the best of the members.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from galena.engines.learning.members.pieces import Pieces, pieces_of
from galena.engines.learning.members.recipe import Floats, Lesson, Matrix, inputs_for, prior_log_odds
from galena.kit.tabular.additive import Additive as Curves
from galena.kit.tabular.encoding import Encoding

PENALTIES: Final = (3000.0, 1000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0)
COLUMNS_WANTED: Final = 320
ROUNDS_MOST: Final = 30
SETTLED: Final = 1e-3
LEAST_STEP: Final = 1e-4
ROUNDING: Final = 1e-14
"""Ends of neighbouring pieces that differ by less, as a share of the greatest, are one point."""


@dataclass(frozen=True)
class Additive:
    """Curves of straight pieces with a ridge penalty; each effort is a penalty, strongest first."""

    pieces: int = 5
    rows_most: int = 30_000
    name: str = "additive"
    kind: Literal["additive"] = "additive"

    def inputs(self, encoding: Encoding) -> NDArray[np.int32]:
        """Those for additive members."""
        return inputs_for(encoding, "additive")

    def efforts(self, rows: int) -> tuple[float, ...]:  # noqa: ARG002
        """Penalties, as the number of imagined rows that hold each column's effect at nothing."""
        return tuple(-penalty for penalty in PENALTIES)

    def grown_for(self, effort: float, share: float) -> float:  # noqa: ARG002
        """The same: the penalty counts rows, and so fades as rows grow."""
        return effort

    def grow(self, lesson: Lesson, efforts: Sequence[float]) -> "GrownAdditive":
        """Learn for each penalty, from the strongest on."""
        lesson = _thinned(lesson, self.rows_most)
        count = int(max(0, min(self.pieces, COLUMNS_WANTED // lesson.x.shape[1], len(lesson.y) // 25)))
        made = pieces_of(lesson.x, count, monotone=lesson.monotone)
        columns = made.apply(lesson.x)
        mean, deviation = columns.mean(axis=0, dtype=np.float64), columns.std(axis=0, dtype=np.float64)
        kept = deviation > 1e-5
        scale = np.where(kept, 1 / np.where(kept, deviation, 1), 0.0)
        scaled = ((columns - mean) * scale).astype(np.float32)
        signs = lesson.monotone[made.origin] * ~((made.low == 0) & (made.high == 0))
        penalties = [-effort for effort in efforts]
        found = [
            (bias - float((mean * scale) @ slopes), slopes * scale)
            for bias, slopes in ridge_path(scaled, lesson.y, lesson.weight, penalties, signs)
        ]
        return GrownAdditive(made, tuple(found), lesson.x)


def _thinned(lesson: Lesson, most: int) -> Lesson:
    """The lesson on `most` rows at most, drawn by its seed."""
    if len(lesson.y) <= most:
        return lesson
    rows = np.sort(np.random.default_rng(lesson.seed).permutation(len(lesson.y))[:most])
    weight = None if lesson.weight is None else lesson.weight[rows]
    return Lesson(lesson.x[rows], lesson.y[rows], weight, lesson.monotone, lesson.seed)


def ridge_path(
    x: Matrix, y: Floats, weight: Floats | None, penalties: Sequence[float], signs: NDArray[np.int8]
) -> list[tuple[float, Floats]]:
    """Ridge logistic regressions (bias, slopes) of standardised columns; slopes against their sign are left at 0."""
    bias, slopes = prior_log_odds(y, weight), np.zeros(x.shape[1])
    found = []
    for penalty in penalties:
        bias, slopes = _fitted(x, y, weight, penalty, bias, slopes)
        wrong = slopes * signs < 0
        while wrong.any():
            held = np.where(wrong, np.float32(0), np.float32(1))
            bias, slopes = _fitted(x * held, y, weight, penalty, bias, slopes * held)
            slopes = slopes * held
            again = wrong | (slopes * signs < 0)
            if (again == wrong).all():
                break
            wrong = again
        found.append((bias, slopes))
    return found


def _fitted(
    x: Matrix, y: Floats, weight: Floats | None, penalty: float, bias: float, slopes: Floats
) -> tuple[float, Floats]:
    """Newton's steps, each the ridge regression of the working response; by rows or by columns, whichever are fewer."""
    rows, columns = x.shape
    gram = x @ x.T if columns > rows else None
    w = np.ones(rows) if weight is None else weight

    def loss(at: Floats, of: Floats) -> float:
        return float(w @ (np.logaddexp(0.0, at) - y * at) + penalty * (of @ of) / 2)

    z = bias + x @ slopes
    now = loss(z, slopes)
    for _ in range(ROUNDS_MOST):
        p = 1 / (1 + np.exp(-np.clip(z, -30, 30)))
        curvature = np.maximum(p * (1 - p), 1e-5) * w
        response = z + (y - p) * w / curvature
        if gram is None:
            to_bias, to_slopes = _by_columns(x, curvature, response, penalty)
        else:
            to_bias, to_slopes = _by_rows(x, gram, curvature, response, penalty)
        # Where few outcomes are positive a whole step can overshoot for ever: halve it until it helps.
        to_z, step = to_bias + x @ to_slopes, 1.0
        while step > LEAST_STEP:
            at, of = z + step * (to_z - z), slopes + step * (to_slopes - slopes)
            if loss(at, of) <= now:
                break
            step /= 2
        else:
            break
        before, z, slopes = z, at, of
        bias, now = bias + step * (to_bias - bias), loss(z, slopes)
        if np.abs(z - before).max() < SETTLED:
            break
    return bias, slopes


def _by_columns(x: Matrix, curvature: Floats, response: Floats, penalty: float) -> tuple[float, Floats]:
    total = curvature.sum()
    weighed = x * curvature[:, None].astype(np.float32)
    means = weighed.sum(axis=0, dtype=np.float64) / total
    middle = float(curvature @ response / total)
    normal = (x.T @ weighed).astype(np.float64) - total * np.outer(means, means)
    normal[np.diag_indices_from(normal)] += penalty
    slopes = np.linalg.solve(normal, weighed.T.astype(np.float64) @ (response - middle))
    return middle - float(means @ slopes), slopes


def _by_rows(
    x: Matrix, gram: Matrix, curvature: Floats, response: Floats, penalty: float
) -> tuple[float, Floats]:
    system = gram.astype(np.float64)
    system[np.diag_indices_from(system)] += penalty / curvature
    one = np.ones(len(x))
    solved = np.linalg.solve(system, np.column_stack([response, one]))
    bias = float(solved[:, 0].sum() / solved[:, 1].sum())
    return bias, x.T.astype(np.float64) @ (solved[:, 0] - bias * solved[:, 1])


@dataclass(frozen=True, eq=False)
class GrownAdditive:
    """Pieces and, per penalty, a bias and a slope per column."""

    pieces: Pieces
    fits: tuple[tuple[float, Floats], ...]
    rows: Matrix

    def path(self, x: Matrix) -> Floats:
        """Log-odds for each penalty."""
        columns = self.pieces.apply(x).astype(np.float64)
        return np.array([bias + columns @ slopes for bias, slopes in self.fits])

    def model(self) -> Curves:
        """The curves of the last penalty."""
        bias, slopes = self.fits[-1]
        made = self.pieces
        curves, missing = [], np.zeros(self.rows.shape[1])
        for at in range(self.rows.shape[1]):
            mine = np.flatnonzero(made.origin == at)
            curves.append(_curve(made, mine, slopes[mine]))
            missing[at] = float(made.missing[mine] @ slopes[mine])
        return Curves.of_curves(curves, missing, bias, self.rows)


def _curve(made: Pieces, mine: NDArray[np.int64], slopes: Floats) -> tuple[Floats, Floats]:
    """The sum of one input's columns as points of a curve: they bend only where a column begins or ends."""
    bends = mine[made.scale[mine] > 0]
    if not len(bends):
        return np.zeros(0), np.zeros(0)
    ends = [made.shift[bends] + made.low[bends] / made.scale[bends]]
    ends.append(made.shift[bends] + made.high[bends] / made.scale[bends])
    knots = np.unique(np.concatenate(ends))
    knots = knots[np.append(True, np.diff(knots) > ROUNDING * np.abs(knots).max())]
    inside = (knots[:, None] - made.shift[mine]) * made.scale[mine]
    return knots, np.clip(inside, made.low[mine], made.high[mine]) @ slopes
