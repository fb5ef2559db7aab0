"""Models as the registry keeps them: what they are, what became of them, and what they said in the shadow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

ModelStatus = Literal["candidate", "challenger", "champion", "archived"]
"""candidate: trained; challenger: scores in the shadow; champion: scores; archived: kept, used no more."""

ModelStep = Literal["register", "challenge", "promote", "roll_back", "archive", "give_way"]
"""Why a status changed; give_way: because another model took the place."""


@dataclass(frozen=True, slots=True)
class NewModel:
    """A trained model about to be registered; the attributes mean what they mean in `RegisteredModel`."""

    id: UUID
    playbook: str
    purpose: str
    type: str
    artefact_hash: str
    object_name: str
    artefact_bytes: int
    feature_set_hash: str = ""
    data_hash: str = ""
    data_from: datetime | None = None
    data_to: datetime | None = None
    row_count: int = 0
    positive_count: int = 0
    metrics: Mapping[str, Any] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """A trained model; all of it but the status was written once and never changes.

    Attributes:
        purpose: what it predicts: `booked`, `won_given_booked` ...
        version: 1, 2, 3 ... within the workspace and the purpose.
        type: the kind of model: `ensemble`, `online`, or what another tool calls it.
        artefact_hash: SHA-256 of the stored artefact, which lies in the object store under `object_name`.
        artefact_bytes: its size.
        feature_set_hash: of the features it reads; empty for a model of some table's columns.
        data_hash: of the data it was trained on.
        data_from, data_to: the instants of the earliest and the latest training row; None where rows have no time.
        row_count, positive_count: training rows, and those with the outcome.
        metrics: name -> value, or {value, low, high}, on data the model had not seen.
        card: members, weights, seed, library versions, training seconds, peak memory, columns ...
        created_by: who registered it.
        why: why it was trained, in a sentence.
    """

    id: UUID
    playbook: str
    purpose: str
    version: int
    type: str
    status: ModelStatus
    artefact_hash: str
    object_name: str
    artefact_bytes: int
    feature_set_hash: str
    data_hash: str
    data_from: datetime | None
    data_to: datetime | None
    row_count: int
    positive_count: int
    metrics: Mapping[str, Any]
    card: Mapping[str, Any]
    why: str
    created_by: str
    created_at: datetime

    @property
    def name(self) -> str:
        """How people name it: `booked:3`."""
        return f"{self.purpose}:{self.version}"


@dataclass(frozen=True, slots=True)
class ModelStatusChange:
    """One line of a model's history.

    Attributes:
        at: never earlier than the change before it of the same purpose.
        status_before: None for the first.
        evidence: what it rests on, such as the verdict of the test on later data.
    """

    id: int
    model_id: UUID
    purpose: str
    step: ModelStep
    status_before: ModelStatus | None
    status: ModelStatus
    at: datetime
    actor: str
    why: str
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ShadowHeader:
    """What the shadow scores of one batch have in common."""

    model_id: UUID
    as_of: datetime
    scored_at: datetime


@dataclass(frozen=True, slots=True)
class ShadowScore:
    """What a model that is not in use says of a lead; nobody acts on it.

    Attributes:
        probability: 0 to 1, with the interval low to high.
        confidence: 0 to 1.
        members: each member's own probability, in the order of the model's card.
    """

    lead_id: UUID
    model_id: UUID
    as_of: datetime
    scored_at: datetime
    probability: float
    low: float
    high: float
    confidence: float
    members: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class MemberWeights:
    """How much each member of a model counted from an instant on.

    Attributes:
        weights: member -> share; they sum to 1.
        errors: member -> recent mean absolute error the weights were made from.
        segment: of which segment's leads, in an experiment; None: of all.
    """

    id: UUID
    model_id: UUID
    purpose: str
    at: datetime
    weights: Mapping[str, float]
    errors: Mapping[str, float]
    why: str
    author: str
    segment: str | None = None
