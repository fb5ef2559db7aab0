"""Experiments: part of the leads scored in another way; begun, looked at as often as one likes, ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from galena.domain.learning import Experiment
from galena.engines.learning.experiment import Design
from galena.kit.errors import ConflictError
from galena.stores import experiments
from galena.surfaces.api.caller import PROBLEMS, Caller
from galena.surfaces.api.jobs import ACCEPTED, JobItem, begin, jobs_of
from galena.surfaces.api.paging import Cursor, Page, PageSize, cut
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.values import Name, Short, Why
from galena.surfaces.api.workplace import CLASH, GONE, Looker, Teacher, context_of
from galena.surfaces.web.jobs import Job
from galena.workflows.experiments import NewExperiment, look_at, start_experiment, stop_experiment
from galena.workflows.rescore import rescore

router = APIRouter(
    prefix="/experiments", tags=["experiments"], responses=PROBLEMS, route_class=RepeatableRoute
)

SUBJECT = "score"
"""One scoring at a time, of programs and of people on the pages."""

MOST = 10_000
Weight = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class ExperimentItem(BaseModel):
    """An experiment with what its last look said."""

    id: UUID
    name: str
    purpose: str = Field(description="The outcome that both ways predict.")
    kind: str = Field(description="What the trial is scored by: model, weights or segment_weights.")
    state: str = Field(description="undecided while it goes on; else how it ended.")
    running: bool
    why: str
    author: str
    control_model_id: UUID | None
    trial_model_id: UUID | None
    trial: dict[str, Any]
    design: dict[str, Any]
    started_at: datetime
    looked_at: datetime | None
    ended_at: datetime | None
    ended_why: str | None
    report: dict[str, Any] = Field(
        description="Of the last look: leads and rates of both ways, and a sentence."
    )


class Experiments(Page):
    """A page of experiments, the newest first."""

    items: list[ExperimentItem]


class NewTrial(BaseModel):
    """An experiment to begin."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "newer model", "model": "booked:3", "why": "It ranks better on last month."}
            ]
        }
    )

    name: Name
    why: Why
    model: Short = Field("", description="What scores the trial, such as booked:3; empty: the model in use.")
    weights: dict[Short, Weight] | None = Field(None, description="Other shares of the model's members.")
    weights_by: Short | None = Field(None, description="Shares of the members by the values of this field.")
    share: float = Field(0.5, gt=0.01, lt=0.99, description="Of leads in the trial.")
    days: int = Field(21, ge=1, le=180, description="Age at which a lead is judged.")
    error_rate: float = Field(0.05, ge=0.001, le=0.5, description="Of wrong ends that is allowed.")
    most_leads: int | None = Field(
        None, ge=2, le=1_000_000_000, description="End without a difference after so many."
    )


class BegunExperiment(BaseModel):
    """An experiment that was begun, and the job that scores its leads."""

    experiment: ExperimentItem
    job: JobItem


class Stopping(BaseModel):
    """Why an experiment ends."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "The model is withdrawn."}]})

    why: Why


@router.get("", operation_id="list_experiments")
def list_experiments(caller: Looker, limit: PageSize = 50, cursor: Cursor = None) -> Experiments:
    """Every experiment, the newest first."""
    with caller.entered() as session:
        rows = experiments.list_(session, limit=MOST)
    found, following = cut(rows, limit, cursor, lambda each: each.id)
    return Experiments(items=[_item(each) for each in found], next=following)


@router.post("", operation_id="start_experiment", status_code=202, responses={**ACCEPTED, **GONE, **CLASH})
def start(request: Request, response: Response, caller: Teacher, new: NewTrial) -> BegunExperiment:
    """Begin an experiment; a job scores its share of the leads in the new way."""
    _ensure_nothing_scores(request, caller)
    context = context_of(caller)
    design = Design(new.share, new.error_rate, new.days, new.most_leads)
    begun = start_experiment(
        context, NewExperiment(new.name, new.why, new.model, new.weights, new.weights_by, design)
    )

    def work(job: Job) -> None:
        report = rescore(context, trigger="experiment", advance=job.advance)
        job.notice = f"{begun.name} is running: {report.changed:,} leads have a new score."

    job = begin(request, response, caller, "Beginning the experiment", SUBJECT, work, page="/experiments")
    return BegunExperiment(experiment=_item(begun), job=job)


@router.get("/{experiment_id}", operation_id="get_experiment", responses=GONE)
def get_experiment(caller: Looker, experiment_id: UUID) -> ExperimentItem:
    """One experiment, with what its last look said."""
    with caller.entered() as session:
        return _item(experiments.load(session, experiment_id))


@router.post("/{experiment_id}/look", operation_id="look_at_experiment", responses=GONE | CLASH)
def look(caller: Teacher, experiment_id: UUID) -> ExperimentItem:
    """What an experiment says now; one that is decided ends by that. One may look as often as one likes."""
    context = context_of(caller)
    with caller.entered() as session:
        experiment = experiments.load(session, experiment_id)
    looked, report = look_at(context, experiment)
    return _item(looked, report.model_dump(mode="json"))


@router.post(
    "/{experiment_id}/stop",
    operation_id="stop_experiment",
    status_code=202,
    responses={**ACCEPTED, **GONE, **CLASH},
)
def stop(
    request: Request, response: Response, caller: Teacher, experiment_id: UUID, stopping: Stopping
) -> JobItem:
    """End an experiment by hand; a job scores every lead alike again."""
    context = context_of(caller)
    with caller.entered() as session:
        kept = experiments.load(session, experiment_id)
    if not kept.is_running:
        raise ConflictError("This experiment is over.", facts={"ended": kept.ended_at, "why": kept.ended_why})

    def work(job: Job) -> None:
        stop_experiment(context, kept.name, why=stopping.why)
        job.notice = f"{kept.name} is over; every lead is scored alike again."

    return begin(request, response, caller, "Ending the experiment", SUBJECT, work, page="/experiments")


def _ensure_nothing_scores(request: Request, caller: Caller) -> None:
    going = jobs_of(request).about(caller.workspace_id, SUBJECT)
    if going is not None and not going.is_over:
        raise ConflictError(
            "Leads are being scored at this moment.", facts={"job": going.id}, remedy="Wait for its end."
        )


def _item(each: Experiment, report: Mapping[str, Any] | None = None) -> ExperimentItem:
    told = {name: getattr(each, name) for name in ExperimentItem.model_fields if name != "running"}
    told |= {name: dict(told[name]) for name in ("trial", "design", "report")}
    return ExperimentItem(
        **told | {"running": each.is_running} | ({"report": dict(report)} if report is not None else {})
    )
