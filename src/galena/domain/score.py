"""A score, made in the open: its parts sum to it exactly.

Points are counted in whole millionths (micropoints), so that sums are exact in any order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

MICROPOINTS = 1_000_000
"""Micropoints in one point."""

ContributionKind = Literal["start", "factor", "cap", "temperature", "clamp", "model", "reasoner"]


Fallback = Literal["few_labels", "no_champion", "model_failed"]
"""Why rules stand in where the playbook asks for a model: none was trained yet (at first too little is decided), none
was promoted yet, or the model cannot be used."""

FALLBACK_WORDS: dict[str, str] = {
    "few_labels": "by rules: no model was trained yet",
    "no_champion": "by rules: no model was promoted yet",
    "model_failed": "by rules: the model failed",
}


@dataclass(frozen=True, slots=True)
class Contribution:
    """A signed share of a score, in micropoints.

    `name` is a factor's name, `start`, `cap:<category>`, `temperature:<level>`, `clamp`,
    `model:<column>`, `reasoner`, or `pending_retry` while the reasoner is still to answer.
    """

    name: str
    kind: ContributionKind
    category: str | None
    micropoints: int

    @property
    def points(self) -> float:
        """The share in points."""
        return self.micropoints / MICROPOINTS


@dataclass(frozen=True, slots=True)
class Previous:
    """What hysteresis remembers of the score before; None where there was none."""

    tier: str | None = None
    temperature: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """0-100 with tier, temperature, confidence, explanation, as_of and the versions that made it.

    Attributes:
        micropoints: 0 to 100,000,000; the sum of the contributions. -1,000,000 (a score of -1) while the reasoner is
            still to answer (`pending_retry`).
        fit, engagement: sub-scores, 0-100.
        confidence: 0-1; by rules: the share of the points at stake whose inputs are known.
        values: every value that the rules read (features, fields, category), by name: enough to replay.
        previous: what hysteresis read.
        model_id: the model that took part; None when rules scored alone.
        fallback: why rules stand in for a model, as `stores.scores` keeps it; None when they do not.
    """

    micropoints: int
    tier: str
    temperature: str
    confidence: float
    fit: float
    engagement: float
    contributions: tuple[Contribution, ...]
    values: Mapping[str, Any]
    previous: Previous
    as_of: datetime
    feature_set: str
    rules: str
    method: Literal["rules", "model", "ai", "ai-reasoner", "pending_retry"] = "rules"
    model_id: UUID | None = None
    fallback: Fallback | None = None

    @property
    def points(self) -> float:
        """The score in points, 0-100."""
        return self.micropoints / MICROPOINTS


@dataclass(frozen=True, slots=True)
class NotScored:
    """Why a lead has no score: discarded, with the reason's name, or waiting for enrichment."""

    status: Literal["discarded", "needs_enrichment"]
    reason: str
