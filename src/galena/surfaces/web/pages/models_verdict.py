"""Is a model better than what scores now? The last trial on later leads, in words; and trials of it."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from galena.domain.blend import BLEND
from galena.domain.registered_model import RegisteredModel
from galena.kit.errors import InputError
from galena.stores import audit, models
from galena.stores.door import Session
from galena.surfaces.web.jobs import Job
from galena.surfaces.web.pages.imports import uploads_of
from galena.surfaces.web.pages.models_files import store_of
from galena.surfaces.web.pages.work import begin, context_of
from galena.surfaces.web.visitors import Editor, SignedIn, Visitor, check_editor
from galena.surfaces.web.words import day
from galena.workflows.head_trial import try_on_leads
from galena.workflows.model_promotion import Verdict
from galena.workflows.model_trial import TRIED, Trial, try_model

router = APIRouter()

ENTRIES_READ = 50


@router.post("/models/{model_id}/try")
async def try_on_file(request: Request, visitor: SignedIn, model_id: UUID) -> RedirectResponse:
    """Try a model on a file of later leads with their outcome, against what scores now."""
    check_editor(visitor, visitor.form_token)
    uploads = uploads_of(request, visitor)
    draft_id, texts = await uploads.receive(request)
    try:
        check_editor(visitor, texts.get("csrf_token", ""))
        target = texts.get("target", "").strip()
        if not target:
            raise InputError("Which column holds the outcome?", remedy="Write its name as the file has it.")
        trial = Trial(uploads.file_of(draft_id), target, time=texts.get("time", "").strip() or None)
        context, store = context_of(request, visitor), store_of(request)
        with context.session() as session:
            model = models.load(session, model_id)
    except BaseException:
        uploads.drop(draft_id)
        raise

    def tried() -> Verdict:
        try:
            return try_model(context, store, model_id, trial)
        finally:
            uploads.drop(draft_id)

    return _begin(request, visitor, model, tried)


@router.post("/models/{model_id}/try-on-leads")
def try_here(request: Request, visitor: Editor, model_id: UUID) -> RedirectResponse:
    """Try a model on the workspace's own leads that came after its training and are decided."""
    context, store = context_of(request, visitor), store_of(request)
    with context.session() as session:
        model = models.load(session, model_id)
    return _begin(request, visitor, model, lambda: try_on_leads(context, store, model_id))


def _begin(
    request: Request, visitor: Visitor, model: RegisteredModel, tried: Callable[[], Verdict]
) -> RedirectResponse:
    def work(job: Job) -> None:
        job.advance(0, None, "Scoring the later leads by both")
        job.notice = str(tried().detail.get("sentence", ""))

    card = f"/models/{model.id}"
    job = Job(visitor.workspace.id, f"Trying {model.name}", f"trial:{model.id}", card, card)
    return begin(request, job, work)


def reads_leads(model: RegisteredModel) -> bool:
    """Whether a model was trained on a workspace's leads and reads them with its rules, and no other table."""
    return BLEND in model.card


def last_verdict(session: Session, model: RegisteredModel, champion: UUID | None) -> Verdict | None:
    """The last trial of a model against what scores now; None where there was none."""
    for entry in audit.list_(session, subject=f"model:{model.id}", limit=ENTRIES_READ):
        if entry.action == TRIED and entry.detail.get("against") == (str(champion) if champion else None):
            return Verdict(
                model.id,
                champion,
                entry.detail.get("better") is True,
                float(entry.detail.get("certainty") or 0.0),
                {**entry.detail.get("detail", {}), "on": day(entry.at)},
            )
    return None


def verdict_words(verdict: Verdict | None) -> dict[str, Any] | None:
    """The verdict as the card shows it."""
    if verdict is None:
        return None
    detail: Mapping[str, Any] = verdict.detail
    sentence = str(detail.get("sentence") or ("Better." if verdict.better else "Not shown to be better."))
    against = detail.get("against")
    where = [f"Tried on {detail['on']}" if detail.get("on") else "", f"against {against}" if against else ""]
    told = f"{' '.join(filter(None, where))}. {detail.get('note') or ''}".strip(". ")
    return {"better": verdict.better, "sentence": sentence, "detail": f"{told}." if told else ""}
