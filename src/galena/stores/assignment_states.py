"""Assignments moved from state to state while they stay their tenants', and those that nothing was said of."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, text, update

from galena.domain.assignment import Assignment
from galena.domain.dispositions import AssignmentState
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among

_ASSIGNMENTS = tables.assignments
_CHANGES = tables.assignment_changes


def move_many(
    session: Session,
    held: Iterable[Assignment],
    state: AssignmentState,
    *,
    step: str,
    why: str,
    at: datetime,
    is_contact: bool = False,
) -> None:
    """Gives open assignments a state and notes the step; what is closed stays with its tenant.

    Args:
        is_contact: the lead was tried or reached: the first time of that is noted.
    """
    each = list(held)
    if not each:
        return
    change = update(_ASSIGNMENTS).where(among(_ASSIGNMENTS.c.id, [one.id for one in each]))
    session.connection.execute(change.values(state=state))
    fresh = [one.id for one in each if one.contacted_at is None]
    if is_contact and fresh:
        first = update(_ASSIGNMENTS).where(among(_ASSIGNMENTS.c.id, fresh))
        session.connection.execute(first.values(contacted_at=at))
    common = {"step": step, "state": state, "why": why, "at": at, "author": session.actor}
    session.connection.execute(
        insert(_CHANGES),
        [
            {
                **common,
                "assignment_id": one.id,
                "lead_id": one.lead_id,
                "tenant_id": one.tenant_id,
                "correlation_id": session.correlation_id,
            }
            for one in each
        ],
    )


def list_untouched(session: Session, before: datetime) -> tuple[tuple[UUID, UUID, UUID, datetime], ...]:
    """Active assignments that their tenants see since before an instant, with nothing recorded and no task open.

    Each as (assignment, lead, tenant, since when it is seen).
    """
    query = text(
        "SELECT a.id, a.lead_id, a.tenant_id, a.visible_at FROM assignments a"
        " WHERE a.ended_at IS NULL AND a.state = 'active' AND a.visible_at < :before"
        " AND NOT EXISTS (SELECT FROM dispositions d WHERE d.workspace_id = a.workspace_id AND d.assignment_id = a.id)"
        " AND NOT EXISTS (SELECT FROM tasks t WHERE t.workspace_id = a.workspace_id AND t.lead_id = a.lead_id"
        "  AND t.ended_at IS NULL) ORDER BY a.id"
    )
    rows = session.connection.execute(query, {"before": before})
    return tuple((row[0], row[1], row[2], row[3]) for row in rows)


def list_stopped(session: Session, lead_ids: Collection[UUID], step: str) -> frozenset[UUID]:
    """Of these leads those that are with a tenant, closed, and were closed by a step of this name."""
    query = text(
        "SELECT a.lead_id FROM assignments a WHERE a.ended_at IS NULL AND a.state = 'closed'"
        " AND a.lead_id = ANY(CAST(:leads AS uuid[])) AND :step = (SELECT c.step FROM assignment_changes c"
        " WHERE c.workspace_id = a.workspace_id AND c.lead_id = a.lead_id AND c.assignment_id = a.id"
        " AND c.state IS NOT NULL ORDER BY c.number DESC LIMIT 1)"
    )
    return frozenset(session.connection.execute(query, {"leads": list(lead_ids), "step": step}).scalars())


def is_any_open(session: Session) -> bool:
    """Whether any lead is with a tenant."""
    query = select(_ASSIGNMENTS.c.id).where(_ASSIGNMENTS.c.ended_at.is_(None)).limit(1)
    return session.connection.execute(query).first() is not None


def visible_since(session: Session, assignment_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Assignment -> since when its tenant sees it."""
    query = select(_ASSIGNMENTS.c.id, _ASSIGNMENTS.c.visible_at)
    rows = session.connection.execute(query.where(among(_ASSIGNMENTS.c.id, assignment_ids)))
    return {row[0]: row[1] for row in rows}
