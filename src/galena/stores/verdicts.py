"""What people say of scores: overrides, kept beside the machine's value, and "this is wrong because"."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    and_,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)

from galena.domain.scored import Feedback, Override
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all, load_by_id

_OVERRIDES = tables.overrides
_FEEDBACK = tables.feedback
_WHOSE = ("workspace_id", "tenant_id")
_ENTERED_AT: ColumnElement[datetime] = literal_column(
    "coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now())"
)
"""The instant the door entered at; the database's own where it says none."""


def in_force(at: datetime | None = None) -> ColumnElement[bool]:
    """Whether a row of overrides holds at an instant; None: when the session entered. At most one of a lead does."""
    until = _OVERRIDES.c.expires_at
    return and_(
        _OVERRIDES.c.ended_at.is_(None), or_(until.is_(None), until > (_ENTERED_AT if at is None else at))
    )


def override(
    session: Session,
    lead_id: UUID,
    *,
    reason: str,
    micropoints: int | None = None,
    tier: str | None = None,
    expires_at: datetime | None = None,
    at: datetime | None = None,
) -> Override:
    """Puts a person's score or tier beside the machine's, in place of any before; its author is the session's actor.

    Args:
        at: when it was said; None: as the database's clock says.
    """
    _end_before(session, lead_id)
    said_at = {} if at is None else {"created_at": at}
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
            **said_at,
        )
        .returning(_OVERRIDES)
    )
    return _override(row.mappings().one())


def end_override(session: Session, override_id: UUID, *, at: datetime) -> None:
    """Takes an override back."""
    ended = update(_OVERRIDES).where(_OVERRIDES.c.id == override_id, _OVERRIDES.c.ended_at.is_(None))
    session.connection.execute(ended.values(ended_at=at))


def resume_override(session: Session, override: Override) -> None:
    """Lets an override stand again that was taken back, in place of any since."""
    _end_before(session, override.lead_id)
    resumed = update(_OVERRIDES).where(_OVERRIDES.c.id == override.id)
    session.connection.execute(resumed.values(ended_at=None))


def load_override(session: Session, override_id: UUID) -> Override:
    """An override, also one that holds no more.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    return load_by_id(session, _OVERRIDES, override_id, _override, "override")


def load_overrides(session: Session, lead_ids: Collection[UUID], *, now: datetime) -> dict[UUID, Override]:
    """The override that holds for each of these leads, if any."""
    query = select(_OVERRIDES).where(among(_OVERRIDES.c.lead_id, lead_ids), in_force(now))
    return {found.lead_id: found for found in find_all(session, query, _override)}


def is_any_in_force(session: Session) -> bool:
    """Whether somebody says otherwise of any lead that this session sees."""
    return session.connection.execute(select(exists().where(in_force()))).scalar_one()


def list_all_overrides(
    session: Session,
    *,
    now: datetime,
    holds: bool | None = None,
    before: UUID | None = None,
    limit: int = 100,
) -> tuple[Override, ...]:
    """Overrides of all leads that this session sees, the newest first.

    Args:
        holds: only those that hold now, or only those that do not; None: all.
        before: the last one of the page before.
    """
    query = select(_OVERRIDES)
    if holds is not None:
        query = query.where(in_force(now) if holds else ~in_force(now))
    if before is not None:
        query = query.where(_OVERRIDES.c.id < before)
    return find_all(session, query.order_by(_OVERRIDES.c.id.desc()).limit(limit), _override)


def list_not_taken_back(session: Session) -> tuple[Override, ...]:
    """The newest word on each lead that nobody took back, also where its time is over."""
    return find_all(session, select(_OVERRIDES).where(_OVERRIDES.c.ended_at.is_(None)), _override)


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


def _end_before(session: Session, lead_id: UUID) -> None:
    """Ends what stands for a lead, so that at most one does; others who say something of it wait until then."""
    key = f"override:{session.workspace_id}:{lead_id}"
    session.connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})
    standing = update(_OVERRIDES).where(_OVERRIDES.c.lead_id == lead_id, _OVERRIDES.c.ended_at.is_(None))
    session.connection.execute(standing.values(ended_at=func.now()))


def _override(row: RowMapping) -> Override:
    return Override(**{name: row[name] for name in row if name not in _WHOSE})


def _feedback(row: RowMapping) -> Feedback:
    return Feedback(**{name: row[name] for name in row if name not in _WHOSE})
