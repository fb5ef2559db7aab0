"""Work in the background: what is being done now and how far it is, and what has ended."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.kit.clock import system_clock
from galena.surfaces.web.answers import onward
from galena.surfaces.web.jobs import Job
from galena.surfaces.web.pages.work import jobs_of
from galena.surfaces.web.people import author_words, names_of_people
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, Operator, entered, galena_of
from galena.surfaces.web.words import moment_words

router = APIRouter()

SHOWN = 60


@router.get("/jobs", response_class=HTMLResponse)
def show(request: Request, visitor: Operator) -> HTMLResponse:
    """The work of this workspace, the newest first."""
    known = list(reversed(jobs_of(request).history(visitor.workspace.id)))
    with entered(galena_of(request), visitor) as session:
        people = names_of_people(session)
    now = system_clock()
    lines = [_line(job, people, now) for job in known]
    return page(
        request,
        "jobs.html",
        visitor,
        here="jobs",
        at_work=[line for line in lines if not line["is_over"]],
        ended=[line for line in lines if line["is_over"]][:SHOWN],
    )


@router.post("/jobs/{job_id}/stop")
def stop(request: Request, visitor: Editor, job_id: UUID) -> RedirectResponse:
    """Ask a piece of work to end at its next step."""
    job = jobs_of(request).find(visitor.workspace.id, job_id)
    job.stop()
    return onward("/jobs", f"{job.title} ends at its next step; what is done by then stays done.")


def _line(job: Job, people: Any, now: datetime) -> dict[str, Any]:
    is_over = job.is_over
    stands, colour = _stand(job) if is_over else ("at work", "accent")
    return {
        "id": job.id,
        "title": job.title,
        "is_over": is_over,
        "is_stopping": job.was_stopped,
        "doing": job.doing,
        "done": job.done,
        "total": job.total,
        "percent": job.percent,
        "stands": stands,
        "colour": colour,
        "who": author_words(job.who, people),
        "when": moment_words(job.started_at, now),
        "took": _took(job, now),
        "said": job.fault.what if job.fault else job.notice,
        "href": job.back if job.fault else job.address,
    }


def _stand(job: Job) -> tuple[str, str]:
    return job.state, {"done": "green", "stopped": "grey"}.get(job.state, "red")


def _took(job: Job, now: datetime) -> str:
    if job.is_over and job.ended_at is None:
        return ""  # It ended with its server, and nobody knows when.
    seconds = max(0, round(((job.ended_at or now) - job.started_at).total_seconds()))
    if seconds < 60:
        return f"{seconds} s" if seconds else "under 1 s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
