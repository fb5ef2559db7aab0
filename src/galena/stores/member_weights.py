"""How much each member of a model counts, and how that moved: only ever appended to."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, Select, insert, select

from galena.domain.registered_model import MemberWeights
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all, find_one, load_by_id

_WEIGHTS = tables.member_weights


def record(
    session: Session,
    model_id: UUID,
    purpose: str,
    *,
    at: datetime,
    weights: Mapping[str, float],
    errors: Mapping[str, float],
    why: str = "",
    segment: str | None = None,
) -> MemberWeights:
    """Keeps the weights that hold from an instant on; their author is the session's actor.

    Args:
        segment: of whose leads, for an experiment alone; None: of all.
    """
    row = session.connection.execute(
        insert(_WEIGHTS)
        .values(
            id=new_id(),
            model_id=model_id,
            purpose=purpose,
            at=at,
            weights=dict(weights),
            errors=dict(errors),
            why=why,
            author=session.actor,
            segment=segment,
        )
        .returning(_WEIGHTS)
    )
    return _weights(row.mappings().one())


def load(session: Session, id_: UUID) -> MemberWeights:
    """Weights that held at some time.

    Raises:
        NotFoundError: there are none that this session may see.
    """
    return load_by_id(session, _WEIGHTS, id_, _weights, "set of weights")


def find_latest(
    session: Session, model_id: UUID, *, at: datetime | None = None, since: datetime | None = None
) -> MemberWeights | None:
    """The weights that hold at an instant (None: now); None when the model's own do.

    Args:
        since: only weights recorded at this instant or later count.
    """
    query = _of(model_id)
    if since is not None:
        query = query.where(_WEIGHTS.c.at >= since)
    if at is not None:
        query = query.where(_WEIGHTS.c.at <= at)
    return find_one(session, query.limit(1), _weights)


def list_(session: Session, model_id: UUID, *, limit: int = 200) -> tuple[MemberWeights, ...]:
    """The weights of a model, the newest first."""
    return find_all(session, _of(model_id).limit(limit), _weights)


def _of(model_id: UUID) -> Select[tuple[object, ...]]:
    query = select(_WEIGHTS).where(_WEIGHTS.c.model_id == model_id, _WEIGHTS.c.segment.is_(None))
    return query.order_by(_WEIGHTS.c.at.desc(), _WEIGHTS.c.id.desc())


def _weights(row: RowMapping) -> MemberWeights:
    return MemberWeights(**{name: row[name] for name in row if name != "workspace_id"})
