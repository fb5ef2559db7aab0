"""Shrunken log-odds of groups of rows, out of fold: what a category or a word says about an outcome.

A group's log-odds are drawn towards the average of all rows by `strength` imagined average rows, so that one lucky
row does not count as a certainty. In training, a row's value is computed without the rows of its own fold.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

STRENGTHS: Final = (2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0)
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def folds_of(target: Floats, count: int, seed: int, groups: NDArray[np.int64] | None = None) -> Ints:
    """A fold number per row: every fold has its share of both outcomes; rows of one group share a fold."""
    rng = np.random.default_rng(seed)
    if groups is not None:
        _, group = np.unique(groups, return_inverse=True)
        shuffled = rng.permutation(int(group.max(initial=-1)) + 1) % count
        return shuffled[group].astype(np.int64)
    folds = np.empty(len(target), dtype=np.int64)
    for outcome in np.unique(target):
        rows = rng.permutation(np.flatnonzero(target == outcome))
        folds[rows] = np.arange(len(rows)) % count
    return folds


def base_rate(target: Floats) -> float:
    """The share of positives, kept off 0 and 1."""
    return float((target.sum() + 0.5) / (len(target) + 1.0))


def log_odds(positives: Floats, rows: Floats, rate: float, strength: float) -> Floats:
    """Log-odds above the average per group, shrunken by `strength` average rows; 0 for an empty group."""
    odds = (positives + strength * rate) / (rows - positives + strength * (1.0 - rate))
    result: Floats = np.log(odds) - np.log(rate / (1.0 - rate))
    return result


def counts_by_fold(
    codes: Ints, folds: Ints, target: Floats, groups: int, count: int
) -> tuple[Floats, Floats]:
    """Positives and rows per fold and group, [folds, groups]; codes below 0 are left out."""
    inside = codes >= 0
    cells = folds[inside] * groups + codes[inside]
    positives = np.bincount(cells, weights=target[inside], minlength=groups * count).astype(np.float64)
    rows = np.bincount(cells, minlength=groups * count).astype(np.float64)
    return positives.reshape(count, groups), rows.reshape(count, groups)


def best_strength(
    codes: Ints, folds: Ints, target: Floats, positives: Floats, rows: Floats, rate: float
) -> float:
    """The strength whose out-of-fold log-odds alone predict best (least log-loss)."""
    inside = codes >= 0
    if not inside.any():
        return STRENGTHS[3]
    fold, code, outcome = folds[inside], codes[inside], target[inside]
    prior = np.log(rate / (1.0 - rate))
    losses = []
    for strength in STRENGTHS:
        z = log_odds(positives.sum(0) - positives, rows.sum(0) - rows, rate, strength)[fold, code] + prior
        losses.append(float(np.mean(np.logaddexp(0.0, z) - outcome * z)))
    return STRENGTHS[int(np.argmin(losses))]


def millionths(values: Floats) -> Ints:
    """Numbers as whole millionths, as an encoding stores them."""
    return np.rint(values * 1e6).astype(np.int64)
