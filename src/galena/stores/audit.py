"""The audit trail: appended to, never changed; the database refuses everything else."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, select

from galena.domain.events import AuditEntry
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all

_AUDIT = tables.audit


def record(
    session: Session,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
    *,
    tenant_id: UUID | None = None,
) -> None:
    """Writes who did what to what, in the transaction that does it; who is the session's actor.

    Args:
        action: a verb and a noun, `undo_import`.
        subject: `<noun>:<id>`.
        detail: what else matters; no personal data.
        tenant_id: whose trail it stands on, too; None: that of whom the session entered for.
    """
    record_many(session, action, [(subject, detail or {})], tenant_id=tenant_id)


def record_many(
    session: Session,
    action: str,
    done: Iterable[tuple[str, Mapping[str, Any]]],
    *,
    tenant_id: UUID | None = None,
) -> None:
    """The same for many subjects of one action, each with its detail."""
    common: dict[str, Any] = {
        "actor": session.actor,
        "action": action,
        "correlation_id": session.correlation_id,
    }
    common |= {} if tenant_id is None else {"tenant_id": tenant_id}
    rows = [{**common, "subject": subject, "detail": dict(detail)} for subject, detail in done]
    if rows:
        session.connection.execute(insert(_AUDIT), rows)


def list_(
    session: Session,
    *,
    subject: str | None = None,
    actor: str | None = None,
    action: str | None = None,
    actions: Collection[str] | None = None,
    noun: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 100,
) -> tuple[AuditEntry, ...]:
    """Entries, the newest first.

    Args:
        actions: any of these.
        noun: of the subjects: `lead`, `user`.
        since, until: from this instant on, and before this one.
        before: the last one of the page before.
    """
    query = select(_AUDIT)
    if noun is not None:
        query = query.where(_AUDIT.c.subject.startswith(f"{noun}:", autoescape=True))
    if actions is not None:
        query = query.where(among(_AUDIT.c.action, actions))
    if since is not None:
        query = query.where(_AUDIT.c.at >= since)
    if until is not None:
        query = query.where(_AUDIT.c.at < until)
    for column, value in ((_AUDIT.c.actor, actor), (_AUDIT.c.action, action)):
        if value is not None:
            query = query.where(column == value)
    if subject is not None:
        query = query.where(_AUDIT.c.subject == subject)
    if before is not None:
        query = query.where(_AUDIT.c.id < before)
    return find_all(session, query.order_by(_AUDIT.c.id.desc()).limit(limit), _entry)


def _entry(row: RowMapping) -> AuditEntry:
    return AuditEntry(**{name: row[name] for name in row if name not in ("workspace_id", "tenant_id")})
