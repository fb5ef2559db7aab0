"""Curves and tables of a model's quality, short enough to draw and to read: at most 200 points each."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from galena.engines.learning.metrics import Number
from galena.engines.learning.ranks import Floats

POINTS = 200
CALIBRATION_BINS_SHOWN = 10
SCORE_BINS = 20
GAIN_SHARES = (0.01, 0.02, 0.05, *(share / 10 for share in range(1, 11)))


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Point(_Frozen):
    """A point of a curve."""

    x: float
    y: float


class GainRow(_Frozen):
    """What the best-scored leads hold.

    Attributes:
        share: share of all leads, best first.
        leads: how many that is.
        threshold: the lowest probability among them.
        found: share of all positive leads among them (the gain).
        rate: share of them that is positive.
        lift: that rate over the rate of all leads.
    """

    share: float
    leads: int
    threshold: float
    found: Number
    rate: float
    lift: Number


class CalibrationBin(_Frozen):
    """Leads with about the same probability: what was said and what came; the interval is Wilson's, 95 %."""

    leads: int
    said: float
    came: float
    low: float
    high: float


class ScoreBin(_Frozen):
    """Share of the positive and of the other leads whose score (0-100) lies in `from_score` to `to_score`."""

    from_score: float
    to_score: float
    positive_share: float
    other_share: float
    leads: int


def roc_points(target: Floats, probability: Floats) -> tuple[Point, ...]:
    """Share of the other leads flagged (x) against share of the positive ones flagged (y), all thresholds."""
    flagged, hits = _cumulated(target, probability)
    won = hits[-1]
    lost = flagged[-1] - won
    if not won or not lost:
        return ()
    return _points((flagged - hits) / lost, hits / won)


def precision_recall_points(target: Floats, probability: Floats) -> tuple[Point, ...]:
    """Recall (x) against precision (y), all thresholds."""
    flagged, hits = _cumulated(target, probability)
    if not hits[-1]:
        return ()
    return _points(hits[1:] / hits[-1], hits[1:] / flagged[1:])


def gains_of(
    target: Floats, probability: Floats, shares: Sequence[float] = GAIN_SHARES
) -> tuple[GainRow, ...]:
    """Lift and gains at the given shares; leads of equal probability share the border."""
    flagged, hits = _cumulated(target, probability)
    ranked = np.sort(probability)[::-1]
    count, won = len(target), float(hits[-1])
    rows = []
    for share in shares:
        taken = share * count
        found = float(np.interp(taken, flagged, hits))
        rows.append(
            GainRow(
                share=share,
                leads=max(1, round(taken)),
                threshold=float(ranked[max(1, round(taken)) - 1]),
                found=found / won if won else None,
                rate=found / taken,
                lift=found / taken / (won / count) if won else None,
            )
        )
    return tuple(rows)


def calibration_of(
    target: Floats, probability: Floats, bins: int = CALIBRATION_BINS_SHOWN
) -> tuple[CalibrationBin, ...]:
    """Bins of about equal count, lowest probability first; leads of equal probability stay together."""
    order = np.argsort(probability, kind="stable")
    ranked, won = probability[order], target[order]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(ranked)) + 1])
    sizes = np.diff(np.append(starts, len(ranked)))
    wanted = max(1, min(bins, len(ranked) // 5))
    place = np.repeat(((starts + (sizes - 1) / 2) * wanted / len(ranked)).astype(np.int64), sizes)
    found = []
    for number in np.unique(place):
        inside = place == number
        came, leads = float(won[inside].mean()), int(inside.sum())
        low, high = wilson(came * leads, leads)
        found.append(
            CalibrationBin(leads=leads, said=float(ranked[inside].mean()), came=came, low=low, high=high)
        )
    return tuple(found)


def distribution_of(target: Floats, probability: Floats) -> tuple[ScoreBin, ...]:
    """How scores (100 x probability) spread among positive and other leads; bins from 0 to the highest score."""
    top = min(100.0, max(5.0, float(np.ceil(100 * probability.max() / 5) * 5)))
    edges = np.linspace(0, top, SCORE_BINS + 1)
    score = np.minimum(100 * probability, top)
    won = target > 0.5
    positive, other = np.histogram(score[won], edges)[0], np.histogram(score[~won], edges)[0]
    return tuple(
        ScoreBin(
            from_score=float(edges[place]),
            to_score=float(edges[place + 1]),
            positive_share=float(positive[place] / max(won.sum(), 1)),
            other_share=float(other[place] / max((~won).sum(), 1)),
            leads=int(positive[place] + other[place]),
        )
        for place in range(SCORE_BINS)
    )


def best_f1_threshold(target: Floats, probability: Floats) -> float:
    """The probability from which flagging gives the highest F1 of the positive outcome."""
    flagged, hits = _cumulated(target, probability)
    values = np.unique(probability)[::-1]
    f1 = 2 * hits[1:] / (flagged[1:] + max(hits[-1], 1))
    return float(values[int(np.argmax(f1))])


def shared_end(values: Floats, count: int) -> tuple[float, int, int] | None:
    """Whether the best `count` values end in the middle of equal ones: the value, how many have it, and how many of
    those are among the best; None where they do not."""
    if not 0 < count < len(values):
        return None
    value = float(np.partition(values, len(values) - count)[len(values) - count])
    equal, better = int((values == value).sum()), int((values > value).sum())
    return (value, equal, count - better) if better + equal > count else None


def wilson(positives: float, count: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; (0, 1) without any observation."""
    if not count:
        return 0.0, 1.0
    z = 1.959964
    share = positives / count
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * (share * (1 - share) / count + z**2 / (4 * count**2)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


def _cumulated(target: Floats, probability: Floats) -> tuple[Floats, Floats]:
    """Leads and positive leads at or above each distinct probability, highest first, starting at nothing."""
    order = np.argsort(-probability, kind="stable")
    last_of_tie = np.append(np.flatnonzero(np.diff(probability[order])), len(order) - 1)
    hits = np.cumsum(target[order])[last_of_tie]
    return np.append(0.0, last_of_tie + 1.0), np.append(0.0, hits)


def _points(x: Floats, y: Floats) -> tuple[Point, ...]:
    """At most POINTS of the curve, evenly along it by both coordinates; both ends stay."""
    kept: NDArray[np.int64] = np.arange(len(x))
    if len(x) > POINTS:
        along = np.cumsum(np.abs(np.diff(x, prepend=x[0])) + np.abs(np.diff(y, prepend=y[0])))
        kept = np.unique(np.searchsorted(along, np.linspace(0, along[-1], POINTS - 1), side="left"))
        kept = np.unique(np.append(np.minimum(kept, len(x) - 1), len(x) - 1))
    return tuple(Point(x=float(x[place]), y=float(y[place])) for place in kept)
