"""Models: what was trained on which outcomes, how good it is, which one scores, and the steps each can take."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from galena.bootstrap import open_objects
from galena.domain.registered_model import ModelStatus, RegisteredModel
from galena.stores import head_scores, leads, models
from galena.surfaces.api.caller import PROBLEMS, Caller, Reader
from galena.surfaces.api.facts import Label
from galena.surfaces.api.jobs import ACCEPTED, Counts, JobItem, begin, told
from galena.surfaces.api.model_answers import (
    ArchiveOrder,
    ComparisonItem,
    Grounds,
    LabelsItem,
    ModelCard,
    ModelItem,
    ModelItems,
    PredictionItem,
    PromotionOrder,
    ReportItem,
    StepItem,
    Switched,
    TrainingOrder,
    card_of,
    comparison_of,
    model_item,
    prediction_of,
    step_of,
)
from galena.surfaces.api.paging import Cursor, PageSize, cut
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.versions import CHANGED, IfMatch, ensure_unchanged, tag_of
from galena.surfaces.api.workplace import CLASH, GONE, Looker, Teacher, context_of
from galena.surfaces.reports import write_model_report
from galena.surfaces.web.jobs import Job
from galena.surfaces.web.pages.models_files import files_of
from galena.surfaces.web.pages.models_verdict import last_verdict
from galena.workflows import model_promotion, model_registry
from galena.workflows.head_trial import try_on_leads
from galena.workflows.label_counts import count_labels
from galena.workflows.model_comparison import compare
from galena.workflows.score_workspace import score_workspace
from galena.workflows.train_leads import Order, TrainingReport, train_leads

router = APIRouter(tags=["models"], responses=PROBLEMS, route_class=RepeatableRoute)

MOST_MODELS = 1_000
SUBJECT = "training"


@router.get("/models", operation_id="list_models")
def list_models(
    caller: Looker,
    purpose: Annotated[Label | None, Query(description="Only of this outcome.")] = None,
    status: ModelStatus | None = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> ModelItems:
    """Every model, by what it predicts, the newest first."""
    with caller.entered() as session:
        kept = models.list_(session, purpose=purpose, status=status, limit=MOST_MODELS)
    found, following = cut(kept, limit, cursor, lambda each: each.id)
    return ModelItems(items=[model_item(each) for each in found], next=following)


@router.get("/models/labels", operation_id="list_labels")
def list_labels(caller: Looker) -> list[LabelsItem]:
    """How many outcomes are known, by what can be predicted, and how many are needed."""
    return [
        LabelsItem(
            purpose=each.head.name,
            label=each.head.label,
            decided=each.decided,
            positives=each.positives,
            open=each.open,
            needed=each.needed,
        )
        for each in count_labels(context_of(caller))
    ]


@router.get("/models/compare", operation_id="compare_models", responses=GONE)
def compare_models(caller: Looker, one: UUID, other: UUID) -> ComparisonItem:
    """Two models side by side, figure by figure."""
    with caller.entered() as session:
        first, second = models.load(session, one), models.load(session, other)
    return comparison_of(compare(first, second))


@router.post("/models/train", operation_id="train_models", status_code=202, responses={**ACCEPTED, **CLASH})
def train(request: Request, response: Response, caller: Teacher, order: TrainingOrder) -> JobItem:
    """Train on the outcomes of the workspace's leads, as a job; its result tells what each model came to."""
    context, settings = context_of(caller), caller.galena.settings
    asked = Order(
        head=order.purpose,
        budget_s=60.0 * order.minutes,
        drop_leaks=order.drop_leaks,
        promote=order.promote,
        why=order.why.strip() or "trained by a program",
    )

    def work(job: Job) -> None:
        job.advance(0, 100, "Reading the leads")

        def progress(doing: str, share: float) -> None:
            job.advance(round(100 * share), 100, doing)

        report = train_leads(context, asked, page_of=write_model_report, progress=progress)
        if any(each.step == "champion" for each in report.heads):
            score_workspace(context, settings, trigger="model", advance=job.advance)
        trained = [each.model.name for each in report.heads if each.model]
        job.notice = f"Trained: {', '.join(trained)}." if trained else "Nothing was trained."
        told(job, _training_counts(report), **report.as_dict())

    return begin(request, response, caller, "Training", SUBJECT, work, page="/models/train")


@router.post(
    "/models/purposes/{purpose}/roll-back", operation_id="roll_back_model", responses={**GONE, **CLASH}
)
def roll_back(
    request: Request, response: Response, caller: Teacher, purpose: Label, reason: Grounds
) -> Switched:
    """Bring back the model that scored before the present one, which is archived; every lead is scored."""
    store = open_objects(caller.galena.settings)
    done = model_promotion.roll_back(context_of(caller), store, purpose, why=reason.why)
    return _switched(request, response, caller, done.champion, done.former)


@router.get("/models/{model_id}", operation_id="get_model", responses=GONE)
def get_model(caller: Looker, response: Response, model_id: UUID) -> ModelCard:
    """The card of a model: what it learned from, how good it is, and what it is made of."""
    with caller.entered() as session:
        card = card_of(models.load(session, model_id))
    response.headers["etag"] = tag_of(card)
    return card


@router.get("/models/{model_id}/history", operation_id="list_model_steps", responses=GONE)
def list_steps(caller: Looker, model_id: UUID) -> list[StepItem]:
    """What became of a model, the newest step first."""
    with caller.entered() as session:
        model = models.load(session, model_id)
        history = models.history(session, purpose=model.purpose)
    return [step_of(each) for each in reversed(history) if each.model_id == model_id]


@router.get("/models/{model_id}/report", operation_id="get_model_report", responses=GONE)
def get_report(caller: Looker, model_id: UUID) -> ReportItem:
    """What training wrote of a model: its figures, what they rest on, and what each column counts."""
    context = context_of(caller)
    with caller.entered() as session:
        model = models.load(session, model_id)
    found = files_of(context, open_objects(caller.galena.settings), model)
    return ReportItem(report=found.report)


@router.post("/models/{model_id}/challenge", operation_id="challenge_model", responses={**GONE, **CLASH})
def challenge(caller: Teacher, model_id: UUID, reason: Grounds) -> ModelItem:
    """Put a model on trial: it scores every lead unseen, beside what scores now."""
    return model_item(model_registry.challenge(context_of(caller), model_id, why=reason.why))


@router.post(
    "/models/{model_id}/try", operation_id="try_model", status_code=202, responses={**ACCEPTED, **GONE}
)
def try_here(request: Request, response: Response, caller: Teacher, model_id: UUID) -> JobItem:
    """Try a model on the leads that came after its training and are decided, against what scores now, as a job."""
    context, store = context_of(caller), open_objects(caller.galena.settings)
    with caller.entered() as session:
        model = models.load(session, model_id)

    def work(job: Job) -> None:
        job.advance(0, None, "Scoring the later leads by both")
        verdict = try_on_leads(context, store, model_id)
        job.notice = str(verdict.detail.get("sentence", ""))
        job.result = {"better": verdict.better, "certainty": verdict.certainty, **verdict.detail}

    subject = f"trial:{model.id}"
    return begin(request, response, caller, f"Trying {model.name}", subject, work, page="/models")


@router.post(
    "/models/{model_id}/promote", operation_id="promote_model", responses={**GONE, **CHANGED, **CLASH}
)
def promote(
    request: Request,
    response: Response,
    caller: Teacher,
    model_id: UUID,
    order: PromotionOrder,
    if_match: IfMatch = None,
) -> Switched:
    """Let a model score, on the verdict of its last trial against what scores now, or for a reason of yours."""
    with caller.entered() as session:
        model = models.load(session, model_id)
        ensure_unchanged(if_match, tag_of(card_of(model)))
        champion = models.find_champion(session, model.purpose)
        verdict = last_verdict(session, model, champion.id if champion else None)
    done = model_promotion.promote(
        context_of(caller),
        open_objects(caller.galena.settings),
        model_id,
        verdict=verdict,
        anyway=order.anyway.strip(),
        former_becomes=order.former_becomes,
    )
    return _switched(request, response, caller, done.champion, done.former)


@router.post("/models/{model_id}/archive", operation_id="archive_model", responses={**GONE, **CLASH})
def archive(
    request: Request, response: Response, caller: Teacher, model_id: UUID, order: ArchiveOrder
) -> Switched:
    """Put a model aside; the one that scores only when you say that rules take over."""
    with caller.entered() as session:
        before = models.load(session, model_id)
    archived = model_promotion.archive(
        context_of(caller), model_id, why=order.why, even_champion=order.rules_take_over
    )
    if before.status == "champion":
        return _switched(request, response, caller, None, archived)
    return Switched(champion=None, former=model_item(archived), job=None)


@router.get("/leads/{lead_id}/predictions", operation_id="list_predictions", responses=GONE)
def list_predictions(caller: Reader, lead_id: UUID) -> list[PredictionItem]:
    """What the models in use say of a lead, with intervals; why it has its score, GET /leads/{id}/score tells."""
    with caller.entered() as session:
        leads.load(session, lead_id)
        return [prediction_of(each) for each in head_scores.list_for_lead(session, lead_id)]


def _switched(
    request: Request,
    response: Response,
    caller: Caller,
    champion: RegisteredModel | None,
    former: RegisteredModel | None,
) -> Switched:
    """Who scores now, and the job that scores every lead by it."""
    context, settings = context_of(caller), caller.galena.settings

    def work(job: Job) -> None:
        report = score_workspace(context, settings, trigger="model", advance=job.advance).rescored
        job.notice = f"{report.changed:,} scores changed, {report.moved:,} leads are in another tier."
        told(job, Counts(updated=report.changed, skipped=report.leads - report.changed), moved=report.moved)

    about = champion or former
    subject = f"score:{about.id if about else 'rules'}"
    job = begin(request, response, caller, "Scoring every lead anew", subject, work, page="/models")
    response.status_code = 200
    return Switched(
        champion=model_item(champion) if champion else None,
        former=model_item(former) if former else None,
        job=job,
    )


def _training_counts(report: TrainingReport) -> Counts:
    made = sum(each.model is not None for each in report.heads)
    return Counts(created=made, skipped=len(report.heads) - made)
