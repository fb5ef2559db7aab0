"""Runs that score many leads: their progress is committed with each batch, so that they can go on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, update

from galena.domain.scored import RunCounts, RunStatus, ScoreRun
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all, load_by_id

_RUNS = tables.score_runs
_COUNTS = {
    "scored": _RUNS.c.scored_count,
    "discarded": _RUNS.c.discarded_count,
    "needs_enrichment": _RUNS.c.needs_enrichment_count,
    "moved": _RUNS.c.moved_count,
}


def open_(
    session: Session,
    run_id: UUID,
    *,
    as_of: datetime,
    revision_id: UUID,
    trigger: str,
    started_at: datetime,
) -> ScoreRun:
    """Begins a run; its author is the session's actor."""
    row = session.connection.execute(
        insert(_RUNS)
        .values(
            id=run_id,
            status="running",
            as_of=as_of,
            revision_id=revision_id,
            trigger=trigger,
            author=session.actor,
            started_at=started_at,
        )
        .returning(_RUNS)
    )
    return _run(row.mappings().one())


def checkpoint(session: Session, run_id: UUID, *, last_lead_id: UUID, more: RunCounts) -> None:
    """Adds what a batch did, in the transaction that did it."""
    added: dict[str, Any] = {column.name: column + getattr(more, name) for name, column in _COUNTS.items()}
    _change(session, run_id, checkpoint_lead_id=last_lead_id, **added)


def add(session: Session, run_id: UUID, more: RunCounts) -> None:
    """Adds to the counts of a run."""
    _change(session, run_id, **{c.name: c + getattr(more, name) for name, c in _COUNTS.items()})


def watch(session: Session, run_id: UUID, watched: Mapping[str, Any]) -> None:
    """Keeps what was watched at the end of a run."""
    _change(session, run_id, watched=dict(watched))


def list_watched(session: Session, *, limit: int = 30) -> tuple[dict[str, Any], ...]:
    """What was watched at the ends of runs, the newest first."""
    query = select(_RUNS.c.watched).where(_RUNS.c.watched.is_not(None)).order_by(_RUNS.c.id.desc())
    return tuple(session.connection.execute(query.limit(limit)).scalars())


def finish(session: Session, run_id: UUID, *, at: datetime) -> ScoreRun:
    """Marks a run as done."""
    _change(session, run_id, status="done", finished_at=at, error=None)
    return load(session, run_id)


def fail(session: Session, run_id: UUID, *, at: datetime, error: str) -> None:
    """Marks a run as failed, with the reason in plain words."""
    _change(session, run_id, status="failed", finished_at=at, error=error)


def interrupt(session: Session, run_id: UUID) -> None:
    """Marks a run whose process is gone; it can go on after its checkpoint."""
    _change(session, run_id, status="interrupted")


def resume(session: Session, run_id: UUID) -> ScoreRun:
    """Marks an interrupted or failed run as running again."""
    _change(session, run_id, status="running", error=None, finished_at=None)
    return load(session, run_id)


def load(session: Session, run_id: UUID) -> ScoreRun:
    """A run.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    return load_by_id(session, _RUNS, run_id, _run, "scoring run")


def list_(session: Session, *, statuses: Sequence[RunStatus] = (), limit: int = 20) -> tuple[ScoreRun, ...]:
    """Runs, the newest first."""
    query = select(_RUNS)
    if statuses:
        query = query.where(_RUNS.c.status.in_(statuses))
    return find_all(session, query.order_by(_RUNS.c.id.desc()).limit(limit), _run)


def _change(session: Session, run_id: UUID, **values: Any) -> None:
    session.connection.execute(update(_RUNS).where(_RUNS.c.id == run_id).values(**values))


def _run(row: RowMapping) -> ScoreRun:
    return ScoreRun(
        id=row["id"],
        status=row["status"],
        as_of=row["as_of"],
        revision_id=row["revision_id"],
        trigger=row["trigger"],
        checkpoint_lead_id=row["checkpoint_lead_id"],
        counts=RunCounts(**{name: row[column.name] for name, column in _COUNTS.items()}),
        error=row["error"],
        author=row["author"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
    )
