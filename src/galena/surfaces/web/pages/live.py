"""What is new, as it happens: one stream of server-sent events for each page that wants to know.

A stream tells after the commit, what its visitor may see and nothing else, and goes on where it was: the browser names
the last position it heard of when it comes back. What a page shows is read anew from the pages themselves.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse

from galena.bootstrap import Galena
from galena.domain.happening import News
from galena.stores import outbox, sign_in
from galena.surfaces.web.feed import feed_lines
from galena.surfaces.web.jobs import Job, Jobs
from galena.surfaces.web.live import Live
from galena.surfaces.web.pages.work import jobs_of
from galena.surfaces.web.visitors import SignedIn, Visitor, entered, galena_of
from galena.workflows.happenings import list_told, read_news
from galena.workflows.plans import active_plan

router = APIRouter()

HEARTBEAT_S = 15.0
JOB_TICK_S = 0.4
TOGETHER_S = 0.25
"""Events that come within this time are told as one."""
LONGEST_S = 600.0
"""A stream ends after this time; the browser opens another, and is asked again who it is."""
LINES = 8
RETRY_MS = 3_000


def live_of(request: Request) -> Live:
    """The open streams of the server behind a request."""
    found: Live = request.app.state.live
    return found


@router.get("/events")
async def stream(
    request: Request,
    visitor: SignedIn,
    after: Annotated[int | None, Query(ge=0)] = None,
    jobs: bool = False,
    last_event_id: Annotated[str, Header()] = "",
) -> Response:
    """The stream; 204 where there are too many, which tells the browser to ask no more."""
    live = live_of(request)
    begin = int(last_event_id) if last_event_id.isascii() and last_event_id.isdecimal() else after
    if not live.has_room(visitor.user.id):
        return Response(status_code=204)
    watched = jobs_of(request) if jobs and visitor.user.tenant_id is None else None
    telling = Telling(galena_of(request), visitor, watched, begin)

    async def frames() -> AsyncIterator[bytes]:
        with live.watching(visitor.workspace.id, visitor.user.id) as watcher:
            async for told in telling.frames(watcher.woken, live):
                yield told

    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(frames(), media_type="text/event-stream", headers=headers)


class Telling:
    """What one visitor is told, from a position on."""

    def __init__(self, galena: Galena, visitor: Visitor, jobs: Jobs | None, position: int | None) -> None:
        self._galena = galena
        self._visitor = visitor
        self._jobs = jobs
        self._position = position
        self._jobs_told: dict[UUID, tuple[Any, ...]] = {}
        self._is_gone = False

    async def frames(self, woken: asyncio.Event, live: Live) -> AsyncIterator[bytes]:
        """The frames, until the server stops or the stream is old."""
        begun = time.monotonic()
        yield f"retry: {RETRY_MS}\n\n".encode()
        if self._position is None:
            self._position = await run_in_threadpool(self._settled)
            yield frame("hello", {}, self._position)
        else:
            woken.set()  # There may be news since then.
        quiet_since = begun
        while not (live.is_closing or self._is_gone) and (now := time.monotonic()) - begun < LONGEST_S:
            if woken.is_set():
                await asyncio.sleep(TOGETHER_S)
                woken.clear()
                if told := await run_in_threadpool(self.read):
                    quiet_since = now
                    yield told
            for told in self.progress():
                quiet_since = now
                yield told
            if now - quiet_since >= HEARTBEAT_S:
                quiet_since = now
                yield b": still here\n\n"
            try:
                await asyncio.wait_for(woken.wait(), JOB_TICK_S if self._jobs else HEARTBEAT_S)
            except TimeoutError:
                continue

    def read(self) -> bytes | None:
        """What came since the last time, as a frame; None when nothing did."""
        now = self._galena.clock()
        after = self._position or 0
        with self._galena.door.lobby() as lobby:
            if sign_in.find_session(lobby, self._visitor.token, now=now) is None:
                self._is_gone = True  # They were removed or signed out meanwhile, and are told nothing more.
                return None
        with entered(self._galena, self._visitor) as session:
            news = read_news(session, now, after=after)
            self._position = max(news.upto, after)
            if not news.kinds and not news.is_much:
                return None
            playbook = active_plan(session).playbook
            told = list_told(session, playbook, now, after=after, limit=LINES)
        is_operator = self._visitor.user.tenant_id is None
        return frame("news", _told(news, feed_lines(told, now, is_operator=is_operator)), self._position)

    def progress(self) -> list[bytes]:
        """How far each piece of work is, where that changed since the last time."""
        if self._jobs is None:
            return []
        found = []
        for job in self._jobs.of_workspace(self._visitor.workspace.id):
            stand = (job.doing, job.done, job.total, job.is_over)
            if self._jobs_told.get(job.id) != stand and not (job.is_over and job.id not in self._jobs_told):
                self._jobs_told[job.id] = stand
                found.append(frame("job", _job(job)))
        return found

    def _settled(self) -> int:
        with entered(self._galena, self._visitor) as session:
            return outbox.settled(session) or 0


def frame(kind: str, data: Any, position: int | None = None) -> bytes:
    """One server-sent event."""
    place = b"" if position is None else f"id: {position}\n".encode()
    return place + f"event: {kind}\n".encode() + b"data: " + orjson.dumps(data) + b"\n\n"


def _told(news: News, lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {"kinds": dict(news.kinds), "much": news.is_much, "lines": lines}


def _job(job: Job) -> dict[str, Any]:
    return {
        "id": str(job.id),
        "title": job.title,
        "doing": job.doing,
        "done": job.done,
        "total": job.total,
        "percent": job.percent,
        "over": job.is_over,
    }
