"""Learning from what became of leads: how it stands, its runs, what drifted; run and looked at as jobs."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from galena.domain.learning import KeptDrift, LearningRun
from galena.engines.learning.triggers import trigger_of, waiting_sentence
from galena.stores import learning
from galena.surfaces.api.caller import PROBLEMS
from galena.surfaces.api.jobs import ACCEPTED, JobItem, begin
from galena.surfaces.api.paging import Cursor, Page, PageSize, cut
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.values import Short
from galena.surfaces.api.workplace import CLASH, Looker, Teacher, context_of
from galena.surfaces.web.jobs import Job
from galena.workflows.drift import alarms_of, watch_drift
from galena.workflows.learn import learn, loop_state
from galena.workflows.learn_head import LearnOptions

router = APIRouter(tags=["learning"], responses=PROBLEMS, route_class=RepeatableRoute)

MOST = 10_000


class LearningState(BaseModel):
    """How the loop stands."""

    decided: int = Field(description="Outcomes that are known.")
    due: str | None = Field(description="Why it would learn now: schedule, labels, drift; null: it waits.")
    sentence: str


class LearningRunItem(BaseModel):
    """A run of the loop."""

    id: UUID
    trigger: str = Field(description="schedule, labels, drift or hand")
    why: str
    state: Literal["running", "done", "failed"]
    decided: int = Field(description="Outcomes known when it began.")
    author: str
    started_at: datetime
    finished_at: datetime | None
    sentences: list[str] = Field(description="What it did, in words.")
    report: dict[str, Any]


class LearningRuns(Page):
    """A page of runs, the newest first."""

    items: list[LearningRunItem]


class NewRun(BaseModel):
    """How to learn."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"budget_s": 60, "takes_over": False}]})

    when_due: bool = Field(False, description="Only where there is a reason to, as it does by itself.")
    budget_s: float = Field(
        60, ge=1, le=3_600, allow_inf_nan=False, description="Seconds to train each outcome."
    )
    seed: int = Field(0, ge=0, le=2_147_483_647, description="Of everything drawn.")
    takes_over: bool = Field(
        True, description="A model that is surely better takes over by itself; false: somebody promotes it."
    )


class DriftReport(BaseModel):
    """Whether leads, the model's word or outcomes moved away from what was learned."""

    id: UUID
    purpose: str = Field(description="The outcome whose model was watched.")
    model_id: UUID | None = Field(description="null: rules scored")
    at: datetime
    sentence: str
    alarms: list[str]
    report: dict[str, Any] = Field(description="Everything that was compared.")


class DriftReports(Page):
    """A page of drift reports, the newest first."""

    items: list[DriftReport]


@router.get("/learning", operation_id="get_learning")
def get_learning(caller: Looker) -> LearningState:
    """How many outcomes are known, and whether it is time to learn."""
    context = context_of(caller)
    state = loop_state(context)
    trigger = trigger_of(state, context.clock())
    words = trigger.sentence if trigger else waiting_sentence(state)
    return LearningState(decided=state.decided, due=trigger.kind if trigger else None, sentence=words)


@router.get("/learning/runs", operation_id="list_learning_runs")
def list_runs(caller: Looker, limit: PageSize = 50, cursor: Cursor = None) -> LearningRuns:
    """What the loop did, when and why."""
    with caller.entered() as session:
        rows = learning.list_runs(session, limit=MOST)
    found, following = cut(rows, limit, cursor, lambda each: each.id)
    return LearningRuns(items=[_run(each) for each in found], next=following)


@router.post(
    "/learning/runs", operation_id="start_learning", status_code=202, responses={**ACCEPTED, **CLASH}
)
def start_learning(request: Request, response: Response, caller: Teacher, new: NewRun) -> JobItem:
    """Run the loop as a job: try the model on trial, train the next one, let the better one take over."""
    context = context_of(caller)
    options = LearnOptions(budget_s=new.budget_s, seed=new.seed, takes_over=new.takes_over)

    def work(job: Job) -> None:
        from galena.surfaces.reports import write_model_report

        report = learn(
            context,
            options,
            page_of=write_model_report,
            by_hand=not new.when_due,
            progress=lambda doing, share: job.advance(round(100 * share), 100, doing),
        )
        job.notice = " ".join(report.sentences)
        job.result = {"run_id": None if report.run is None else str(report.run.id)}

    return begin(request, response, caller, "Learning", "learn", work, page="/learning")


@router.get("/drift", operation_id="list_drift_reports")
def list_drift(
    caller: Looker,
    purpose: Annotated[Short | None, Query(description="Only of this outcome.")] = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> DriftReports:
    """Drift reports, the newest first."""
    with caller.entered() as session:
        rows = learning.list_drift(session, purpose=purpose, limit=MOST)
    found, following = cut(rows, limit, cursor, lambda each: each.id)
    return DriftReports(items=[_drift(each) for each in found], next=following)


@router.post("/drift", operation_id="watch_drift", status_code=202, responses={**ACCEPTED, **CLASH})
def start_watching(request: Request, response: Response, caller: Teacher) -> JobItem:
    """Compare leads of the last four weeks with those the models learned from, as a job; what moved is told."""
    context = context_of(caller)

    def work(job: Job) -> None:
        kept = watch_drift(context)
        job.notice = " ".join(str(each.report["sentence"]) for each in kept)
        job.result = {"reports": [str(each.id) for each in kept]}

    return begin(request, response, caller, "Looking for drift", "drift", work, page="/drift")


def _run(each: LearningRun) -> LearningRunItem:
    told = {name: getattr(each, name) for name in LearningRunItem.model_fields}
    return LearningRunItem(**told | {"sentences": list(each.sentences), "report": dict(each.report)})


def _drift(each: KeptDrift) -> DriftReport:
    return DriftReport(
        id=each.id,
        purpose=each.purpose,
        model_id=each.model_id,
        at=each.at,
        sentence=str(each.report["sentence"]),
        alarms=list(alarms_of(each.report)),
        report=dict(each.report),
    )
