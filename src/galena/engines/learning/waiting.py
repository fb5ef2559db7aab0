"""How long outcomes keep us waiting, and what that does to the leads of the last weeks.

A lead of last week whose outcome is known answered fast; those that take long are still open. Taking open leads for
lost makes every recent week look bad; leaving them out makes it look like whatever comes fast. Two ways out, both from
how long outcomes take, which is estimated from pairs (time waited, age of the lead) with the product-limit estimator
for right-truncated times (Lagakos, Barraj, De Gruttola 1988; Kalbfleisch, Lawless 1989), good and bad outcomes apart:

- only ripe leads: those old enough that nine in ten of either outcome are told. Training takes these.
- weights: a lead that is known counts as many as there are like it, known or not: 1 / share told by that age. Rates and
  the watch over a model's promises take these, for they hold for younger leads, too.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from galena.engines.learning.ranks import Floats

RIPE_SHARE: Final = 0.9
"""Leads are ripe from the age by which so many of either outcome are told."""
YOUNGEST_SHARE: Final = 0.25
"""Leads of an age by which less than this is told are left out of weighted figures: a few of them would decide all."""
FEWEST_TOLD: Final = 10
"""With fewer outcomes of a kind nothing is said about how long they take."""
_FEWEST_AT_RISK: Final = 5


@dataclass(frozen=True, eq=False)
class Waiting:
    """Which share of outcomes is told by which age.

    Attributes:
        days: ages at which an outcome was told, rising.
        share: the share told by then; the last is 1 (of what is told at all by the age of the oldest lead).
    """

    days: Floats
    share: Floats

    def told_by(self, age_days: Floats) -> Floats:
        """The share told by each age."""
        place = np.searchsorted(self.days, age_days, side="right")
        return np.concatenate([[0.0], self.share])[place]

    def age_of(self, share: float) -> float:
        """The age in days by which a share is told."""
        return float(self.days[min(int(np.searchsorted(self.share, share)), len(self.days) - 1)])


@dataclass(frozen=True, eq=False)
class Known:
    """Leads and what is known of them, row by row.

    Attributes:
        label: 1 good, 0 bad, NaN open.
        waited_days: from the assignment to the outcome; NaN while open.
        age_days: from the assignment to now.
    """

    label: Floats
    waited_days: Floats
    age_days: Floats

    @property
    def is_told(self) -> NDArray[np.bool_]:
        """Which of them have an outcome."""
        return ~np.isnan(self.label)


def waiting_of(waited_days: Floats, age_days: Floats) -> Waiting:
    """How long outcomes take, from those that are told and the age each lead has now.

    F(x) is the product over all u > x of (1 - told at u / told by u among leads at least u old).
    """
    days, told = np.unique(waited_days, return_counts=True)
    by_then = np.searchsorted(np.sort(waited_days), days, side="right")
    too_young = np.searchsorted(np.sort(age_days), days, side="left")
    at_risk = by_then - too_young
    # Among a handful the share told at the very age is a lottery, and one unlucky age would say that none is earlier.
    left = np.where(at_risk >= _FEWEST_AT_RISK, 1 - told / np.maximum(at_risk, 1), 1.0)
    left[0] = 1.0  # Nothing is told before the first.
    left = np.where(left <= 0, 1.0, left)
    share = np.append(np.cumprod(left[::-1])[::-1][1:], 1.0)
    return Waiting(days, share)


def waits_of(known: Known) -> tuple[Waiting, Waiting] | None:
    """How long good and bad outcomes take; None while there are too few of either."""
    found = []
    for label in (1.0, 0.0):
        mine = known.label == label
        if int(mine.sum()) < FEWEST_TOLD:
            return None
        found.append(waiting_of(known.waited_days[mine], known.age_days[mine]))
    return found[0], found[1]


def ripe_age_days(known: Known) -> float | None:
    """The age from which on leads are ripe; None while too little is known."""
    waits = waits_of(known)
    return None if waits is None else max(each.age_of(RIPE_SHARE) for each in waits)


def ripe(known: Known) -> NDArray[np.bool_]:
    """Which leads to learn from: known, and old enough that slow outcomes are told as well as fast ones."""
    age = ripe_age_days(known)
    return known.is_told if age is None else known.is_told & (known.age_days >= age)


def evened(known: Known) -> Floats:
    """How many leads each known one stands for; 0 for those that are open or too young.

    The weights sum to about the number of leads that are old enough.
    """
    waits = waits_of(known)
    if waits is None:
        return known.is_told.astype(np.float64)
    good, bad = (each.told_by(known.age_days) for each in waits)
    told = np.where(known.label == 1.0, good, bad)
    old_enough = known.is_told & (np.minimum(good, bad) >= YOUNGEST_SHARE)
    return np.where(old_enough, 1 / np.maximum(told, YOUNGEST_SHARE), 0.0)
