"""The reasoner asked about every lead it has not answered for, many at once; killed and begun again, it pays nothing
twice but what was under way.

The story: one run at a time -> calls that a killed run left open are closed at the most they can have cost -> leads are
read batch by batch, sorted and judged by rules -> what was answered for the same content is skipped -> the others are
asked, so many at once, at the endpoint's pace, as long as there is money -> a doubtful answer is held against one
without the free texts -> each answer is written with its call, its score and its event in one transaction -> a lead
without a valid answer waits: score -1, tier RETRY, asked again later.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from galena.domain.listing import LeadQuery
from galena.domain.reasoner import RunStatus
from galena.kit.errors import ConflictError, GalenaError
from galena.kit.ids import new_id
from galena.kit.logs import logger
from galena.stores import lead_lists, reasoner_answers, reasoner_ledger
from galena.stores.holds import hold
from galena.workflows.context import Context
from galena.workflows.lead_reasoning import Seat, seat_of
from galena.workflows.plans import active_plan
from galena.workflows.reason_calls import Sleep
from galena.workflows.reason_options import Advance, Connect, ReasonOptions, ReasonReport, connect_by_web
from galena.workflows.reason_story import Story
from galena.workflows.reason_writing import Pen

log = logger("reason")

LISTEN_S = 0.2

_HOLD = UUID("6f1d2b8e-6a51-4d0b-9a53-2f6d9d7c1a10")


def reason_leads(
    context: Context,
    *,
    key: str | None,
    options: ReasonOptions | None = None,
    trigger: str = "request",
    advance: Advance | None = None,
    connect: Connect = connect_by_web,
    sleep: Sleep = asyncio.sleep,
) -> ReasonReport:
    """Ask the reasoner about every lead it has not answered for.

    Args:
        key: of the endpoint; None: it needs none.

    Raises:
        ConflictError: no endpoint is set up, or another process is asking for this workspace.
    """
    with hold(context.door, uuid5(_HOLD, str(context.workspace_id)), doing="asking the reasoner"):
        with context.session() as session:
            plan = active_plan(session)
            seat = seat_of(session, plan)
            if seat is None:
                raise ConflictError(
                    "no reasoner is set up for this workspace",
                    remedy="Run `galena reason setup` first; until then rules score.",
                )
            now = context.clock()
            lost = reasoner_ledger.close_lost(session, at=now)
            day = now.replace(hour=0, minute=0, second=0, microsecond=0)
            spent_today = reasoner_ledger.spending(session, since=day).cost_micros
            total = lead_lists.count(session, LeadQuery(statuses=("active",))).value
            run_id = new_id()
            reasoner_ledger.open_run(
                session,
                run_id,
                model=seat.setup.model,
                prompt_version=seat.reasoner.version,
                started_at=now,
            )
        story = Story(
            context, seat, options or ReasonOptions(), Pen(seat, run_id, now, trigger), advance, total
        )
        status: RunStatus = "interrupted"
        because: str | None = "it was stopped"
        try:
            _run(story, lambda: story.go(key, connect, sleep, spent_today))
            because = story.ended
            status = "stopped" if because else "done"
        except ExceptionGroup as faults:
            status, because = "failed", "a fault inside Galena"
            raise _first(faults) from faults
        finally:
            with context.session() as session:
                reasoner_ledger.close_lost(session, at=context.clock())
                reasoner_ledger.finish_run(
                    session, run_id, status=status, at=context.clock(), because=because
                )
        return _report(context, seat, story, run_id, lost, now)


def _run(story: Story, go: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs it in a thread, for this one may have an event loop of its own. Told to end, it begins no further call and
    waits for those under way: they are paid. Told twice, it ends at once."""
    with ThreadPoolExecutor(1, thread_name_prefix="reason-loop") as thread:
        work = thread.submit(lambda: asyncio.run(go()))
        try:
            # By short waits: a library's own signal handler may leave a longer one asleep on Ctrl-C.
            while not wait([work], timeout=LISTEN_S).done:
                pass
        except KeyboardInterrupt:
            story.stop()
            while not wait([work], timeout=LISTEN_S).done:
                pass
            work.result()
            raise
        work.result()


def _report(
    context: Context, seat: Seat, story: Story, run_id: UUID, lost: int, started_at: datetime
) -> ReasonReport:
    with context.session() as session:
        spent = reasoner_ledger.spending(session, run_id=run_id).cost_micros
        to_review = reasoner_answers.count_to_review(session)
        left = reasoner_answers.count_unanswered(session) if story.ended else 0
    counts = story.counts
    log.info(
        "reasoning_done",
        workspace_id=context.workspace_id,
        run_id=run_id,
        created=counts.created,
        updated=counts.updated,
        errors=counts.errors,
        calls=story.calls,
    )
    return ReasonReport(
        run_id,
        seat.setup.model,
        story.asked,
        counts.created,
        counts.updated,
        counts.skipped + story.passed,
        counts.errors,
        left,
        story.calls,
        lost,
        spent / 1e6,
        (context.clock() - started_at).total_seconds(),
        to_review,
        story.ended,
    )


def _first(faults: ExceptionGroup[Exception]) -> Exception:
    """The fault that a person can act on, else any."""
    plain: list[Exception] = []
    waiting: list[Exception] = list(faults.exceptions)
    while waiting:
        fault = waiting.pop(0)
        if isinstance(fault, ExceptionGroup):
            waiting.extend(fault.exceptions)
        else:
            plain.append(fault)
    return next((fault for fault in plain if isinstance(fault, GalenaError)), plain[0])
