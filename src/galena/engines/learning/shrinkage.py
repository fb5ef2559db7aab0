"""Segments with few leads: what is seen of each is drawn towards what is seen of all, the more the fewer leads it has.

How far is not chosen but read off the segments themselves (empirical Bayes): where they differ by more than chance
explains, each keeps its own figure; where they do not, all get the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from galena.engines.learning.ranks import Floats
from galena.engines.learning.weights import FLOOR, SHARPNESS, floored, softmax

FEWEST_LEADS: Final = 20
"""Segments with fewer decided leads are taken together."""
_END: Final = 1e-6


@dataclass(frozen=True, slots=True)
class SegmentThreshold:
    """A segment and where the tier begins in it.

    Attributes:
        leads: decided ones; `rate`: good among them; `said`: mean probability.
        offset: log-odds by which outcomes differ from what was said, drawn to that of all.
        threshold: the probability from which leads of the segment are as good as those at the threshold of all.
    """

    segment: str
    leads: int
    rate: float
    said: float
    offset: float
    threshold: float


def drawn_in(values: Floats, variances: Floats) -> tuple[Floats, float, float]:
    """Values of segments drawn towards their mean by how unsure each is.

    Returns:
        The values drawn in, the mean, and the variance between segments (DerSimonian, Laird 1986; not below 0).
    """
    weight = 1 / variances
    mean = float(weight @ values / weight.sum())
    scatter = float(weight @ (values - mean) ** 2)
    free = weight.sum() - (weight**2).sum() / weight.sum()
    between = max(0.0, (scatter - (len(values) - 1)) / free) if free > 0 else 0.0
    weight = 1 / (variances + between)
    mean = float(weight @ values / weight.sum())
    found: Floats = mean + between / (between + variances) * (values - mean)
    return found, mean, between


def segment_thresholds(
    probability: Floats, came: Floats, segments: Sequence[str | None], threshold: float
) -> tuple[SegmentThreshold, ...]:
    """Where a tier begins in each segment, so that its last lead is as good everywhere; the largest segment first."""
    groups = _groups(segments)
    offsets = [_offset(probability[rows], came[rows]) for rows in groups.values()]
    drawn, _, _ = drawn_in(np.array([each[0] for each in offsets]), np.array([each[1] for each in offsets]))
    found = [
        SegmentThreshold(
            name,
            len(rows),
            float(came[rows].mean()),
            float(probability[rows].mean()),
            float(offset),
            float(_sigmoid(_log_odds(np.array([threshold])) - offset)[0]),
        )
        for (name, rows), offset in zip(groups.items(), drawn.tolist(), strict=True)
    ]
    return tuple(sorted(found, key=lambda each: (-each.leads, each.segment)))


def segment_weights(
    members: Sequence[str], probability: Floats, came: Floats, segments: Sequence[str | None]
) -> Mapping[str, Mapping[str, float]]:
    """The members' shares in each segment, by their errors there drawn towards their errors on all leads.

    Args:
        probability: each member's own, [leads, members].
    """
    groups = _groups(segments)
    off = np.abs(probability - came[:, None])
    errors = np.empty((len(groups), len(members)))
    for at in range(len(members)):
        means = np.array([off[rows, at].mean() for rows in groups.values()])
        spread = np.array([off[rows, at].var() / len(rows) for rows in groups.values()])
        errors[:, at], _, _ = drawn_in(means, np.maximum(spread, 1e-9))
    return {
        name: dict(zip(members, floored(softmax(SHARPNESS * (1 - errors[at])), FLOOR).tolist(), strict=True))
        for at, name in enumerate(groups)
    }


def _groups(segments: Sequence[str | None]) -> dict[str, NDArray[np.int64]]:
    """The rows of each segment, in order of names; small ones and what is not known go together under ""."""
    rows: dict[str, list[int]] = {}
    for row, segment in enumerate(segments):
        rows.setdefault(segment or "", []).append(row)
    small = [name for name, mine in rows.items() if name and len(mine) < FEWEST_LEADS]
    rest = rows.pop("", []) + [row for name in small for row in rows.pop(name)]
    if rest:
        rows[""] = sorted(rest)
    return {name: np.array(rows[name]) for name in sorted(rows)}


def _offset(probability: Floats, came: Floats) -> tuple[float, float]:
    """What must be added to the log-odds said so that they fit the outcomes, and its variance (a weak prior at 0)."""
    z, offset = _log_odds(probability), 0.0
    for _ in range(25):
        p = _sigmoid(z + offset)
        curve = float((p * (1 - p)).sum()) + 1.0
        offset += float(np.clip(((came - p).sum() - offset) / curve, -1, 1))
    p = _sigmoid(z + offset)
    return offset, 1 / (float((p * (1 - p)).sum()) + 1.0)


def _log_odds(probability: Floats) -> Floats:
    inside = np.clip(probability, _END, 1 - _END)
    found: Floats = np.log(inside) - np.log1p(-inside)
    return found


def _sigmoid(z: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(z, -30, 30)))
    return found
