"""Match models of a workspace: every one that was ever in use stays, one is; and what is common among its leads."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from galena.domain.sameness import KeptModel
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all, find_one

_MODELS = tables.match_models
_COUNTS = tables.match_counts
_NAMES = tuple(each.name for each in fields(KeptModel))


def find_active(session: Session) -> KeptModel | None:
    """The model in use; None before the first."""
    return find_one(session, select(_MODELS).where(_MODELS.c.active), _model)


def find_base(session: Session) -> KeptModel | None:
    """The newest model that no reviewer's answers moved; None before the first."""
    query = select(_MODELS).where(_MODELS.c.origin != "answers").order_by(_MODELS.c.number.desc()).limit(1)
    return find_one(session, query, _model)


def list_all(session: Session) -> tuple[KeptModel, ...]:
    """Every model, the newest first."""
    return find_all(session, select(_MODELS).order_by(_MODELS.c.number.desc()), _model)


def next_number(session: Session) -> int:
    """The number of the next model."""
    return (
        int(session.connection.execute(select(func.coalesce(func.max(_MODELS.c.number), 0))).scalar_one()) + 1
    )


def put_in_use(session: Session, model: KeptModel) -> None:
    """Keeps a model and puts it in use, in place of the one before."""
    session.connection.execute(update(_MODELS).where(_MODELS.c.active).values(active=False))
    values: dict[str, Any] = {name: getattr(model, name) for name in _NAMES}
    values["content"] = dict(model.content)
    session.connection.execute(insert(_MODELS).values(**values, active=True))


def find_counts(session: Session) -> tuple[int, Mapping[str, Any]] | None:
    """What is common among the leads, and how many there were when it was counted; None before the first time."""
    query = select(_COUNTS.c.nodes_count, _COUNTS.c.content).order_by(_COUNTS.c.nodes_count.desc()).limit(1)
    row = session.connection.execute(query).one_or_none()
    return None if row is None else (row.nodes_count, row.content)


def keep_counts(session: Session, nodes_count: int, content: Mapping[str, Any]) -> None:
    """Keeps what is common among the leads, in place of what was."""
    session.connection.execute(delete(_COUNTS))
    statement = upsert(_COUNTS).values(nodes_count=nodes_count, content=dict(content))
    # Another process may have counted as many meanwhile.
    session.connection.execute(statement.on_conflict_do_nothing())


def _model(row: RowMapping) -> KeptModel:
    return KeptModel(**{name: row[name] for name in _NAMES})
