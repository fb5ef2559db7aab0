"""Runs of the loop, and what drifted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, update

from galena.domain.learning import KeptDrift, LearningRun
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all, load_by_id

_RUNS = tables.learning_runs
_DRIFT = tables.drift_reports


def begin(session: Session, *, trigger: str, why: str, decided: int, at: datetime) -> LearningRun:
    """Begins a run; its author is the session's actor."""
    row = session.connection.execute(
        insert(_RUNS)
        .values(
            id=new_id(),
            trigger=trigger,
            why=why,
            state="running",
            decided=decided,
            author=session.actor,
            started_at=at,
        )
        .returning(_RUNS)
    )
    return _run(row.mappings().one())


def finish(
    session: Session,
    run_id: UUID,
    *,
    at: datetime,
    report: Mapping[str, Any],
    state: Literal["done", "failed"] = "done",
) -> LearningRun:
    """Ends a run with what it did."""
    change = update(_RUNS).where(_RUNS.c.id == run_id)
    session.connection.execute(change.values(state=state, finished_at=at, report=dict(report)))
    return load_by_id(session, _RUNS, run_id, _run, "run of the loop")


def list_runs(session: Session, *, state: str | None = None, limit: int = 20) -> tuple[LearningRun, ...]:
    """Runs, the newest first."""
    query = select(_RUNS).order_by(_RUNS.c.started_at.desc(), _RUNS.c.id.desc()).limit(limit)
    return find_all(session, query if state is None else query.where(_RUNS.c.state == state), _run)


def keep_drift(
    session: Session,
    *,
    purpose: str,
    model_id: UUID | None,
    alarms: int,
    report: Mapping[str, Any],
    at: datetime,
) -> KeptDrift:
    """Keeps a drift report."""
    row = session.connection.execute(
        insert(_DRIFT)
        .values(
            id=new_id(), purpose=purpose, model_id=model_id, alarm_count=alarms, report=dict(report), at=at
        )
        .returning(_DRIFT)
    )
    return _kept(row.mappings().one())


def list_drift(
    session: Session, *, purpose: str | None = None, since: datetime | None = None, limit: int = 20
) -> tuple[KeptDrift, ...]:
    """Drift reports, the newest first; `since`: only those made after it."""
    query = select(_DRIFT).order_by(_DRIFT.c.at.desc(), _DRIFT.c.id.desc()).limit(limit)
    if purpose is not None:
        query = query.where(_DRIFT.c.purpose == purpose)
    if since is not None:
        query = query.where(_DRIFT.c.at > since)
    return find_all(session, query, _kept)


def _run(row: RowMapping) -> LearningRun:
    return LearningRun(**{name: row[name] for name in row if name != "workspace_id"})


def _kept(row: RowMapping) -> KeptDrift:
    return KeptDrift(**{name: row[name] for name in row if name != "workspace_id"})
