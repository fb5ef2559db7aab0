"""What requests about models carry, and how models are told."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from galena.domain.registered_model import ModelStatus, ModelStatusChange, RegisteredModel
from galena.domain.scored import HeadScore
from galena.surfaces.api.facts import Label
from galena.surfaces.api.jobs import JobItem
from galena.surfaces.api.paging import Page
from galena.surfaces.api.values import Short, Why
from galena.workflows.model_comparison import Comparison, Line

EXAMPLE: dict[str, Any] = {
    "id": "0195a3c0-0000-7000-8000-000000000000",
    "name": "booked:3",
    "purpose": "booked",
    "version": 3,
    "status": "challenger",
    "why": "100 new outcomes",
    "created_at": "2026-03-02T09:00:00Z",
    "rows": 1240,
    "positives": 186,
    "data_from": "2025-01-07T00:00:00Z",
    "data_to": "2026-02-11T00:00:00Z",
    "metrics": {"auc": {"value": 0.83, "low": 0.79, "high": 0.87}},
}


class ModelItem(BaseModel):
    """A trained model; all of it but its status was written once and never changes."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: UUID
    name: str = Field(description="What it predicts and its version: `booked:3`.")
    purpose: str = Field(description="What it predicts.")
    version: int
    status: ModelStatus = Field(
        description="candidate: trained; challenger: on trial, unseen; champion: it scores; archived: kept."
    )
    why: str = Field(description="Why it was trained.")
    created_at: datetime
    rows: int = Field(description="It was trained on.")
    positives: int = Field(description="Of the rows, those with the good outcome.")
    data_from: datetime | None
    data_to: datetime | None
    metrics: dict[str, Any] = Field(
        description="On leads it had not seen: a number, or value, low and high (95 in 100)."
    )


class ModelItems(Page):
    """A page of models."""

    items: list[ModelItem]


class ModelCard(ModelItem):
    """A model with all that is kept of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **EXAMPLE,
                    "type": "ensemble",
                    "card": {"members": ["forest", "net"], "seed": 7},
                    "artefact_hash": "9f2c",
                    "artefact_bytes": 812_044,
                    "data_hash": "41ab",
                    "feature_set_hash": "c07d",
                }
            ]
        }
    )

    type: str
    card: dict[str, Any] = Field(description="Members, weights, columns, versions, seed, training time ...")
    artefact_hash: str = Field(description="SHA-256 of its files.")
    artefact_bytes: int
    data_hash: str = Field(description="Of the data it was trained on.")
    feature_set_hash: str


class StepItem(BaseModel):
    """A step in the life of a model."""

    step: str
    status_before: ModelStatus | None
    status: ModelStatus
    at: datetime
    actor: str
    why: str
    evidence: dict[str, Any] = Field(description="What it rests on, such as the verdict of a trial.")


class ReportItem(BaseModel):
    """What training wrote."""

    report: dict[str, Any] = Field(description="Empty where the model came without a report.")


class LabelsItem(BaseModel):
    """How many outcomes are known of what can be predicted."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "purpose": "booked",
                    "label": "Books a meeting",
                    "decided": 140,
                    "positives": 31,
                    "open": 900,
                    "needed": 200,
                }
            ]
        }
    )

    purpose: str
    label: str
    decided: int = Field(description="Leads whose outcome is known.")
    positives: int
    open: int
    needed: int = Field(description="Decided leads from which on a model can take part.")


class TrainingOrder(BaseModel):
    """How to train."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"minutes": 2, "why": "A new quarter"}]})

    purpose: Label | None = Field(default=None, description="One outcome only; null: all of the playbook.")
    minutes: float = Field(default=2, ge=0.1, le=120, allow_inf_nan=False, description="At most, in all.")
    drop_leaks: bool = Field(default=False, description="Leave out columns that seem to know the outcome.")
    promote: bool = Field(
        default=False,
        description="Let a first model score at once, where it is surely better than the rules.",
    )
    why: Short = Field(default="", description="Kept with the model.")


class Grounds(BaseModel):
    """Why it is done."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"why": "It is better on the leads of March."}]}
    )

    why: Why


class PromotionOrder(BaseModel):
    """On what a promotion rests."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"anyway": "A first try with few leads"}]})

    anyway: Short = Field(
        default="", description="A reason to promote it without a verdict that it is better; kept."
    )
    former_becomes: Literal["archived", "challenger"] = Field(
        default="archived", description="What becomes of the model that scored before."
    )


class ArchiveOrder(Grounds):
    """Why a model is put aside."""

    rules_take_over: bool = Field(default=False, description="Archive it even where it scores.")


class Switched(BaseModel):
    """Who scores now, who did before, and the job that scores every lead anew."""

    champion: ModelItem | None = Field(description="Null: rules, or nothing changed in who scores.")
    former: ModelItem | None
    job: JobItem | None


class LineItem(BaseModel):
    """One thing that both models say."""

    name: str
    first: Any
    second: Any
    difference: float | None = Field(description="Second minus first, where both are numbers.")


class ComparisonItem(BaseModel):
    """Two models side by side."""

    first: ModelItem
    second: ModelItem
    same_data: bool = Field(description="Whether their figures are of the same data, and so comparable.")
    metrics: list[LineItem]
    facts: list[LineItem]
    card: list[LineItem]


class PredictionItem(BaseModel):
    """What a model says of a lead."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "purpose": "booked",
                    "probability": 0.21,
                    "low": 0.12,
                    "high": 0.33,
                    "confidence": 0.8,
                    "expected_value": None,
                    "model_id": "0195a3c0-0000-7000-8000-000000000000",
                    "as_of": "2026-03-02T09:00:00Z",
                }
            ]
        }
    )

    purpose: str
    probability: float = Field(description="0 to 1; of an outcome that needs another: if that one comes.")
    low: float = Field(description="Where its interval begins.")
    high: float = Field(description="Where its interval ends.")
    confidence: float = Field(description="0 to 1")
    expected_value: float | None = Field(
        description="In the playbook's currency; null: nothing is known of it."
    )
    model_id: UUID
    as_of: datetime


def model_item(model: RegisteredModel) -> ModelItem:
    """A model as lists tell it."""
    return ModelItem(**_told(model))


def card_of(model: RegisteredModel) -> ModelCard:
    """A model with all that is kept of it."""
    return ModelCard(
        **_told(model),
        type=model.type,
        card=dict(model.card),
        artefact_hash=model.artefact_hash,
        artefact_bytes=model.artefact_bytes,
        data_hash=model.data_hash,
        feature_set_hash=model.feature_set_hash,
    )


def step_of(change: ModelStatusChange) -> StepItem:
    """A step as it is told."""
    return StepItem(
        step=change.step,
        status_before=change.status_before,
        status=change.status,
        at=change.at,
        actor=change.actor,
        why=change.why,
        evidence=dict(change.evidence),
    )


def comparison_of(found: Comparison) -> ComparisonItem:
    """A comparison as it is told."""
    return ComparisonItem(
        first=model_item(found.first),
        second=model_item(found.second),
        same_data=found.same_data,
        metrics=[_line(each) for each in found.metrics],
        facts=[_line(each) for each in found.facts],
        card=[_line(each) for each in found.card],
    )


def prediction_of(said: HeadScore) -> PredictionItem:
    """What a model says of a lead, as it is told."""
    return PredictionItem(
        purpose=said.head,
        probability=said.probability,
        low=said.low,
        high=said.high,
        confidence=said.confidence,
        expected_value=said.expected_value,
        model_id=said.model_id,
        as_of=said.as_of,
    )


def _told(model: RegisteredModel) -> dict[str, Any]:
    return {
        "id": model.id,
        "name": model.name,
        "purpose": model.purpose,
        "version": model.version,
        "status": model.status,
        "why": model.why,
        "created_at": model.created_at,
        "rows": model.row_count,
        "positives": model.positive_count,
        "data_from": model.data_from,
        "data_to": model.data_to,
        "metrics": dict(model.metrics),
    }


def _line(line: Line) -> LineItem:
    return LineItem(name=line.name, first=line.first, second=line.second, difference=line.difference)
