"""Work that takes longer than a page may: done in threads, looked at from pages, stopped with the server.

What a job did is in the database, and so is how it ended, for whoever asks the next server. A stopped import goes on
where it was when the same file is given again.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from galena.domain.kept_job import JobState, KeptJob
from galena.kit.clock import system_clock
from galena.kit.errors import ConflictError, GalenaError, NotFoundError, UnavailableError
from galena.kit.ids import new_id
from galena.kit.traces import span
from galena.settings import Settings
from galena.stores import jobs as kept_jobs
from galena.stores.door import OPERATOR, Door

_log = logging.getLogger(__name__)

AT_ONCE = 2
KEPT = 200
KEEPER = "jobs"
PATIENCE_S = 1.2
"""How long an answer waits for a job that may be done at once."""


class StoppedError(UnavailableError):
    """The server stops, and the work with it."""


@dataclass(eq=False)
class Job:
    """One piece of work.

    Attributes:
        subject: what it is about; one piece of work at a time for each subject.
        doing: what it is at, for people.
        done, total: how far, in rows or leads; total None while unknown.
        address: where to go when it has ended well.
        fault: why it ended badly.
        settings: of the installation it works in, where its work asks for them.
        who: the id of whoever began it; empty: nobody did by hand.
        ended_at: when it ended; None: it has not.
    """

    workspace_id: UUID
    title: str
    subject: str
    address: str
    back: str
    id: UUID = field(default_factory=new_id)
    doing: str = ""
    done: int = 0
    total: int | None = None
    result: Any = None
    notice: str = ""
    fault: GalenaError | None = None
    settings: Settings | None = None
    who: str = ""
    ended_at: datetime | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)
    _future: "Future[None] | None" = None

    @property
    def started_at(self) -> datetime:
        """When it was given to the server, by its id, which begins with the time."""
        return datetime.fromtimestamp((self.id.int >> 80) / 1_000, UTC)

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or badly."""
        return self._future is not None and self._future.done()

    @property
    def state(self) -> JobState:
        """How it stands."""
        if not self.is_over:
            return "running"
        return self._ended

    @property
    def _ended(self) -> JobState:
        if self.fault is None:
            return "done"
        return "stopped" if self.was_stopped else "failed"

    @property
    def was_stopped(self) -> bool:
        """Whether it was asked to end before its time."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Ask it to end at its next step."""
        self._stopping.set()

    @property
    def percent(self) -> int | None:
        """How far it is; None while that cannot be said."""
        return min(99, int(100 * self.done / self.total)) if self.total else None

    def advance(self, done: int, total: int | None = None, doing: str | None = None) -> None:
        """Say how far the work is.

        Raises:
            StoppedError: the server stops.
        """
        if self._stopping.is_set():
            raise StoppedError("The server was stopped meanwhile.", remedy="Start it again, then try again.")
        self.done, self.total = done, total if total is not None else self.total
        self.doing = doing or self.doing

    def wait(self, seconds: float = PATIENCE_S) -> bool:
        """Wait a little, and say whether it has ended."""
        assert self._future is not None
        try:
            self._future.result(seconds)
        except FutureTimeoutError:
            return False
        return True


class Jobs:
    """The jobs of a server, and what is kept of those of servers before it."""

    def __init__(self, door: Door | None = None) -> None:
        """Args: door: to where they are kept; None: they end with the server."""
        self._door = door
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="galena-job")
        self._known: dict[UUID, Job] = {}
        self._lock = threading.Lock()

    def start(self, job: Job, work: Callable[[Job], object]) -> Job:
        """Do the work in a thread.

        Raises:
            ConflictError: something is at work on the same subject of this workspace.
        """
        with self._lock:
            for other in self._known.values():
                is_same = (other.workspace_id, other.subject) == (job.workspace_id, job.subject)
                if is_same and not other.is_over:
                    raise ConflictError(
                        "This is being worked on already.",
                        facts={"at work": other.title},
                        remedy="Wait for its end.",
                    )
            for old in [each.id for each in self._known.values() if each.is_over][
                : max(0, len(self._known) - KEPT)
            ]:
                del self._known[old]
            self._known[job.id] = job
            self._keep(job, "running")
            job._future = self._pool.submit(self._run, job, work)
        return job

    @property
    def at_work(self) -> int:
        """How many have not ended."""
        return sum(not job.is_over for job in list(self._known.values()))

    def find(self, workspace_id: UUID, job_id: UUID) -> Job:
        """A job of this workspace, of this server or one before it.

        Raises:
            NotFoundError: there is none, or it was too long ago.
        """
        job = self._known.get(job_id)
        if job is not None and job.workspace_id == workspace_id:
            return job
        if self._door is not None:
            with self._door.enter(workspace_id, tenant_id=OPERATOR, actor=KEEPER) as session:
                kept = kept_jobs.find(session, job_id)
            if kept is not None:
                return _recalled(workspace_id, kept)
        raise NotFoundError(
            "Nothing is known of this work any more.",
            remedy="Look at the list of imports for what was done.",
        )

    def about(self, workspace_id: UUID, subject: str) -> Job | None:
        """The last job about a subject."""
        found = [
            job
            for job in list(self._known.values())
            if job.subject == subject and job.workspace_id == workspace_id
        ]
        return found[-1] if found else None

    def of_workspace(self, workspace_id: UUID) -> list[Job]:
        """The jobs of a workspace that this server knows, the oldest first."""
        return [job for job in list(self._known.values()) if job.workspace_id == workspace_id]

    def history(self, workspace_id: UUID) -> list[Job]:
        """The jobs of a workspace, of this server and of those before it, the oldest first."""
        known = {job.id: job for job in self.of_workspace(workspace_id)}
        if self._door is None:
            return list(known.values())
        with self._door.enter(workspace_id, tenant_id=OPERATOR, actor=KEEPER) as session:
            before = [each for each in kept_jobs.list_(session) if each.id not in known]
        every = {each.id: _recalled(workspace_id, each) for each in before} | known
        return [every[id_] for id_ in sorted(every)]

    def stop_all(self, workspace_id: UUID, beginning: str) -> None:
        """Ask the work on all subjects that begin like this to end."""
        for job in list(self._known.values()):
            if job.workspace_id == workspace_id and job.subject.startswith(beginning):
                job.stop()

    def close(self) -> None:
        """Ask all work to end at its next step, and wait for it."""
        for job in list(self._known.values()):
            job.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, job: Job, work: Callable[[Job], object]) -> None:
        try:
            with span("job", job=str(job.id)):
                work(job)
        except GalenaError as fault:
            job.fault = fault
        except Exception as error:
            job.fault = _unforeseen(error)
        finally:
            job.ended_at = system_clock()
            self._keep(job, job._ended)

    def _keep(self, job: Job, state: JobState) -> None:
        """Writes how the job stands; that this fails does not end the job."""
        if self._door is None:
            return
        try:
            with self._door.enter(job.workspace_id, tenant_id=OPERATOR, actor=KEEPER) as session:
                kept_jobs.save(session, _kept(job, state))
                if state == "running":
                    kept_jobs.forget_oldest(session)
        except Exception as error:
            _log.warning("A job is not kept: %s.", type(error).__name__)


def _kept(job: Job, state: JobState) -> KeptJob:
    # What the pages alone read may be any object; what programs are told is JSON.
    result = job.result if isinstance(job.result, dict) else None
    fault = job.fault and {
        "what": job.fault.what,
        "facts": {name: str(value) for name, value in job.fault.facts.items()},
        "remedy": job.fault.remedy,
    }
    return KeptJob(
        id=job.id,
        title=job.title,
        subject=job.subject,
        address=job.address,
        back=job.back,
        who=job.who,
        state=state,
        doing=job.doing,
        done=job.done,
        total=job.total,
        notice=job.notice,
        result=result and orjson.loads(orjson.dumps(result, default=str, option=orjson.OPT_NON_STR_KEYS)),
        fault=fault or None,
        ended_at=job.ended_at,
    )


def _recalled(workspace_id: UUID, kept: KeptJob) -> Job:
    """A job that ended in another server, or with it."""
    job = Job(
        workspace_id,
        kept.title,
        kept.subject,
        kept.address,
        kept.back,
        id=kept.id,
        doing=kept.doing,
        done=kept.done,
        total=kept.total,
        notice=kept.notice,
        result=kept.result,
        who=kept.who,
        ended_at=kept.ended_at,
        _future=Future(),
    )
    assert job._future is not None
    job._future.set_result(None)
    if kept.state == "running":
        job.fault = StoppedError(
            "The server ended while this was at work.",
            remedy="Begin it again: what was done by then stays done, and an import goes on where it was.",
        )
    elif kept.fault is not None:
        job.fault = UnavailableError(
            kept.fault["what"], facts=kept.fault["facts"], remedy=kept.fault["remedy"]
        )
    if kept.state in ("running", "stopped"):
        job.stop()
    return job


def _unforeseen(error: Exception) -> GalenaError:
    _log.error("A job ended with %s.", type(error).__name__, exc_info=error)
    return UnavailableError(
        "Something went wrong that nobody foresaw.",
        facts={"kind": type(error).__name__},
        remedy="Try again; if it happens again, the log of the server says where.",
    )
