"""What people say of scores: overrides, kept beside the machine's value, and "this is wrong because"."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, insert, or_, select, update

from galena.domain.scored import Feedback, Override
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all

_OVERRIDES = tables.overrides
_FEEDBACK = tables.feedback


def override(
    session: Session,
    lead_id: UUID,
    *,
    reason: str,
    micropoints: int | None = None,
    tier: str | None = None,
    expires_at: datetime | None = None,
) -> Override:
    """Puts a person's score or tier beside the machine's; its author is the session's actor."""
    row = session.connection.execute(
        insert(_OVERRIDES)
        .values(
            id=new_id(),
            lead_id=lead_id,
            micropoints=micropoints,
            tier=tier,
            reason=reason,
            author=session.actor,
            expires_at=expires_at,
        )
        .returning(_OVERRIDES)
    )
    return _override(row.mappings().one())


def end_overrides(session: Session, lead_id: UUID, *, at: datetime) -> int:
    """Takes back the overrides of a lead that still hold, and says how many."""
    ended = update(_OVERRIDES).where(_OVERRIDES.c.lead_id == lead_id, _OVERRIDES.c.ended_at.is_(None))
    return session.connection.execute(ended.values(ended_at=at)).rowcount


def load_overrides(session: Session, lead_ids: Collection[UUID], *, now: datetime) -> dict[UUID, Override]:
    """The override that holds for each of these leads: the last one that neither ended nor expired."""
    query = select(_OVERRIDES).where(
        among(_OVERRIDES.c.lead_id, lead_ids),
        _OVERRIDES.c.ended_at.is_(None),
        or_(_OVERRIDES.c.expires_at.is_(None), _OVERRIDES.c.expires_at > now),
    )
    return {found.lead_id: found for found in find_all(session, query.order_by(_OVERRIDES.c.id), _override)}


def list_overrides(session: Session, lead_id: UUID) -> tuple[Override, ...]:
    """Every override a lead has had, the newest first."""
    query = select(_OVERRIDES).where(_OVERRIDES.c.lead_id == lead_id)
    return find_all(session, query.order_by(_OVERRIDES.c.id.desc()), _override)


def add_feedback(session: Session, lead_id: UUID, reason: str, *, score_id: int | None = None) -> Feedback:
    """Keeps what somebody says is wrong with a score; its author is the session's actor."""
    row = session.connection.execute(
        insert(_FEEDBACK)
        .values(id=new_id(), lead_id=lead_id, score_id=score_id, reason=reason, author=session.actor)
        .returning(_FEEDBACK)
    )
    return _feedback(row.mappings().one())


def list_feedback(session: Session, lead_id: UUID) -> tuple[Feedback, ...]:
    """What was said of a lead's scores, the newest first."""
    query = select(_FEEDBACK).where(_FEEDBACK.c.lead_id == lead_id)
    return find_all(session, query.order_by(_FEEDBACK.c.id.desc()), _feedback)


def _override(row: RowMapping) -> Override:
    return Override(**{name: row[name] for name in row if name != "workspace_id"})


def _feedback(row: RowMapping) -> Feedback:
    return Feedback(**{name: row[name] for name in row if name != "workspace_id"})
