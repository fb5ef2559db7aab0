"""Whether a share moved more than chance explains."""

from collections.abc import Sequence
from math import erf, sqrt
from statistics import median

FEWEST_MOVED = 10
"""A share that moved by fewer leads than this is not told of."""
LEAST_PART = 0.25
"""Nor one that moved by less than this part of itself."""
SPREADS = 3.0
"""Nor one that moved by fewer standard deviations of a share among so many leads: once in 400 times by chance."""
FEWEST_DECIDED = 20
"""Conversions are compared from so many decided leads on each side."""
BY_CHANCE = 0.01
"""How seldom chance alone may explain the difference of two conversions that is told of."""


def usual(shares: Sequence[float]) -> float | None:
    """What a share usually is: the middle one of those seen; None when none was."""
    return median(shares) if shares else None


def has_moved(before: float, hits: int, of: int) -> bool:
    """Whether `hits` of `of` leads is another share than the one before, and by enough to matter."""
    if not of:
        return False
    moved = abs(hits / of - before)
    spread = sqrt(max(before * (1 - before), 1 / of) / of)
    return moved * of >= FEWEST_MOVED and moved > LEAST_PART * before and moved > SPREADS * spread


def differ(good: int, of: int, good_before: int, of_before: int) -> bool:
    """Whether two groups of decided leads turned out differently, by more than chance explains (two-sided z-test)."""
    if min(of, of_before) < FEWEST_DECIDED:
        return False
    both = (good + good_before) / (of + of_before)
    spread = sqrt(both * (1 - both) * (1 / of + 1 / of_before))
    if not spread:
        return False
    z = abs(good / of - good_before / of_before) / spread
    return 1 - erf(z / sqrt(2)) < BY_CHANCE
