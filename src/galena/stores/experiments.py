"""Experiments: what is tried beside what scores, and how it came out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from galena.domain.learning import Experiment
from galena.kit.errors import ConflictError, NotFoundError
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all, find_one, load_by_id

_EXPERIMENTS = tables.experiments


def open_(session: Session, new: Experiment) -> Experiment:
    """Begins an experiment.

    Raises:
        ConflictError: one of this name was there before, or one of this outcome is running.
    """
    values = {name: getattr(new, name) for name in Experiment.__dataclass_fields__}
    values |= {name: dict(values[name]) for name in ("trial", "design", "report")}
    try:
        with session.connection.begin_nested():
            session.connection.execute(insert(_EXPERIMENTS).values(**values))
    except IntegrityError as fault:
        same = "experiments_name_key" in str(fault.orig)
        raise ConflictError(
            f"There was an experiment {new.name} before."
            if same
            else f"An experiment about {new.purpose} is running already.",
            remedy="Give it another name."
            if same
            else "Stop it first: `galena experiment stop NAME --why ...`.",
        ) from fault
    return load(session, new.id)


def load(session: Session, id_: UUID) -> Experiment:
    """An experiment.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    return load_by_id(session, _EXPERIMENTS, id_, _experiment, "experiment")


def find_running(session: Session, purpose: str) -> Experiment | None:
    """The experiment that splits the leads of an outcome now."""
    query = select(_EXPERIMENTS).where(_EXPERIMENTS.c.purpose == purpose, _EXPERIMENTS.c.ended_at.is_(None))
    return find_one(session, query, _experiment)


def load_by_name(session: Session, name: str) -> Experiment:
    """The experiment of this name.

    Raises:
        NotFoundError: there is none; the facts name some.
    """
    found = find_one(session, select(_EXPERIMENTS).where(_EXPERIMENTS.c.name == name), _experiment)
    if found is None:
        known = [each.name for each in list_(session)]
        raise NotFoundError(
            f"There is no experiment {name}.",
            facts={"experiments": known} if known else {},
            remedy="`galena experiment list` shows them.",
        )
    return found


def list_(session: Session, *, limit: int = 100) -> tuple[Experiment, ...]:
    """Experiments, the newest first."""
    query = select(_EXPERIMENTS).order_by(_EXPERIMENTS.c.started_at.desc(), _EXPERIMENTS.c.id.desc())
    return find_all(session, query.limit(limit), _experiment)


def look(session: Session, id_: UUID, *, at: datetime, report: Mapping[str, Any]) -> None:
    """Keeps what a look at a running experiment said."""
    change = update(_EXPERIMENTS).where(_EXPERIMENTS.c.id == id_, _EXPERIMENTS.c.ended_at.is_(None))
    session.connection.execute(change.values(looked_at=at, report=dict(report)))


def end(session: Session, id_: UUID, *, at: datetime, state: str, why: str) -> Experiment:
    """Ends an experiment; from then on all its leads are scored alike.

    Raises:
        ConflictError: it is over already.
    """
    change = update(_EXPERIMENTS).where(_EXPERIMENTS.c.id == id_, _EXPERIMENTS.c.ended_at.is_(None))
    changed = session.connection.execute(change.values(ended_at=at, state=state, ended_why=why)).rowcount
    if not changed:
        raise ConflictError("This experiment is over already.")
    return load(session, id_)


def _experiment(row: RowMapping) -> Experiment:
    return Experiment(**{name: row[name] for name in row if name != "workspace_id"})
