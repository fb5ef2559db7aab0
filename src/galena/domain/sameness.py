"""Decisions that two leads are one, or are not, and the questions that people are asked about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

Verdict = Literal["merge", "apart", "undo"]
DecidedBy = Literal["key", "model", "person"]
Answer = Literal["same", "different", "not_sure"]
ReviewState = Literal["open", "same", "different", "not_sure", "settled"]
ReviewReason = Literal["unsure", "contradiction", "shared_key", "too_large", "other_tenant"]

REASON_WORDS: dict[str, str] = {
    "unsure": "Not sure",
    "contradiction": "A key agrees, the rest contradicts",
    "shared_key": "Many leads share what they agree in",
    "too_large": "The lead would be made of very many",
    "other_tenant": "They are assigned to different tenants",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What two leads say together, as it was when somebody or something decided.

    Attributes:
        because, against: in words, the strongest first.
        fields: per field: field, label, level, bits (for: positive) and words.
        key: the fields of the key that they share; empty without one.
    """

    because: str = ""
    against: str = ""
    fields: tuple[Mapping[str, Any], ...] = ()
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision over two nodes; written once, never changed.

    A node is a lead as a source record founded it. Nodes are one lead where merges that stand connect them.

    Attributes:
        verdict: `merge`; `apart`: no lead may hold both, however alike others are; `undo`: of an earlier decision.
        probability: that they are one, when it was decided; None where a person decided unasked.
        undoes: the earlier decision, for `undo`.
        author: a user's id, or the name of a command.
    """

    id: UUID
    one: UUID
    other: UUID
    verdict: Verdict
    decided_by: DecidedBy
    decided_at: datetime
    author: str
    probability: float | None = None
    evidence: Evidence = field(default_factory=Evidence)
    undoes: UUID | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A pair that a person is asked about.

    Attributes:
        reason: why it was not decided without a person.
        state: `settled`: another decision made the question idle.
    """

    id: UUID
    one: UUID
    other: UUID
    probability: float
    reason: ReviewReason
    evidence: Evidence
    state: ReviewState
    asked_at: datetime
    answered_by: str | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeptModel:
    """A match model of a workspace as kept.

    Attributes:
        number: grows with each.
        origin: `usual`: what is usual everywhere; `learned`: from the workspace's own records; `answers`: moved by what
            reviewers said.
        content: the model, as JSON.
        learned_rows: leads it was learned from; 0: none.
        answers_count: reviewers' answers it counts in.
        shift_bits: how far these moved every probability, in bits of odds.
    """

    number: int
    origin: str
    content: Mapping[str, Any]
    learned_rows: int
    answers_count: int
    shift_bits: float
    made_at: datetime
    author: str
