"""How assignments stand: found by their leads, moved from state to state, each step on the ledger."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import RowMapping, func, insert, select, text, update

from galena.domain.dispositions import AssignmentState
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all

_ASSIGNMENTS = tables.assignments
_CHANGES = tables.assignment_changes
RESUMED = "resumed"
"""The step by which a lead that rested is taken up again."""


@dataclass(frozen=True, slots=True)
class HeldLead:
    """An assignment that is not over: who has the lead, since when, and how it stands."""

    id: UUID
    lead_id: UUID
    tenant_id: UUID
    state: str
    visible_at: datetime
    contacted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the ledger: what was done to an assignment, by whom, and why."""

    assignment_id: UUID | None
    tenant_id: UUID | None
    step: str
    state: str | None
    why: str | None
    author: str
    at: datetime


def find_held(session: Session, lead_ids: Collection[UUID], *, lock: bool = False) -> dict[UUID, HeldLead]:
    """Lead -> its assignment that is not over; leads of nobody are left out. `lock` keeps others from changing them."""
    query = select(_ASSIGNMENTS).where(
        _ASSIGNMENTS.c.ended_at.is_(None), among(_ASSIGNMENTS.c.lead_id, lead_ids)
    )
    query = query.order_by(_ASSIGNMENTS.c.lead_id)
    found = find_all(session, query.with_for_update() if lock else query, _held)
    return {each.lead_id: each for each in found}


def move_many(
    session: Session,
    held: Iterable[HeldLead],
    state: AssignmentState,
    *,
    step: str,
    why: str,
    at: datetime,
    is_contact: bool = False,
) -> None:
    """Gives assignments a state and notes the step; what is closed stays with its tenant.

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


def list_steps(session: Session, lead_id: UUID) -> tuple[Step, ...]:
    """Everything that was done to the assignments of a lead, the oldest first."""
    query = select(_CHANGES).where(_CHANGES.c.lead_id == lead_id).order_by(_CHANGES.c.number)
    return find_all(
        session, query, lambda row: Step(**{name: row[name] for name in Step.__dataclass_fields__})
    )


def find_round_start(session: Session, assignment_id: UUID) -> datetime | None:
    """When a lead was last taken up again after a rest; None: never."""
    query = select(func.max(_CHANGES.c.at)).where(
        _CHANGES.c.assignment_id == assignment_id, _CHANGES.c.step == RESUMED
    )
    found: datetime | None = session.connection.execute(query).scalar_one()
    return found


def list_untouched(session: Session, *, days: int, now: datetime) -> tuple[HeldLead, ...]:
    """Active assignments that their tenants have seen for so many days with nothing recorded and no task open."""
    query = text(
        "SELECT a.* FROM assignments a WHERE a.ended_at IS NULL AND a.state = 'active'"
        " AND a.visible_at::date <= CAST(:day AS date)"
        " AND NOT EXISTS (SELECT FROM dispositions d WHERE d.workspace_id = a.workspace_id AND d.assignment_id = a.id)"
        " AND NOT EXISTS (SELECT FROM tasks t WHERE t.workspace_id = a.workspace_id AND t.lead_id = a.lead_id"
        "  AND t.ended_at IS NULL) ORDER BY a.id"
    )
    return find_all(session, query.bindparams(day=now.date() - timedelta(days=days)), _held)


def visible_since(session: Session, assignment_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Assignment -> since when its tenant sees it."""
    query = select(_ASSIGNMENTS.c.id, _ASSIGNMENTS.c.visible_at)
    rows = session.connection.execute(query.where(among(_ASSIGNMENTS.c.id, assignment_ids)))
    return {row[0]: row[1] for row in rows}


def _held(row: RowMapping) -> HeldLead:
    return HeldLead(**{name: row[name] for name in HeldLead.__dataclass_fields__})
