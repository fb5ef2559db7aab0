"""Curves of straight lines between knots."""

import numpy as np
from numpy.typing import NDArray

from galena.kit.tabular.compiled import compiled

Floats = NDArray[np.float64]


@compiled()
def read_curve(given: float, first: int, last: int, knots: Floats, levels: Floats) -> float:
    """The straight-line curve through knots[first:last] at a number; its end levels beyond the ends."""
    if given <= knots[first]:
        return float(levels[first])
    if given >= knots[last - 1]:
        return float(levels[last - 1])
    below, above = first, last - 1  # knots[below] < given < knots[above]
    while above - below > 1:
        middle = (below + above) // 2
        if knots[middle] <= given:
            below = middle
        else:
            above = middle
    share = (given - knots[below]) / (knots[above] - knots[below])
    return float(levels[below] + share * (levels[above] - levels[below]))
