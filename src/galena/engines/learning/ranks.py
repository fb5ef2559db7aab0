"""The area under the ROC curve with its uncertainty, over all leads or within strata (DeLong's method, vectorised).

The area is the share of pairs (one won, one lost) in which the won lead has the higher score; equal scores count half.
Within strata only pairs of one and the same stratum are compared, so what differs between strata (another month,
another fold) cannot pass for knowledge about leads. Each row's influence on the area is kept: its squares add up to
the variance, summed by group first where rows of a group hang together.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Area:
    """An area under the ROC curve.

    Attributes:
        value: the area, 0-1; NaN where no pair can be compared.
        influence: what each row moves the area by, in row order; sums to 0.
        pairs: number (or weight) of pairs compared.
    """

    value: float
    influence: Floats
    pairs: float

    def variance(self, groups: NDArray[np.int64] | None = None) -> float:
        """Variance of the area; rows of one group (codes from 0) count as one observation."""
        return variance_of(self.influence, groups)


def area_of(
    target: Floats, score: Floats, *, strata: NDArray[np.int64] | None = None, weights: Floats | None = None
) -> Area:
    """The area under the ROC curve of `score` for `target` (0 or 1), within `strata` where given."""
    if not len(target):
        return Area(float("nan"), np.zeros(0), 0.0)
    stratum = np.zeros(len(target), np.int64) if strata is None else strata
    order = np.lexsort((score, stratum))
    weight = np.ones(len(target)) if weights is None else weights[order]
    won = target[order] > 0.5
    stratum, score = stratum[order], score[order]
    first_of_tie = _starts((np.diff(stratum) != 0) | (np.diff(score) != 0))
    first_of_stratum = _starts(np.diff(stratum) != 0)
    won_weight, lost_weight = weight * won, weight * ~won
    lost_below = _below(lost_weight, first_of_tie, first_of_stratum)
    won_below = _below(won_weight, first_of_tie, first_of_stratum)
    won_total = _spread(np.add.reduceat(won_weight, first_of_stratum), first_of_stratum, len(won))
    lost_total = _spread(np.add.reduceat(lost_weight, first_of_stratum), first_of_stratum, len(won))
    pairs = float((won_weight * lost_total).sum())
    if not pairs:
        return Area(float("nan"), np.zeros(len(target)), 0.0)
    value = float((won_weight * lost_below).sum() / pairs)
    # What a row's pairs give beyond the area; the factors are DeLong's, who divides by the count less one.
    of_won = won_weight * (lost_below - value * lost_total) * _less_one(won_weight)
    of_lost = lost_weight * (won_total - won_below - value * won_total) * _less_one(lost_weight)
    influence = np.empty(len(target))
    influence[order] = (of_won + of_lost) / pairs
    return Area(value, influence, pairs)


def null_variance(target: Floats, score: Floats, strata: NDArray[np.int64] | None = None) -> float:
    """Variance of the area when scores say nothing: Mann and Whitney's, with ties, over all strata. Unweighted."""
    stratum = np.zeros(len(target), np.int64) if strata is None else strata
    order = np.lexsort((score, stratum))
    stratum, score, won = stratum[order], score[order], target[order] > 0.5
    first_of_tie = _starts((np.diff(stratum) != 0) | (np.diff(score) != 0))
    first_of_stratum = _starts(np.diff(stratum) != 0)
    size = np.diff(np.append(first_of_stratum, len(won))).astype(np.float64)
    won_count = np.add.reduceat(won.astype(np.float64), first_of_stratum)
    tie_size = np.diff(np.append(first_of_tie, len(won))).astype(np.float64)
    stratum_of_tie = np.searchsorted(first_of_stratum, first_of_tie, side="right") - 1
    tied = np.bincount(stratum_of_tie, tie_size**3 - tie_size, minlength=len(size))
    pairs = won_count * (size - won_count)
    spread = pairs / 12 * (size + 1 - tied / np.maximum(size * (size - 1), 1))
    return float(spread.sum() / pairs.sum() ** 2) if pairs.sum() else float("nan")


def variance_of(influence: Floats, groups: NDArray[np.int64] | None = None) -> float:
    """Sum of squared influences; those of one group (codes from 0) are added up first."""
    total = influence if groups is None else np.bincount(groups, influence)
    return float((total**2).sum())


def codes_of(values: NDArray[Any] | None) -> NDArray[np.int64] | None:
    """Whole numbers from 0, equal for equal values; None for None."""
    if values is None:
        return None
    seen: dict[object, int] = {}
    return np.fromiter(
        (seen.setdefault(value, len(seen)) for value in values.tolist()), np.int64, len(values)
    )


def _starts(changes: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.flatnonzero(changes) + 1])


def _spread(values: Floats, starts: NDArray[np.int64], count: int) -> Floats:
    return np.repeat(values, np.diff(np.append(starts, count)))


def _below(weight: Floats, first_of_tie: NDArray[np.int64], first_of_stratum: NDArray[np.int64]) -> Floats:
    """For each row the weight with a lower score in its stratum plus half of that with the same score."""
    up_to = np.concatenate([[0.0], np.cumsum(weight)])
    ends = np.append(first_of_tie[1:], len(weight))
    middle = (up_to[first_of_tie] + up_to[ends]) / 2
    return _spread(middle, first_of_tie, len(weight)) - _spread(
        up_to[first_of_stratum], first_of_stratum, len(weight)
    )


def _less_one(weight: Floats) -> float:
    count = np.count_nonzero(weight)
    return float(np.sqrt(count / (count - 1))) if count > 1 else 1.0
