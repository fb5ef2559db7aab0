"""The ledger of the reasoner: every call with its tokens and its money, and the runs that made them.

A call is written before it is sent, with the most it can cost. What a killed process leaves behind as `sent` may have
been paid: it is closed as `lost` and counts with that most, so a ceiling holds through kills.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, func, insert, select, update

from galena.domain.reasoner import (
    CallStatus,
    ReasonerCall,
    ReasonerCounts,
    ReasonerRun,
    RunStatus,
    Spending,
    Usage,
)
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all

_CALLS = tables.reasoner_calls
_RUNS = tables.reasoner_runs


def send(session: Session, call: ReasonerCall) -> None:
    """Writes a call that is about to be sent."""
    session.connection.execute(
        insert(_CALLS).values(
            id=call.id,
            run_id=call.run_id,
            lead_id=call.lead_id,
            content_hash=call.content_hash,
            attempt=call.attempt,
            model=call.model,
            prompt_version=call.prompt_version,
            outcome=call.status,
            sent_at=call.sent_at,
            reserved_micros=call.reserved_micros,
        )
    )


def close(
    session: Session,
    call_id: UUID,
    *,
    outcome: CallStatus,
    at: datetime,
    cost_micros: int,
    usage: Usage | None = None,
    is_estimated: bool = False,
    failure: str | None = None,
    http_status: int | None = None,
) -> None:
    """Writes how a call ended and what it cost."""
    used = usage or Usage()
    session.connection.execute(
        update(_CALLS)
        .where(_CALLS.c.id == call_id)
        .values(
            outcome=outcome,
            ended_at=at,
            cost_micros=cost_micros,
            is_estimated=is_estimated,
            failure=failure,
            http_status=http_status,
            prompt_tokens=used.prompt,
            cached_tokens=used.cached,
            completion_tokens=used.completion,
            reasoning_tokens=used.reasoning,
            seconds=func.extract("epoch", at - _CALLS.c.sent_at),
        )
    )


def close_lost(session: Session, *, at: datetime) -> int:
    """Closes the calls whose process is gone, at the most they can have cost, and says how many. Only while no run is
    under way."""
    lost = update(_CALLS).where(_CALLS.c.outcome == "sent")
    return session.connection.execute(
        lost.values(
            outcome="lost",
            ended_at=at,
            cost_micros=_CALLS.c.reserved_micros,
            is_estimated=True,
            failure="the process ended before the answer came",
        )
    ).rowcount


def spending(session: Session, *, since: datetime | None = None, run_id: UUID | None = None) -> Spending:
    """What calls came to: since an instant, of a run, or in all. Those under way count with the most they can cost."""
    sent = _CALLS.c.outcome == "sent"
    query = select(
        func.count().label("calls"),
        func.count().filter(_CALLS.c.outcome == "answered").label("answered"),
        func.count().filter(_CALLS.c.outcome.in_(("invalid", "failed", "lost"))).label("failed"),
        *(_sum(_CALLS.c[name]).label(name) for name in _TOKENS),
        (
            _sum(_CALLS.c.cost_micros) + func.coalesce(func.sum(_CALLS.c.reserved_micros).filter(sent), 0)
        ).label("cost_micros"),
        func.coalesce(func.sum(_CALLS.c.cost_micros).filter(_CALLS.c.is_estimated), 0).label(
            "estimated_micros"
        ),
    )
    if since is not None:
        query = query.where(_CALLS.c.sent_at >= since)
    if run_id is not None:
        query = query.where(_CALLS.c.run_id == run_id)
    row = session.connection.execute(query).mappings().one()
    return Spending(**{name: int(row[name]) for name in row})


def count_failures(session: Session, *, since: datetime) -> dict[str, int]:
    """Why calls failed, and how many."""
    query = select(_CALLS.c.failure, func.count()).where(
        _CALLS.c.failure.is_not(None), _CALLS.c.sent_at >= since
    )
    rows = session.connection.execute(query.group_by(_CALLS.c.failure).order_by(func.count().desc()))
    return {row[0]: row[1] for row in rows}


def open_run(
    session: Session, run_id: UUID, *, model: str, prompt_version: int, started_at: datetime
) -> None:
    """Begins a run; its author is the session's actor. One that was cut off is marked so."""
    cut = update(_RUNS).where(_RUNS.c.status == "running")
    session.connection.execute(cut.values(status="interrupted", ended_because="its process ended"))
    session.connection.execute(
        insert(_RUNS).values(
            id=run_id,
            status="running",
            model=model,
            prompt_version=prompt_version,
            author=session.actor,
            started_at=started_at,
        )
    )


def count_in_run(session: Session, run_id: UUID, *, more: ReasonerCounts) -> None:
    """Adds what became of leads, in the transaction that did it."""
    session.connection.execute(
        update(_RUNS)
        .where(_RUNS.c.id == run_id)
        .values(
            created_count=_RUNS.c.created_count + more.created,
            updated_count=_RUNS.c.updated_count + more.updated,
            skipped_count=_RUNS.c.skipped_count + more.skipped,
            error_count=_RUNS.c.error_count + more.errors,
        )
    )


def finish_run(
    session: Session, run_id: UUID, *, status: RunStatus, at: datetime, because: str | None = None
) -> None:
    """Marks how a run ended."""
    session.connection.execute(
        update(_RUNS).where(_RUNS.c.id == run_id).values(status=status, finished_at=at, ended_because=because)
    )


def list_runs(session: Session, *, limit: int = 10) -> tuple[ReasonerRun, ...]:
    """Runs, the newest first, with what they came to."""
    of_run = _CALLS.c.run_id == _RUNS.c.id
    calls = select(func.count()).where(of_run).scalar_subquery().label("calls")
    spent = select(_sum(_CALLS.c.cost_micros)).where(of_run).scalar_subquery().label("spent_micros")
    query: Select[Any] = select(_RUNS, calls, spent).order_by(_RUNS.c.id.desc()).limit(limit)
    return find_all(session, query, _run)


_TOKENS: Sequence[str] = ("prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens")


def _sum(column: Any) -> Any:
    return func.coalesce(func.sum(column), 0)


def _run(row: RowMapping) -> ReasonerRun:
    return ReasonerRun(
        id=row["id"],
        status=row["status"],
        model=row["model"],
        prompt_version=row["prompt_version"],
        counts=ReasonerCounts(
            row["created_count"],
            row["updated_count"],
            row["skipped_count"],
            row["error_count"],
            row["calls"],
            int(row["spent_micros"]),
        ),
        ended_because=row["ended_because"],
        author=row["author"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
    )
