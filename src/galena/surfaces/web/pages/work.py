"""Work in the background: started by an action, shown with its progress, and onward when it has ended."""

from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from galena.kit.errors import ConflictError
from galena.surfaces.web.answers import onward
from galena.surfaces.web.jobs import Job, Jobs
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Operator, Visitor, entered, galena_of
from galena.workflows.context import Context
from galena.workflows.lead_reasoning import seat_of
from galena.workflows.plans import active_plan
from galena.workflows.rescore import rescore
from galena.workflows.score_workspace import ScoringReport, score_workspace
from galena.workflows.scored_upto import find_position
from galena.workflows.touched import score_touched

router = APIRouter()


def jobs_of(request: Request) -> Jobs:
    """The jobs of the server behind a request."""
    found: Jobs = request.app.state.jobs
    return found


def context_of(request: Request, visitor: Visitor) -> Context:
    """Where the visitor's work takes place."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        playbook = active_plan(session).playbook
    return Context(galena.door, visitor.workspace.id, playbook, str(visitor.user.id), galena.clock)


def score_all(context: Context, job: Job, trigger: str) -> int:
    """Score every lead as a step of a job, and say how many have a score now.

    When somebody else is scoring already, that is said and no fault.
    """
    job.done, job.total = 0, None
    job.advance(0, None, "Scoring")
    try:
        if job.settings is None:
            whole = ScoringReport(rescore(context, trigger=trigger, advance=job.advance))
        else:
            whole = score_workspace(context, job.settings, trigger=trigger, advance=job.advance)
    except ConflictError:
        job.notice += " Scoring was at work already: score again when it has ended."
        return 0
    report, reasoned = whole.rescored, whole.reasoned
    is_first = report.changed == report.scored and not report.moved
    compared = "" if is_first else f", {report.changed:,} changed, {report.moved:,} in another tier"
    asked = [reasoned.sentence] if reasoned else []
    told = [job.notice, f"{report.scored:,} scored{compared}.", *asked, *report.weights, *report.alarms]
    job.notice = " ".join(told).strip()
    return report.scored


def score_changes(context: Context, job: Job) -> bool:
    """Score the leads that a piece of work touched, as a step of its job, and say whether these are the first scores.

    Everything is scored where nothing was before, and where a reasoner is to be asked about what is new.
    """
    with context.session() as session:
        is_new = find_position(session) is None
        has_reasoner = job.settings is not None and seat_of(session, active_plan(session)) is not None
    if is_new or has_reasoner:
        scored = score_all(context, job, "import")
        return is_new and scored > 0
    job.done, job.total = 0, None
    job.advance(0, None, "Scoring")
    touched = score_touched(context)
    job.notice = f"{job.notice} {touched.sentence}".strip()
    return False


def begin(request: Request, job: Job, work: Callable[[Job], object]) -> RedirectResponse:
    """Start the work; on to its result when it is done at once, else to the page that shows its progress.

    Raises:
        GalenaError: the work ended at once, and badly.
    """
    job.settings, job.who = galena_of(request).settings, str(request.state.visitor.user.id)
    jobs_of(request).start(job, work)
    if not job.wait():
        return RedirectResponse(f"/jobs/{job.id}", 303)
    if job.fault is not None:
        raise job.fault
    return onward(job.address, job.notice)


@router.get("/jobs/{job_id}", response_class=HTMLResponse)
def show(request: Request, visitor: Operator, job_id: UUID) -> Response:
    """How far a piece of work is."""
    job = jobs_of(request).find(visitor.workspace.id, job_id)
    if job.is_over and job.fault is None:
        return onward(job.address, job.notice)
    return page(request, "work.html", visitor, here=job.back.strip("/").partition("/")[0], job=job)


@router.get("/jobs/{job_id}/progress", response_class=HTMLResponse)
def progress(request: Request, visitor: Operator, job_id: UUID) -> Response:
    """The part of the page that changes; it asks for itself again while the work goes on."""
    job = jobs_of(request).find(visitor.workspace.id, job_id)
    if job.is_over and job.fault is None:
        answer = onward(job.address, job.notice)
        answer.status_code = 200
        answer.headers["hx-redirect"] = job.address
        return answer
    return page(request, "work_progress.html", visitor, job=job)
