"""Whether a fact is worth its price: can it still change the tier?

What is unknown can at best earn every point of the factors that read it, and at worst lose them. Between these two
bounds the tier is looked up; where it is the same everywhere, the fact is not bought. A bound is never too narrow:
where a rule cannot be bounded (a tier or a discard that reads the fact itself), the fact counts as able to move it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

POINT = 1_000_000
"""A point in micropoints."""


@dataclass(frozen=True, slots=True)
class Stake:
    """What one factor can earn.

    Attributes:
        points: the most (or, below zero, the least) it adds, in micropoints.
        now: what it adds as long as the fact is unknown.
        inputs: the lead fields that it reads, also through features.
    """

    category: str
    points: int
    now: int
    inputs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Bounds:
    """By how many micropoints the score can fall (at most 0) and rise (at least 0)."""

    low: int
    high: int


def bounds_of(
    fields: Collection[str],
    stakes: Sequence[Stake],
    caps: Mapping[str, int],
    levels: Sequence[int] = (),
    level_now: int = 0,
) -> Bounds:
    """What knowing some fields can do to a score, at worst and at best.

    Args:
        caps: category -> the most its points come to together, in micropoints; those without a cap left out.
        levels: what the levels of temperature add, where the temperature reads one of the fields.
        level_now: what the present one adds.
    """
    wanted = set(fields)
    low = high = 0
    for category in sorted({each.category for each in stakes}):
        mine = [each for each in stakes if each.category == category]
        total = sum(each.now for each in mine)
        touched = [each for each in mine if each.inputs & wanted]
        worst = total + sum(min(0, each.points) - each.now for each in touched)
        best = total + sum(max(0, each.points) - each.now for each in touched)
        standing = _within(total, caps.get(category))
        low += _within(worst, caps.get(category)) - standing
        high += _within(best, caps.get(category)) - standing
    if levels:
        low += min(0, min(levels) - level_now)
        high += max(0, max(levels) - level_now)
    return Bounds(min(low, 0), max(high, 0))


def can_move_tier(
    now: int, bounds: Bounds, tier_at: Callable[[int], str], standing: str | None = None
) -> bool:
    """Whether the tier is another anywhere between the bounds.

    Args:
        now: the score in micropoints.
        tier_at: the tier at a score in micropoints, all else equal.
        standing: the tier as it is; None: what `tier_at` says of the score as it is.
    """
    lowest, highest = max(0, now + bounds.low), min(100 * POINT, now + bounds.high)
    standing = standing or tier_at(now)
    if tier_at(lowest) != standing or tier_at(highest) != standing:
        return True
    # A tier that begins and ends between the bounds is seen on the quarters of points.
    quarter = POINT // 4
    return any(
        tier_at(place) != standing for place in range(-(-lowest // quarter) * quarter, highest, quarter)
    )


def _within(total: int, cap: int | None) -> int:
    return total if cap is None else max(-cap, min(cap, total))
