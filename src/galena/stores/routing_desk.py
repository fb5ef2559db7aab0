"""What the claw-back desk shows: who has which lead, how it stands, how fast tenants are; page by page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Join, RowMapping, Select, and_, func, literal, select, tuple_

from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all

_ASSIGNMENTS = tables.assignments
_LEADS = tables.leads
_TENANTS = tables.tenants


@dataclass(frozen=True, slots=True)
class DeskQuery:
    """Which assignments: of a tenant, of a drop, in a state, or one; ended ones only where asked for.

    Attributes:
        before: (assigned_at, id) of the last one of the page before.
    """

    tenant_id: UUID | None = None
    drop_id: UUID | None = None
    state: str | None = None
    ended: bool = False
    limit: int = 50
    offset: int = 0
    before: tuple[datetime, UUID] | None = None
    assignment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One assignment on the desk."""

    assignment_id: UUID
    lead_id: UUID
    lead_key: str
    title: str
    tenant_id: UUID
    tenant: str
    how: str
    tier: str
    state: str
    assigned_at: datetime
    visible_at: datetime
    accept_by: datetime | None
    accepted_at: datetime | None
    contacted_at: datetime | None
    ended_at: datetime | None
    ended_reason: str | None


@dataclass(frozen=True, slots=True)
class TenantSpeed:
    """How fast a tenant is: of its leads so many were contacted, half of them within these minutes."""

    tenant: str
    leads: int
    contacted: int
    median_minutes: float | None


def list_rows(session: Session, query: DeskQuery) -> tuple[DeskRow, ...]:
    """Assignments, the newest first."""
    names = [name for name in DeskRow.__dataclass_fields__ if name in _ASSIGNMENTS.c]
    columns = [
        _ASSIGNMENTS.c.id.label("assignment_id"),
        *(_ASSIGNMENTS.c[name] for name in names),
        _LEADS.c.lead_key,
        _LEADS.c.title,
        _TENANTS.c.name.label("tenant"),
    ]
    found = _asked(select(*columns).select_from(_joined()), query)
    found = found.order_by(_ASSIGNMENTS.c.assigned_at.desc(), _ASSIGNMENTS.c.id.desc())
    return find_all(session, found.limit(query.limit).offset(query.offset), _row)


def count_rows(session: Session, query: DeskQuery) -> int:
    """How many assignments there are over all pages."""
    found = _asked(select(func.count()).select_from(_joined()), query)
    counted: int = session.connection.execute(found).scalar_one()
    return counted


def list_lead_ids(session: Session, query: DeskQuery) -> tuple[UUID, ...]:
    """The leads of all assignments asked for, for what is done with many at once."""
    found = _asked(select(_ASSIGNMENTS.c.lead_id).select_from(_joined()), query)
    return tuple(session.connection.execute(found.order_by(_ASSIGNMENTS.c.lead_id)).scalars())


def list_speeds(session: Session, since: datetime) -> tuple[TenantSpeed, ...]:
    """Time from seeing a lead to the first contact, by tenant, of leads given since an instant."""
    minutes = func.extract("epoch", _ASSIGNMENTS.c.contacted_at - _ASSIGNMENTS.c.visible_at) / 60
    query = (
        select(
            _TENANTS.c.name.label("tenant"),
            func.count().label("leads"),
            func.count(_ASSIGNMENTS.c.contacted_at).label("contacted"),
            func.percentile_cont(0.5).within_group(minutes).label("median_minutes"),
        )
        .select_from(_joined())
        .where(_ASSIGNMENTS.c.visible_at >= since)
        .group_by(_TENANTS.c.name)
        .order_by(_TENANTS.c.name)
    )
    return find_all(session, query, lambda row: TenantSpeed(**row))


def _joined() -> Join:
    same = _ASSIGNMENTS.c.workspace_id
    with_lead = and_(_LEADS.c.workspace_id == same, _LEADS.c.id == _ASSIGNMENTS.c.lead_id)
    with_tenant = and_(_TENANTS.c.workspace_id == same, _TENANTS.c.id == _ASSIGNMENTS.c.tenant_id)
    return _ASSIGNMENTS.join(_LEADS, with_lead).join(_TENANTS, with_tenant)


def _asked(found: Select[Any], query: DeskQuery) -> Select[Any]:
    if not query.ended:
        found = found.where(_ASSIGNMENTS.c.ended_at.is_(None))
    if query.before is not None:
        found = found.where(
            tuple_(_ASSIGNMENTS.c.assigned_at, _ASSIGNMENTS.c.id)
            < tuple_(literal(query.before[0]), literal(query.before[1]))
        )
    for column, value in (
        (_ASSIGNMENTS.c.id, query.assignment_id),
        (_ASSIGNMENTS.c.tenant_id, query.tenant_id),
        (_ASSIGNMENTS.c.drop_id, query.drop_id),
        (_ASSIGNMENTS.c.state, query.state),
    ):
        if value is not None:
            found = found.where(column == value)
    return found


def _row(row: RowMapping) -> DeskRow:
    return DeskRow(**{name: row[name] for name in DeskRow.__dataclass_fields__})
