"""First steps: from an empty workspace to a ranked list and what it says, each step told by the data itself."""

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.sign_in import Means
from galena.kit.errors import ConflictError
from galena.simulator.sample import LEADS, fill_sample, has_sample
from galena.stores import statistics
from galena.stores.door import OPERATOR
from galena.surfaces.web.entrance import admit
from galena.surfaces.web.jobs import Job
from galena.surfaces.web.pages.welcome_start import playbook_cards
from galena.surfaces.web.pages.welcome_tenant import show_tenant
from galena.surfaces.web.pages.work import begin, context_of, score_changes
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, SignedIn, entered, galena_of
from galena.surfaces.web.words import Nouns, count_words, nouns_of
from galena.workflows.first_look import Insight, first_look, found_workspace, remove_sample
from galena.workflows.people import ensure_operator
from galena.workflows.plans import Plan, active_plan
from galena.workflows.reasons import reasons_of

router = APIRouter()

SUBJECT = "sample"


@router.get("/welcome", response_class=HTMLResponse)
def show(request: Request, visitor: SignedIn) -> HTMLResponse:
    """The steps, and how far this workspace is; for a tenant's people, how far their own place is."""
    if visitor.user.tenant_id is not None:
        return show_tenant(request, visitor)
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        plan = active_plan(session)
        look = first_look(session, plan)
        first = _first(session, plan, look.insight)
        reasons = statistics.count_by_reason(session)
    nouns = nouns_of(plan.playbook)
    return page(
        request,
        "welcome.html",
        visitor,
        here="welcome",
        words=nouns,
        look=look,
        label=plan.playbook.label,
        text=plan.playbook.description,
        others=playbook_cards(plan.playbook.playbook) if look.is_untouched else [],
        sample=f"{LEADS:,}" if has_sample(plan.playbook.playbook) else "",
        leads=count_words(look.leads, nouns),
        headline=_headline(look.insight, nouns),
        first=first,
        left_out=_left_out(plan, reasons),
        limit_mb=galena.settings.upload_limit_mb,
        has_password=visitor.user.password_hash is not None,
    )


@router.post("/welcome/sample")
def take_sample(request: Request, visitor: Editor) -> RedirectResponse:
    """Bring in sample data and score it."""
    context = context_of(request, visitor)
    if not has_sample(context.playbook.playbook):
        raise ConflictError(
            "There is no sample data for this playbook.", remedy="Bring in a file of your own instead."
        )

    def work(job: Job) -> None:
        with tempfile.TemporaryDirectory() as folder:
            report = fill_sample(context, Path(folder), advance=job.advance)
        job.notice = (
            f"The sample is here: {count_words(report.scored, nouns_of(context.playbook))} with a score."
        )

    return begin(
        request, Job(visitor.workspace.id, "Bringing in sample data", SUBJECT, "/welcome", "/welcome"), work
    )


@router.post("/welcome/sample/remove")
def leave_sample(request: Request, visitor: Editor) -> RedirectResponse:
    """Take all sample data back, and score what remains."""
    context = context_of(request, visitor)

    def work(job: Job) -> None:
        job.advance(0, None, "Taking it back")
        gone = remove_sample(context)
        job.notice = f"The sample is gone, {count_words(gone, nouns_of(context.playbook))} with it."
        with entered(galena_of(request), visitor) as session:
            is_empty = not first_look(session, active_plan(session)).leads
        if not is_empty:
            score_changes(context, job)

    return begin(
        request, Job(visitor.workspace.id, "Removing sample data", SUBJECT, "/welcome", "/welcome"), work
    )


@router.post("/welcome/playbook")
def choose_another(
    request: Request, visitor: Editor, playbook: Annotated[str, Form(max_length=60)] = ""
) -> RedirectResponse:
    """Go on in a new workspace for another line of business; only from one that holds nothing."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        look = first_look(session, active_plan(session))
    if not look.is_untouched:
        raise ConflictError(
            "This workspace holds data already.",
            remedy="Another line of business has its own: `galena ingest FILE --playbook NAME` makes it.",
        )
    workspace = found_workspace(galena.door, playbook, actor=str(visitor.user.id))
    with galena.door.enter(workspace.id, tenant_id=OPERATOR, actor="galena up") as session:
        operator = ensure_operator(session, workspace)
    return admit(request, workspace.id, operator.id, Means.LINK, "/welcome", with_code=False)


def _headline(insight: Insight | None, nouns: Nouns) -> str:
    if insight is None:
        return ""
    span = (
        f"{insight.lowest} to {insight.highest}" if insight.lowest < insight.highest else f"{insight.highest}"
    )
    which = f"The best {insight.best} of {count_words(insight.scored, nouns)} score"
    if insight.best == 1:
        which = f"The best of {count_words(insight.scored, nouns)} scores"
    others = f"; the others {insight.others} on average" if insight.others is not None else ""
    return f"{which} {span} of 100{others}."


def _left_out(plan: Plan, reasons: dict[str, int]) -> str:
    """71 (expired 14, junk work 43, ...); empty where everything has a score."""
    labels = {each.name: each.label for each in plan.playbook.discards}
    most = sorted(reasons.items(), key=lambda pair: -pair[1])
    told = ", ".join(
        f"{labels.get(name or '', name or 'facts are missing')} {count:,}" for name, count in most[:4]
    )
    return f"{sum(reasons.values()):,} ({told})" if reasons else ""


def _first(session: Any, plan: Plan, insight: Insight | None) -> dict[str, Any] | None:
    if insight is None:
        return None
    row = insight.first
    tier = plan.explainer.tier(row.tier) if row.tier else None
    return {
        "href": f"/leads/{row.id}",
        "title": row.title or row.key,
        "subtitle": row.subtitle or "",
        "points": insight.highest,
        "colour": tier.colour if tier else "grey",
        "why": reasons_of(session, plan, [row], limit=3).get(row.id, ""),
    }
