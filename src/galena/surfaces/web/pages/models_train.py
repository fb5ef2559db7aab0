"""Training: what outcomes are known, a model of them trained as a job, and what came of the last training."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.kit.errors import InputError
from galena.surfaces.web.jobs import Job
from galena.surfaces.web.pages.models_words import Figure, figure_of
from galena.surfaces.web.pages.work import begin, context_of, jobs_of, score_all
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, Operator, entered, galena_of
from galena.surfaces.web.words import nouns_of
from galena.workflows.label_counts import LabelCounts, count_labels
from galena.workflows.plans import active_plan
from galena.workflows.train_leads import HeadTraining, Order, TrainingReport, train_leads

if TYPE_CHECKING:
    from galena.engines.learning.report import Report

router = APIRouter()

MINUTES = (1, 2, 5, 10, 30)
USUAL_MINUTES = 2
SUBJECT = "training"
LONGEST_REASON = 500

Text = Annotated[str, Form(max_length=LONGEST_REASON)]


@router.get("/models/train", response_class=HTMLResponse)
def show(request: Request, visitor: Operator) -> HTMLResponse:
    """What can be trained, and what the last training came to."""
    with entered(galena_of(request), visitor) as session:
        playbook = active_plan(session).playbook
    last = jobs_of(request).about(visitor.workspace.id, SUBJECT)
    done = last.result if last and last.is_over else None
    return page(
        request,
        "models_train.html",
        visitor,
        here="models",
        words=nouns_of(playbook),
        heads=[{"name": head.name, "label": head.label} for head in playbook.models.heads],
        minutes=MINUTES,
        usual=USUAL_MINUTES,
        at_work={"id": last.id, "doing": last.doing} if last and not last.is_over else None,
        fault=last.fault if last and last.is_over else None,
        done=_report(done) if isinstance(done, TrainingReport) else None,
    )


@router.get("/models/labels", response_class=HTMLResponse)
def labels(request: Request, visitor: Operator) -> HTMLResponse:
    """How many outcomes are known, a part of other pages; without scripts a page of its own."""
    context = context_of(request, visitor)
    counts = [_counts(each) for each in count_labels(context)]
    is_part = "hx-request" in request.headers
    return page(
        request,
        "models_labels.html" if is_part else "models_labels_page.html",
        visitor,
        here="models",
        words=nouns_of(context.playbook),
        counts=counts,
    )


@router.post("/models/train")
def train(
    request: Request,
    visitor: Editor,
    head: Text = "",
    minutes: Annotated[int, Form()] = USUAL_MINUTES,
    why: Text = "",
    drop_leaks: Text = "",
    promote: Text = "",
) -> RedirectResponse:
    """Train on the outcomes of the workspace's leads."""
    if minutes not in MINUTES:
        raise InputError("So many minutes are not offered.", facts={"minutes": minutes})
    context = context_of(request, visitor)
    order = Order(
        head=head or None,
        budget_s=60.0 * minutes,
        drop_leaks=drop_leaks == "yes",
        promote=promote == "yes",
        why=why.strip() or "trained by hand",
    )

    def work(job: Job) -> None:
        def progress(doing: str, share: float) -> None:
            job.advance(round(100 * share), 100, doing)

        job.result = report = train_leads(context, order, page_of=_drawn, progress=progress)
        trained = [each.model.name for each in report.heads if each.model]
        job.notice = f"Trained: {', '.join(trained)}." if trained else "Nothing was trained."
        if any(each.step == "champion" for each in report.heads):
            score_all(context, job, "model")

    job = Job(visitor.workspace.id, "Training", SUBJECT, "/models/train", "/models/train")
    return begin(request, job, work)


def _drawn(report: "Report") -> str:
    """The report as a page."""
    from galena.surfaces.reports import write_model_report

    return write_model_report(report)


def _counts(found: LabelCounts) -> dict[str, Any]:
    share = f"{100 * found.positives / found.decided:.0f} %" if found.decided else ""
    missing = max(found.needed - found.decided, 0)
    return {
        "name": found.head.name,
        "label": found.head.label,
        "decided": f"{found.decided:,}",
        "positives": f"{found.positives:,}",
        "share": share,
        "open": f"{found.open:,}",
        "needed": f"{found.needed:,}",
        "missing": f"{missing:,}" if missing else "",
        "fill": round(min(100.0, 100 * found.decided / found.needed), 1),
    }


def _report(found: TrainingReport) -> dict[str, Any]:
    seconds = f"{found.seconds / 60:.0f} minutes" if found.seconds >= 90 else f"{found.seconds:.0f} seconds"
    return {
        "leads": f"{found.leads:,}",
        "seconds": seconds,
        "heads": [_head(each) for each in found.heads],
    }


def _head(found: HeadTraining) -> dict[str, Any]:
    return {
        "label": found.head.label,
        "sentence": found.sentence,
        "model": found.model and {"id": found.model.id, "name": found.model.name},
        "is_good": found.step in ("challenger", "champion"),
        "weight": "" if found.weight is None else f"{100 * found.weight:.0f} %",
        "suspects": list(found.suspects),
        "compared": compared_rows(found.metrics),
    }


COMPARED = (("rules", "the rules alone"), ("model", "the model alone"), ("blend", "both together"))


def compared_rows(given: Any) -> list[dict[str, str]]:
    """Rules, model and both together on leads none of them had seen; empty where that is not known."""
    rows = []
    for name, label in COMPARED:
        kept = given.get(name) if isinstance(given, Mapping) else None
        if not isinstance(kept, Mapping):
            continue
        auc, loss = figure_of(kept, "auc"), figure_of(kept, "log_loss")
        rows.append({"label": label, "auc": _shown(auc, 100, 0), "log_loss": _shown(loss, 1, 3)})
    return rows


def _shown(figure: Figure | None, times: float, digits: int) -> str:
    if figure is None or figure.value is None:
        return "not known"
    between = (
        f" ({times * figure.low:.{digits}f} to {times * figure.high:.{digits}f})"
        if figure.low is not None and figure.high is not None
        else ""
    )
    return f"{times * figure.value:.{digits}f}{between}"
