"""From members' raw predictions to one blend: how much each trains, its own calibration, and its share.

Everything is decided on predictions for rows the members had not seen. Per member: the effort (rounds, epochs,
penalty) that predicted best; a straight line from its raw predictions to log-odds (Platt). Over members: shares that
make the blended log-odds predict best, drawn towards equal shares by as many imagined rows as it takes for chance not
to matter, and never below a floor, so that every kind of member stays at work.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FLOOR: Final = 0.05
"""No member's share is below this."""
EQUAL_ROWS: Final = 100.0
"""How strongly shares are drawn to equal ones: as by this many rows (see `shares_of`)."""
STEPS: Final = 400
LEAST_SLOPE: Final = 1e-3


@dataclass(frozen=True, eq=False)
class Blend:
    """What was decided.

    Attributes:
        efforts: per member the place of its chosen effort in its path.
        slopes, intercepts: per member, log-odds = intercept + slope * raw.
        weights: per member its share; they sum to 1.
    """

    efforts: tuple[int, ...]
    slopes: Floats
    intercepts: Floats
    weights: Floats

    def member_z(self, paths: Sequence[Floats]) -> Floats:
        """Log-odds of every member [rows, members] from its path [efforts, rows]."""
        return np.column_stack(
            [
                intercept + slope * path[effort]
                for path, effort, slope, intercept in zip(
                    paths, self.efforts, self.slopes, self.intercepts, strict=True
                )
            ]
        )

    def z(self, paths: Sequence[Floats]) -> Floats:
        """The blend's log-odds [rows]."""
        return self.member_z(paths) @ self.weights


def fit_blend(
    paths: Sequence[Floats], y: Floats, weight: Floats | None = None, floor: float = FLOOR
) -> Blend:
    """Decide efforts, lines and shares on out-of-fold paths, one per member: [efforts, rows]."""
    efforts, slopes, intercepts = [], [], []
    for path in paths:
        effort = best_effort(path, y, weight)
        slope, intercept = line_of(path[effort], y, weight)
        efforts.append(effort)
        slopes.append(slope)
        intercepts.append(intercept)
    lines = Blend(tuple(efforts), np.array(slopes), np.array(intercepts), np.ones(len(paths)) / len(paths))
    shares = shares_of(lines.member_z(paths), y, weight, floor=floor)
    return Blend(lines.efforts, lines.slopes, lines.intercepts, shares)


def blend_without_evidence(paths: Sequence[Floats]) -> Blend:
    """Middle efforts, raw log-odds, equal shares: what is used before there is anything to decide on."""
    count = len(paths)
    return Blend(
        tuple(len(path) // 2 for path in paths), np.ones(count), np.zeros(count), np.full(count, 1 / count)
    )


def best_effort(path: Floats, y: Floats, weight: Floats | None = None) -> int:
    """The place in the path with the least log-loss; paths of one effort have no choice."""
    if len(path) == 1:
        return 0
    return int(np.argmin([mean_loss(z, y, weight) for z in path]))


def mean_loss(z: Floats, y: Floats, weight: Floats | None = None) -> float:
    """Mean log-loss of log-odds z."""
    return float(np.average(np.logaddexp(0.0, z) - y * z, weights=weight))


def line_of(raw: Floats, y: Floats, weight: Floats | None = None) -> tuple[float, float]:
    """(slope, intercept) of the log-odds line through `raw`, by logistic regression with targets drawn a little to
    the middle as Platt proposed; a slope is never negative."""
    w = np.ones(len(y)) if weight is None else weight
    rows, positives = float(w.sum()), float(w @ y)
    middle = float(w @ raw) / rows
    spread = float(np.sqrt(w @ (raw - middle) ** 2 / rows))
    rate = (positives + 1.0) / (rows + 2.0)
    plain = float(np.log(rate / (1 - rate)))
    if spread < 1e-9 or not 0 < y.sum() < len(y):
        return LEAST_SLOPE, plain - LEAST_SLOPE * middle
    x = (raw - middle) / spread
    high, low = (positives + 1) / (positives + 2), 1 / (rows - positives + 2)
    target = np.where(y > 0.5, high, low)
    line = np.array([plain, 0.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(line[0] + line[1] * x, -30, 30)))
        curvature = np.maximum(p * (1 - p), 1e-9) * w
        gradient = np.array([((p - target) * w).sum(), ((p - target) * w * x).sum()])
        off = (curvature * x).sum()
        system = np.array([[curvature.sum(), off], [off, (curvature * x * x).sum()]]) + 1e-6 * np.eye(2)
        move = np.linalg.solve(system, gradient)
        # Far from the solution a whole step overshoots where the curvature is small: halve it until it helps.
        before = mean_loss(line[0] + line[1] * x, target, w)
        while mean_loss(line[0] - move[0] + (line[1] - move[1]) * x, target, w) > before:
            move /= 2
            if np.abs(move).max() < 1e-12:
                break
        line = line - move
        if np.abs(move).max() < 1e-9:
            break
    bias, slope = float(line[0]), float(line[1])
    if slope / spread < LEAST_SLOPE:
        return LEAST_SLOPE, plain - LEAST_SLOPE * middle
    slope /= spread
    return slope, bias - slope * middle


def shares_of(
    member_z: Floats,
    y: Floats,
    weight: Floats | None = None,
    *,
    floor: float = FLOOR,
    pull: float = EQUAL_ROWS,
) -> Floats:
    """Shares of members [rows, members] that sum to 1, each at least `floor`.

    Minimises the blend's log-loss over the rows plus `pull` times half the squared distance from equal shares times
    the members' disagreement (the mean squared spread of their log-odds): little evidence leaves shares equal. A
    row counts as evidence by its weight.
    """
    count = member_z.shape[1]
    equal = np.full(count, 1 / count)
    if count == 1:
        return equal
    floor = min(floor, 1 / count)
    w = np.ones(len(y)) if weight is None else weight
    spread = float(np.average(member_z.var(axis=1), weights=w)) + 1e-12
    strength = pull * spread * 0.25 * count
    shares: Floats = equal.copy()
    z = member_z @ shares
    scale = (
        0.25 * float((w[:, None] * (member_z - member_z.mean(axis=1, keepdims=True)) ** 2).sum()) + strength
    )
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(z, -30, 30)))
        gradient = member_z.T @ (w * (p - y)) + strength * (shares - equal)
        moved = onto_simplex(shares - gradient / scale, floor)
        if np.abs(moved - shares).max() < 1e-7:
            break
        shares = moved
        z = member_z @ shares
    found: Floats = shares / shares.sum()
    return found


def onto_simplex(values: Floats, floor: float) -> Floats:
    """The nearest point whose entries are at least `floor` and sum to 1."""
    free = 1.0 - floor * len(values)
    over = values - floor
    ordered = np.sort(over)[::-1]
    excess = (np.cumsum(ordered) - free) / np.arange(1, len(values) + 1)
    last = int(np.flatnonzero(ordered - excess > 0)[-1]) if free > 0 else 0
    found: Floats = np.maximum(over - excess[last], 0.0) + floor
    return found
