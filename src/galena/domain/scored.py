"""Scores as kept: the history, the current one, and the runs that make them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from galena.domain.score import Fallback, Previous

RunStatus = Literal["running", "done", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class StoredScore:
    """A score of the history: with its revision, enough to replay it to the last digit.

    Attributes:
        id: grows per lead with each score; 0 before it is stored.
        values: in the order of the revision's value names.
        contributions: micropoints, in the order of the contribution names of the revision, or of the model where one
            took part; their sum is the score.
        reasons: places of the strongest contributions, strongest first; empty when read from the history.
        previous: what hysteresis read.
        trigger: why it was scored: `import`, `signal`, `rules`, `time`, `request` ...
        weights_id: the weights of the model's members it was made with; None: those of the training.
    """

    lead_id: UUID
    revision_id: UUID
    as_of: datetime
    scored_at: datetime
    micropoints: int
    tier: str
    temperature: str
    confidence: float
    fit: float
    engagement: float
    previous: Previous
    values: tuple[Any, ...]
    contributions: tuple[int, ...]
    trigger: str
    method: str = "rules"
    model_id: UUID | None = None
    fallback: Fallback | None = None
    reasons: tuple[int, ...] = ()
    id: int = 0
    weights_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ScoreHeader:
    """What the scores of one batch have in common; the attributes mean what they mean in `StoredScore`."""

    revision_id: UUID
    as_of: datetime
    scored_at: datetime
    trigger: str
    method: str = "rules"
    model_id: UUID | None = None
    fallback: Fallback | None = None
    weights_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class HeadHeader:
    """What the head scores of one batch have in common; the attributes mean what they mean in `HeadScore`."""

    head: str
    model_id: UUID
    as_of: datetime
    scored_at: datetime


@dataclass(frozen=True, slots=True)
class HeadScore:
    """What the model in use says of a lead for one head of the playbook.

    Attributes:
        probability: 0 to 1, with the interval low to high; of a head that is given another: if that one is positive.
        confidence: 0 to 1.
        members: each member's own probability, in the order of the model's card; the rules' last.
        expected_value: the probabilities of the head and of those it is given, times what the lead is worth; None
            where nothing is known of that.
    """

    lead_id: UUID
    head: str
    model_id: UUID
    as_of: datetime
    scored_at: datetime
    probability: float
    low: float
    high: float
    confidence: float
    members: tuple[float, ...]
    expected_value: float | None = None


@dataclass(frozen=True, slots=True)
class CurrentScore:
    """The score that stands for a lead.

    Attributes:
        tier: the tier that stands.
        ruled_tier: the tier by the playbook's conditions, where capacity set the one that stands; else None.
    """

    lead_id: UUID
    score_id: int
    revision_id: UUID
    micropoints: int
    tier: str
    temperature: str
    confidence: float
    fit: float
    engagement: float
    reasons: tuple[int, ...]
    as_of: datetime
    scored_at: datetime
    method: str = "rules"
    model_id: UUID | None = None
    fallback: Fallback | None = None
    ruled_tier: str | None = None


@dataclass(frozen=True, slots=True)
class RunCounts:
    """What a run did so far; `moved` counts tier changes."""

    scored: int = 0
    discarded: int = 0
    needs_enrichment: int = 0
    moved: int = 0


@dataclass(frozen=True, slots=True)
class ScoreRun:
    """One scoring of many leads; an interrupted one goes on after `checkpoint_lead_id`."""

    id: UUID
    status: RunStatus
    as_of: datetime
    revision_id: UUID
    trigger: str
    checkpoint_lead_id: UUID | None
    counts: RunCounts
    error: str | None
    author: str
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Override:
    """A person's score or tier, kept beside the machine's.

    Attributes:
        micropoints, tier: what the person says; at least one of them.
        expires_at: when the machine's word stands again; None for never.
        ended_at: when it was taken back, or another one took its place, before that.
    """

    id: UUID
    lead_id: UUID
    micropoints: int | None
    tier: str | None
    reason: str
    author: str
    created_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None

    def holds(self, now: datetime) -> bool:
        """Whether it is what stands."""
        return self.ended_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody said is wrong with a score."""

    id: UUID
    lead_id: UUID
    score_id: int | None
    reason: str
    author: str
    created_at: datetime
