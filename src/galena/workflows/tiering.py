"""Tiers of a scored table: by rank, by how many leads a team can work, or by a playbook's thresholds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.domain.playbook import Tier
from galena.engines.learning.curves import shared_end
from galena.kit.errors import ConfigurationError
from galena.kit.expression import NUMBER, TEXT, Definition, ExpressionError, Program

TOP_SHARE = 0.2
NEXT_SHARE = 0.3
TIERS = ("A", "B", "C")

TierRule = Callable[[NDArray[np.float64], NDArray[np.float64]], list[str]]
"""The tier of every lead from scores (0-100) and confidences (0-1)."""


SCORE_DECIMALS = 4
"""As scores are written: what is equal there is equal."""


@dataclass(frozen=True, slots=True)
class SharedBorder:
    """Leads of one score of which only some have a place in a tier.

    Attributes:
        tier: the better one.
        score: theirs, 0-100.
        leads, inside: how many have it, and how many of them are in the tier (or a better one).
    """

    tier: str
    score: float
    leads: int
    inside: int


@dataclass(frozen=True, slots=True)
class TopShares:
    """A is the top 20 %, B the next 30 %, C the rest; where scores are equal as written, the earlier row is better.

    Counts are rounded to the nearest, and there is at least one A.

    Attributes:
        capacity: as many A leads instead of 20 %; None for the share.
    """

    capacity: int | None = None

    def __call__(self, scores: NDArray[np.float64], _confidence: NDArray[np.float64]) -> list[str]:
        best, good = self._ends(len(scores))
        tiers = np.full(len(scores), "C")
        order = np.argsort(-np.round(scores, SCORE_DECIMALS), kind="stable")
        tiers[order[:good]] = "B"
        tiers[order[:best]] = "A"
        return [str(tier) for tier in tiers]

    def shared_borders(self, scores: NDArray[np.float64]) -> tuple[SharedBorder, ...]:
        """Where a tier ends in the middle of leads of equal score."""
        shown = np.round(scores, SCORE_DECIMALS)
        return tuple(
            SharedBorder(tier, *shared)
            for tier, end in zip(TIERS, self._ends(len(scores)), strict=False)
            if (shared := shared_end(shown, end)) is not None
        )

    def _ends(self, count: int) -> tuple[int, int]:
        """How many leads are A, and how many are A or B."""
        best = max(1, _rounded(TOP_SHARE * count)) if self.capacity is None else min(self.capacity, count)
        return best, best + _rounded(NEXT_SHARE * count)


def nobody_stands_out(scores: NDArray[np.float64], _confidence: NDArray[np.float64]) -> list[str]:
    """Every lead is C: for a model without a usable signal, which ranks nobody."""
    return ["C"] * len(scores)


def thresholds(tiers: tuple[Tier, ...], playbook: str, as_of: datetime) -> TierRule:
    """The tiers of a playbook, whose conditions may read `score` and `confidence`.

    Raises:
        ConfigurationError: a condition reads something that a scored table does not have.
    """
    cases = " ".join(f"WHEN ({tier.when}) THEN '{tier.name}'" for tier in tiers[:-1])
    sql = f"CASE {cases} ELSE '{tiers[-1].name}' END" if cases else f"'{tiers[-1].name}'"
    try:
        program = Program.build([Definition("tier", sql, TEXT)], {"score": NUMBER, "confidence": NUMBER})
    except ExpressionError as fault:
        raise ConfigurationError(
            f"The tiers of the playbook {playbook} read more than score and confidence.",
            facts={"reason": str(fault)},
            remedy="Leave --playbook out (A is then the top 20 %), or give --capacity.",
        ) from fault

    def rule(scores: NDArray[np.float64], confidence: NDArray[np.float64]) -> list[str]:
        frame = pl.DataFrame({"score": scores, "confidence": confidence})
        return program.frame(frame, as_of)["tier"].to_list()

    return rule


def _rounded(number: float) -> int:
    return int(number + 0.5)
