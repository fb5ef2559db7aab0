"""What sets the best leads apart from the others: the parts of their scores, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Parts = Mapping[str, int]
"""Contribution -> micropoints, of one lead."""


@dataclass(frozen=True, slots=True)
class Standout:
    """A contribution that lifts the best leads more than the others.

    Attributes:
        best_have, rest_have: share of each side that it lifts, 0-1.
        best_micropoints, rest_micropoints: what it adds on average.
    """

    name: str
    best_have: float
    rest_have: float
    best_micropoints: float
    rest_micropoints: float

    @property
    def ahead_micropoints(self) -> float:
        """By how much the best are ahead through it."""
        return self.best_micropoints - self.rest_micropoints


def standouts(best: Sequence[Parts], rest: Sequence[Parts], *, limit: int = 3) -> tuple[Standout, ...]:
    """The contributions through which the best are ahead, the largest first; none where they are not.

    >>> found = standouts([{"lien": 9}, {"lien": 7}], [{"lien": 0}, {"lien": 2}])
    >>> found[0].ahead_micropoints, found[0].best_have, found[0].rest_have
    (7.0, 1.0, 0.5)
    """
    if not best:
        return ()
    names = dict.fromkeys(name for parts in best for name in parts)
    found = [_compare(name, best, rest) for name in names]
    ahead = [each for each in found if each.ahead_micropoints > 0 and each.best_have > 0]
    return tuple(sorted(ahead, key=lambda each: (-each.ahead_micropoints, each.name))[:limit])


def _compare(name: str, best: Sequence[Parts], rest: Sequence[Parts]) -> Standout:
    sides = [[parts.get(name, 0) for parts in side] for side in (best, rest)]
    have = [sum(size > 0 for size in side) / len(side) if side else 0.0 for side in sides]
    mean = [sum(side) / len(side) if side else 0.0 for side in sides]
    return Standout(name, have[0], have[1], mean[0], mean[1])
