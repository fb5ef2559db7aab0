"""What people say of leads whose outcome is open: learned from beside the outcomes, for less, and never judged by.

A word of 90 of 100 is nine tenths of a yes and a tenth of a no: two rows, of which each counts its part of the word's
weight. A word counts less than an outcome, and all words together count less than the outcomes they stand beside.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.engines.learning.ranks import Floats

WEIGHT: Final = 0.3
"""What a word counts, where an outcome counts 1."""
MOST_SHARE: Final = 0.5
"""All words together count at most so much of the outcomes."""


@dataclass(frozen=True, eq=False)
class Words:
    """Leads of which somebody said how good they are, and nobody knows yet how they came out.

    Attributes:
        frame: the same columns as the table of outcomes: what was known when it was said.
        grade: how good, 0-1.
        at: when it was said, as datetime64[us].
    """

    frame: pl.DataFrame
    grade: Floats
    at: NDArray[np.datetime64]

    def before(self, moment: np.datetime64 | None) -> "Words":
        """Those said before a moment; None: all."""
        if moment is None or np.isnat(moment):
            return self
        said = self.at < moment
        return Words(self.frame.filter(said), self.grade[said], self.at[said])


def weight_of_each(words: int, outcomes: int) -> float:
    """What each of so many words counts beside so many outcomes."""
    return min(WEIGHT, MOST_SHARE * outcomes / words) if words else 0.0


def rows_of(words: Words, outcomes: int) -> tuple[NDArray[np.int64], Floats, Floats]:
    """The rows to learn from beside so many outcomes: of which word each is, whether it is a yes (1, 0), its weight."""
    each = weight_of_each(len(words.grade), outcomes)
    of = np.repeat(np.arange(len(words.grade)), 2)
    is_yes = np.tile([1.0, 0.0], len(words.grade))
    weight = each * np.where(is_yes == 1.0, words.grade[of], 1.0 - words.grade[of])
    counts = weight > 0
    return of[counts], is_yes[counts], weight[counts]


def notes_of_words(words: Words | None, outcomes: int) -> list[str]:
    """For the reader of the report: that words were learned from, and for how much; nothing where there are none."""
    if words is None or not len(words.grade):
        return []
    count, each = len(words.grade), weight_of_each(len(words.grade), outcomes)
    whose = "a lead whose outcome is" if count == 1 else f"{count:,} leads whose outcomes are"
    return [
        f"What people said of {whose} open was learned from, too: a word counts {each:.2g} of an outcome, and nothing"
        " is judged by it."
    ]
