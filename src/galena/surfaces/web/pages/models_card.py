"""The card of one model: what it learned from, how good it is, what became of it, and the steps it can take."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from galena.domain.playbook import Playbook
from galena.domain.registered_model import RegisteredModel
from galena.kit.errors import GalenaError, InputError
from galena.stores import member_weights, models, shadow_scores, users
from galena.surfaces.web.answers import onward
from galena.surfaces.web.jobs import Job
from galena.surfaces.web.pages.models_contents import (
    caveats_of,
    change_of,
    columns_of,
    facts_of,
    headline_of,
    importance_of,
    judged_words,
    members_of,
    share_words,
    warnings_of,
    weights_of,
)
from galena.surfaces.web.pages.models_files import ModelFiles, drawn, files_of, store_of
from galena.surfaces.web.pages.models_train import compared_rows
from galena.surfaces.web.pages.models_verdict import last_verdict, reads_leads, verdict_words
from galena.surfaces.web.pages.models_words import (
    FIGURES,
    figure_words,
    range_words,
    rows_words,
    status_words,
)
from galena.surfaces.web.pages.work import begin, context_of, score_all
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, Operator, entered, galena_of
from galena.surfaces.web.words import moment_words, nouns_of
from galena.workflows import model_promotion, model_registry
from galena.workflows.model_weights import in_force
from galena.workflows.plans import active_plan

router = APIRouter()

LONGEST_REASON = 500
WEIGHTS_SHOWN = 12
Reason = Annotated[str, Form(max_length=LONGEST_REASON)]

_REPORT_POLICY = {
    # The report is a page of its own: it may show itself, and reach nothing else, not even this site.
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-popups"
    ),
}


@router.get("/models/{model_id}", response_class=HTMLResponse)
def show(request: Request, visitor: Operator, model_id: UUID) -> HTMLResponse:
    """The card of a model."""
    return _page(request, visitor, model_id)


@router.get("/models/{model_id}/report", response_class=HTMLResponse)
def report(request: Request, visitor: Operator, model_id: UUID) -> Response:
    """The report that training wrote, as the page it is, shut off from this site."""
    context = context_of(request, visitor)
    with entered(galena_of(request), visitor) as session:
        model = models.load(session, model_id)
    found = files_of(context, store_of(request), model)
    if not found.page:
        found = drawn(found)
    if not found.page:
        raise InputError(
            f"{model.name} came without a report.", remedy="Its card has the figures that are known."
        )
    return HTMLResponse(found.page, headers=_REPORT_POLICY)


@router.post("/models/{model_id}/challenge")
def challenge(request: Request, visitor: Editor, model_id: UUID, why: Reason = "") -> RedirectResponse:
    """Put a model on trial: it scores every lead unseen, beside what scores now."""
    context = context_of(request, visitor)
    model = model_registry.challenge(context, model_id, why=why.strip())
    return onward(f"/models/{model_id}", f"{model.name} is on trial. Nobody sees its scores yet.")


@router.post("/models/{model_id}/promote", response_model=None)
def promote(request: Request, visitor: Editor, model_id: UUID, anyway: Reason = "") -> Response:
    """Let a model score, on the verdict of the test or for a reason; what is refused is explained on the card."""
    context = context_of(request, visitor)
    store = store_of(request)
    with entered(galena_of(request), visitor) as session:
        model = models.load(session, model_id)
        champion = models.find_champion(session, model.purpose)
        verdict = last_verdict(session, model, champion.id if champion else None)
    try:
        done = model_promotion.promote(context, store, model_id, verdict=verdict, anyway=anyway.strip())
    except GalenaError as fault:
        return _page(request, visitor, model_id, refused=fault, anyway=anyway, status=fault.http_status)
    return _score(request, visitor, done.champion, f"{done.champion.name} scores now.")


@router.post("/models/roll-back/{purpose}")
def roll_back(request: Request, visitor: Editor, purpose: str, why: Reason = "") -> RedirectResponse:
    """Bring back the model that scored before."""
    context = context_of(request, visitor)
    done = model_promotion.roll_back(context, store_of(request), purpose, why=why.strip())
    former = done.former.name if done.former else "The rules"
    return _score(
        request, visitor, done.champion, f"{done.champion.name} scores again; {former} is archived."
    )


@router.post("/models/{model_id}/archive")
def archive(
    request: Request, visitor: Editor, model_id: UUID, why: Reason = "", rules_take_over: Reason = ""
) -> RedirectResponse:
    """Put a model aside; a champion only when the form says that rules take over."""
    context = context_of(request, visitor)
    with context.session() as session:
        was = models.load(session, model_id).status
    model = model_promotion.archive(
        context, model_id, why=why.strip(), even_champion=rules_take_over == "yes"
    )
    if was == "champion":
        return _score(request, visitor, model, f"{model.name} is archived, and rules score.")
    return onward(f"/models/{model_id}", f"{model.name} is archived. It can be put on trial again any day.")


def _score(request: Request, visitor: Any, model: RegisteredModel, done: str) -> RedirectResponse:
    context = context_of(request, visitor)

    def work(job: Job) -> None:
        job.notice = done
        score_all(context, job, "model")

    card = f"/models/{model.id}"
    job = Job(visitor.workspace.id, "Scoring every lead anew", f"score:{model.id}", card, card)
    return begin(request, job, work)


def _page(
    request: Request,
    visitor: Any,
    model_id: UUID,
    *,
    refused: GalenaError | None = None,
    anyway: str = "",
    status: int = 200,
) -> HTMLResponse:
    now = galena_of(request).clock()
    context = context_of(request, visitor)
    with entered(galena_of(request), visitor) as session:
        model = models.load(session, model_id)
        playbook = active_plan(session).playbook
        history = models.history(session, purpose=model.purpose)
        weights = member_weights.list_(session, model_id, limit=WEIGHTS_SHOWN)
        adapted = in_force(session, model)
        people = {str(user.id): user.name or user.email for user in users.list_all(session)}
        names = {each.id: each.name for each in models.list_(session, purpose=model.purpose)}
        champion = models.find_champion(session, model.purpose)
        verdict = last_verdict(session, model, champion.id if champion else None)
        seen = shadow_scores.count(session, model_id) if model.status == "challenger" else 0
    fault: GalenaError | None = None
    files = ModelFiles({}, "")
    try:
        files = files_of(context, store_of(request), model)
    except GalenaError as error:
        fault = error
    way_back = model_promotion.champions_in_turn(history)
    return page(
        request,
        "models_card.html",
        visitor,
        here="models",
        status=status,
        words=nouns_of(playbook),
        model=_about(model, playbook, people, now),
        quality=headline_of(model, files.report),
        caveats=caveats_of(files.report),
        figures=[found for kind in FIGURES if (found := figure_words(kind, model.metrics))],
        judged=judged_words(files.report),
        members=members_of(model, adapted, files.report),
        weights=[weights_of(each, people, now) for each in weights],
        importance=importance_of(files.report, playbook),
        warnings=warnings_of(model, files.report),
        columns=columns_of(model),
        beside_rules=share_words(model),
        notes=[str(each) for each in files.report.get("notes", ())],
        has_report=bool(files.page),
        fault=fault,
        history=[change_of(each, people, now) for each in reversed(history) if each.model_id == model_id],
        champion=champion.name if champion else None,
        champion_id=champion.id if champion else None,
        back_to=names.get(way_back[-2], "") if len(way_back) > 1 else "",
        seen=seen,
        verdict=verdict_words(verdict),
        compared=compared_rows(model.card.get("compared")),
        reads_leads=reads_leads(model),
        limit_mb=galena_of(request).settings.upload_limit_mb,
        refused=refused,
        anyway=anyway,
        facts=facts_of(model),
    )


def _about(
    model: RegisteredModel, playbook: Playbook, people: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    head = playbook.models.head(model.purpose)
    return {
        "id": model.id,
        "name": model.name,
        "purpose": model.purpose,
        "label": head.label if head else model.purpose.replace("_", " ").capitalize(),
        "status": model.status,
        "status_words": status_words(
            model,
            is_score=playbook.models.score_head is None or playbook.models.score_head.name == model.purpose,
        ),
        "why": model.why,
        "who": people.get(model.created_by, model.created_by),
        "when": moment_words(model.created_at, now),
        "rows": rows_words(model),
        "range": range_words(model),
    }
