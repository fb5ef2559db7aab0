"""Where a model is weak: its quality in each segment (one value of one column), weakest first."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from galena.engines.learning.curves import wilson
from galena.engines.learning.metrics import Estimate, Number, loss_of
from galena.engines.learning.ranks import Floats, area_of

MOST_LEVELS = 20
FEWEST_LEADS = 30
FEWEST_OF_AN_OUTCOME = 5
SURELY = 1.5
"""A gap counts from this many half-widths of its 95 % interval: with a hundred segments, 5 % would call wolf."""
WORTH_NAMING = 0.1
"""A gap smaller than this share of the segment's rate is not called a weakness, however sure."""
SHRINKAGE_LEADS = 200
"""Segments are ranked as if this many leads of average quality were added: a few unlucky leads do not lead the list."""


class Segment(BaseModel):
    """A model's quality among leads with one value of one column.

    Attributes:
        column, value: which leads; an empty value stands for "not known".
        leads, positives: how many.
        rate: share of positive leads, with Wilson's interval.
        said: mean probability.
        gap: mean probability less rate, with its interval: above 0 the model promises too much.
        auc: area under the ROC curve inside the segment (DeLong's interval); null with too few of an outcome.
        loss: mean log-loss.
        gain: share of the log-loss saved against giving everybody the segment's own rate; below 0 the model
            does worse than that.
        weak: whether the model promises surely too much or too little here, or orders these leads no better than
            chance.
    """

    model_config = ConfigDict(frozen=True)
    column: str
    value: str
    leads: int
    positives: int
    rate: Estimate
    said: float
    gap: Estimate
    auc: Estimate
    loss: float
    gain: Number
    weak: bool


def segments_of(
    target: Floats,
    probability: Floats,
    columns: Mapping[str, NDArray[Any]],
    *,
    most: int = 100,
) -> tuple[Segment, ...]:
    """The segments of every column with up to 20 values, weakest first.

    `columns` holds each column's values as text (None or empty: not known). Values with fewer than 30 leads are left
    out. Weakest means: the least log-loss saved against knowing only the segment's own rate, shrunk for few leads.
    """
    losses = loss_of(target, probability)
    overall = _gain(target, losses)
    found: list[tuple[float, Segment]] = []
    for column, values in columns.items():
        texts = np.array(["" if value is None else str(value) for value in values.tolist()], dtype=object)
        levels, codes, counts = np.unique(texts.astype(str), return_inverse=True, return_counts=True)
        if not 2 <= len(levels) <= MOST_LEVELS:
            continue
        for code in np.flatnonzero(counts >= FEWEST_LEADS).tolist():
            inside = codes == code
            segment = _segment(column, str(levels[code]), target[inside], probability[inside], losses[inside])
            gain = overall if segment.gain is None else segment.gain
            share = segment.leads / (segment.leads + SHRINKAGE_LEADS)
            found.append((share * gain + (1 - share) * overall, segment))
    found.sort(key=lambda each: (each[0], each[1].column, each[1].value))
    return tuple(segment for _, segment in found[:most])


def _segment(column: str, value: str, target: Floats, probability: Floats, losses: Floats) -> Segment:
    leads, positives = len(target), int(target.sum())
    rate, gap = positives / leads, float((probability - target).mean())
    error = 1.96 * max(float((probability - target).std()), (rate * (1 - rate)) ** 0.5) / leads**0.5
    low, high = wilson(positives, leads)
    auc = Estimate(value=None)
    if min(positives, leads - positives) >= FEWEST_OF_AN_OUTCOME:
        area = area_of(target, probability)
        spread = 1.96 * area.variance() ** 0.5
        auc = Estimate(
            value=area.value, low=max(0.0, area.value - spread), high=min(1.0, area.value + spread)
        )
    gain = _gain(target, losses)
    return Segment(
        column=column,
        value=value,
        leads=leads,
        positives=positives,
        rate=Estimate(value=rate, low=low, high=high),
        said=float(probability.mean()),
        gap=Estimate(value=gap, low=gap - error, high=gap + error),
        auc=auc,
        loss=float(losses.mean()),
        gain=gain if positives not in (0, leads) else None,
        weak=abs(gap) > max(SURELY * error, WORTH_NAMING * rate) or _no_order(auc),
    )


def _no_order(auc: Estimate) -> bool:
    """Whether the model tries to order these leads (not all get one score) and surely does not manage."""
    if auc.value is None or auc.low is None or auc.high is None:
        return False
    return auc.low < auc.value <= 0.5 and auc.high < 0.6


def _gain(target: Floats, losses: Floats) -> float:
    plain = loss_of(target, np.full(len(target), target.mean())).sum()
    return float(1 - losses.sum() / plain) if plain > 1e-9 else 0.0
