"""Jobs: work that takes longer than an answer may, with its progress; looked at, waited for, stopped."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from galena.domain.kept_job import JobState
from galena.kit.errors import UnavailableError
from galena.surfaces.api.caller import PROBLEMS, Caller
from galena.surfaces.api.paging import Cursor, Page, PageSize, cut
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.workplace import GONE, Desk, Looker
from galena.surfaces.web.jobs import Job, Jobs

router = APIRouter(prefix="/jobs", tags=["jobs"], responses=PROBLEMS, route_class=RepeatableRoute)

MOST_AT_WORK = 100
"""So many pieces of work may be begun and not done in a workspace."""

ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "It has begun; `location` says where its progress is.",
        "headers": {"location": {"description": "The address of the job.", "schema": {"type": "string"}}},
    }
}


class Counts(BaseModel):
    """What became of the things the job was about; they add up to all that it has looked at."""

    created: int = 0
    updated: int = 0
    skipped: int = Field(default=0, description="Nothing new, or not to be done.")
    errors: int = 0


class JobItem(BaseModel):
    """A piece of work."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "0195a3c0-0000-7000-8000-000000000000",
                "title": "Scoring 2,000 leads",
                "subject": "score:many",
                "status": "running",
                "doing": "Scoring",
                "done": 1000,
                "total": 2000,
                "notice": "",
                "started_at": "2026-03-02T09:00:00Z",
                "counts": None,
                "result": None,
                "fault": None,
            }
        }
    )

    id: UUID
    title: str
    subject: str = Field(
        description="What it is about; there is one piece of work at a time for each subject."
    )
    status: JobState
    doing: str = Field(description="What it is at, in words.")
    done: int = Field(description="How far it is, in rows or leads.")
    total: int | None = Field(description="How far it goes; null while nobody knows.")
    notice: str = Field(description="What came of it, in words.")
    started_at: datetime
    counts: Counts | None = Field(description="What came of it, in numbers; null until then.")
    result: dict[str, Any] | None = Field(description="More of what came of it.")
    fault: str | None = Field(description="Why it failed.")


class JobItems(Page):
    """A page of jobs, the newest first."""

    items: list[JobItem]


@router.get("", operation_id="list_jobs")
def list_jobs(
    request: Request,
    caller: Looker,
    status: JobState | None = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> JobItems:
    """What the server works on and has worked on, the newest thousand: for programs, and for people on the pages."""
    told = [job_item(job) for job in reversed(jobs_of(request).history(caller.workspace_id))]
    wanted = [job for job in told if status is None or job.status == status]
    found, following = cut(wanted, limit, cursor, lambda job: job.id)
    return JobItems(items=list(found), next=following)


@router.get("/{job_id}", operation_id="get_job", responses=GONE)
def get_job(request: Request, caller: Looker, job_id: UUID) -> JobItem:
    """One piece of work, and how far it is."""
    return job_item(jobs_of(request).find(caller.workspace_id, job_id))


@router.post("/{job_id}/cancel", operation_id="cancel_job", responses=GONE)
def cancel_job(request: Request, caller: Desk, job_id: UUID) -> JobItem:
    """Ask a piece of work to end at its next step; what it has done by then stays done."""
    job = jobs_of(request).find(caller.workspace_id, job_id)
    job.stop()
    return job_item(job)


def jobs_of(request: Request) -> Jobs:
    """The jobs of the server behind a request."""
    found: Jobs = request.app.state.jobs
    return found


def begin(
    request: Request,
    response: Response,
    caller: Caller,
    title: str,
    subject: str,
    work: Callable[[Job], None],
    *,
    page: str = "/leads",
) -> JobItem:
    """Start a piece of work and tell where its progress is.

    Args:
        page: of the web app, where people see what came of it.

    Raises:
        ConflictError: something is at work on the same subject.
        UnavailableError: too much work is waiting already.
    """
    known = jobs_of(request).of_workspace(caller.workspace_id)
    if sum(not each.is_over for each in known) >= MOST_AT_WORK:
        raise UnavailableError(
            "Too much work is waiting already.",
            facts={"at work": MOST_AT_WORK},
            remedy="Wait until some of it is done: GET /jobs?status=running lists it.",
        )
    job = Job(caller.workspace_id, title, subject, page, page, settings=caller.galena.settings)
    jobs_of(request).start(job, work)
    response.status_code = 202
    response.headers["location"] = f"/api/v1/jobs/{job.id}"
    return job_item(job)


def told(job: Job, counts: Counts, **result: Any) -> None:
    """Keep what came of a job, for those who ask."""
    job.result = {"counts": counts.model_dump(), **result}


def job_item(job: Job) -> JobItem:
    # First of all: what an ended job left is complete, while one at work may end between two looks at it.
    status = job.state
    result = dict(job.result) if isinstance(job.result, dict) else {}
    counts = result.pop("counts", None)
    return JobItem(
        id=job.id,
        title=job.title,
        subject=job.subject,
        status=status,
        doing=job.doing,
        done=job.done,
        total=job.total,
        notice=job.notice,
        started_at=job.started_at,
        counts=None if counts is None else Counts(**counts),
        result=result or None,
        fault=None if job.fault is None else str(job.fault),
    )
