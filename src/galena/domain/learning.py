"""The loop as the database keeps it: its runs, what drifted, and experiments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

ExperimentKind = Literal["model", "weights", "segment_weights"]
"""What the trial is scored by: another model, other weights of the same model's members, or weights by segment."""


@dataclass(frozen=True, slots=True)
class LearningRun:
    """One run of the loop.

    Attributes:
        trigger: schedule, labels, drift or hand; `why`: the same in words.
        decided: outcomes known when it began.
        report: what it did: `sentences`, and per head what was tried, trained and promoted.
        finished_at: None while it runs.
    """

    id: UUID
    trigger: str
    why: str
    state: Literal["running", "done", "failed"]
    decided: int
    author: str
    started_at: datetime
    finished_at: datetime | None
    report: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it did, in words."""
        return tuple(self.report.get("sentences", ()))


@dataclass(frozen=True, slots=True)
class KeptDrift:
    """A drift report as it was made.

    Attributes:
        purpose: the outcome whose model was watched; `model_id`: the model, None: rules scored.
        report: as `engines.learning.drift.DriftReport` writes it.
    """

    id: UUID
    purpose: str
    model_id: UUID | None
    alarm_count: int
    report: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Experiment:
    """Part of the leads scored in another way, to see which way is better.

    Attributes:
        purpose: the outcome that both ways predict.
        control_model_id: the champion when it began; `trial_model_id`: what scores the trial.
        trial: what else is different: `weights`, or `field` and `segments` with the weights of each.
        design: share, error rate, window and more, as `engines.learning.experiment.Design` reads it; it never changes,
            and with it the arm of each lead.
        state: `undecided` while it goes on; how it ended.
        report: of the last look.
    """

    id: UUID
    name: str
    purpose: str
    kind: ExperimentKind
    control_model_id: UUID | None
    trial_model_id: UUID | None
    trial: Mapping[str, Any]
    design: Mapping[str, Any]
    state: str
    why: str
    author: str
    started_at: datetime
    looked_at: datetime | None
    ended_at: datetime | None
    ended_why: str | None
    report: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_running(self) -> bool:
        """Whether leads are split by it now."""
        return self.ended_at is None
