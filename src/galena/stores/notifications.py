"""What administrators are told, and who has seen it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, literal, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from galena.domain.events import NewEvent
from galena.domain.notification import Notification, Severity
from galena.kit.ids import new_id
from galena.stores import outbox, tables
from galena.stores.door import Session
from galena.stores.rows import find_all

_NOTIFICATIONS = tables.notifications


def notify(
    session: Session,
    severity: Severity,
    kind: str,
    subject: str,
    what: str,
    *,
    at: datetime,
    link: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Notification:
    """Tells the administrators of something, in the transaction in which it happened, and writes an `alert` event.

    The same kind about the same subject again, while nobody has seen it, is counted; its words are the newest.
    """
    new = insert(_NOTIFICATIONS).values(
        id=new_id(),
        severity=severity,
        kind=kind,
        subject=subject,
        what=what,
        link=link,
        detail=dict(detail or {}),
        first_at=at,
        at=at,
    )
    counted = new.on_conflict_do_update(
        index_elements=["workspace_id", "kind", "subject"],
        index_where=text("acknowledged_at IS NULL"),
        set_={
            **{name: getattr(new.excluded, name) for name in ("severity", "what", "link", "detail", "at")},
            "times": _NOTIFICATIONS.c.times + 1,
        },
    )
    row = session.connection.execute(counted.returning(_NOTIFICATIONS)).mappings().one()
    payload = {"alert": kind, "severity": severity, "what": what, "subject": subject, **dict(detail or {})}
    outbox.append(session, [NewEvent("alert", payload=payload)])
    return _notification(row)


def list_(
    session: Session,
    *,
    seen: bool | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 100,
) -> tuple[Notification, ...]:
    """Notifications, the newest first.

    Args:
        seen: only those somebody has seen, or nobody yet.
        before: (at, id) of the last one of the page before.
    """
    query = select(_NOTIFICATIONS).order_by(_NOTIFICATIONS.c.at.desc(), _NOTIFICATIONS.c.id.desc())
    if before is not None:
        here = tuple_(_NOTIFICATIONS.c.at, _NOTIFICATIONS.c.id)
        query = query.where(here < tuple_(literal(before[0]), literal(before[1])))
    if seen is not None:
        acknowledged = _NOTIFICATIONS.c.acknowledged_at
        query = query.where(acknowledged.is_not(None) if seen else acknowledged.is_(None))
    return find_all(session, query.limit(limit), _notification)


def count_open(session: Session) -> int:
    """How many nobody has seen yet."""
    query = select(func.count()).where(_NOTIFICATIONS.c.acknowledged_at.is_(None))
    found: int = session.connection.execute(query).scalar_one()
    return found


def acknowledge(session: Session, at: datetime, ids: tuple[UUID, ...] | None = None) -> int:
    """Marks notifications (None: all) as seen by the session's actor, and says how many were not before."""
    change = update(_NOTIFICATIONS).where(_NOTIFICATIONS.c.acknowledged_at.is_(None))
    if ids is not None:
        change = change.where(_NOTIFICATIONS.c.id.in_(ids))
    return session.connection.execute(
        change.values(acknowledged_by=session.actor, acknowledged_at=at)
    ).rowcount


def _notification(row: RowMapping) -> Notification:
    return Notification(**{name: row[name] for name in row if name != "workspace_id"})
