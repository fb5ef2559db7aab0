"""Tiers of a scored table: by rank, by how many leads a team can work, or by a playbook's thresholds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.domain.playbook import Tier
from galena.kit.errors import ConfigurationError
from galena.kit.expression import NUMBER, TEXT, Definition, ExpressionError, Program

TOP_SHARE = 0.2
NEXT_SHARE = 0.3
TIERS = ("A", "B", "C")

TierRule = Callable[[NDArray[np.float64], NDArray[np.float64]], list[str]]
"""The tier of every lead from scores (0-100) and confidences (0-1)."""


@dataclass(frozen=True, slots=True)
class TopShares:
    """A is the top 20 %, B the next 30 %, C the rest; where scores are equal the earlier row is better.

    Counts are rounded to the nearest, and there is at least one A.

    Attributes:
        capacity: as many A leads instead of 20 %; None for the share.
    """

    capacity: int | None = None

    def __call__(self, scores: NDArray[np.float64], _confidence: NDArray[np.float64]) -> list[str]:
        count = len(scores)
        best = max(1, _rounded(TOP_SHARE * count)) if self.capacity is None else min(self.capacity, count)
        good = best + _rounded(NEXT_SHARE * count)
        tiers = np.full(count, "C")
        order = np.argsort(-scores, kind="stable")
        tiers[order[:good]] = "B"
        tiers[order[:best]] = "A"
        return [str(tier) for tier in tiers]


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
