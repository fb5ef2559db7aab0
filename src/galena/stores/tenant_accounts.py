"""What tenants are owed and have: leads owed from shortfalls, money for leads that have a price. Sums of entries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import RowMapping, func, insert, select

from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all

_CREDITS = tables.credit_entries
_BALANCES = tables.balance_entries

Entry = Literal["top_up", "charge", "refund", "correction"]


@dataclass(frozen=True, slots=True)
class BalanceEntry:
    """Money of a tenant: charges are negative."""

    tenant_id: UUID
    entry: Entry
    amount: Decimal
    why: str
    at: datetime
    assignment_id: UUID | None = None
    author: str = ""


def list_credits(session: Session) -> dict[UUID, float]:
    """Leads that each tenant is owed; those that are owed nothing are left out."""
    query = select(_CREDITS.c.tenant_id, func.sum(_CREDITS.c.leads)).group_by(_CREDITS.c.tenant_id)
    return {row[0]: row[1] for row in session.connection.execute(query) if row[1]}


def credits_of_drop(session: Session, drop_id: UUID) -> dict[UUID, float]:
    """What a drop changed of what tenants are owed."""
    query = select(_CREDITS.c.tenant_id, func.sum(_CREDITS.c.leads)).where(_CREDITS.c.drop_id == drop_id)
    return {
        row[0]: row[1] for row in session.connection.execute(query.group_by(_CREDITS.c.tenant_id)) if row[1]
    }


def add_credits(
    session: Session, changes: dict[UUID, float], *, why: str, at: datetime, drop_id: UUID | None = None
) -> None:
    """Changes what tenants are owed."""
    common = {"drop_id": drop_id, "why": why, "author": session.actor, "at": at}
    rows = [
        {"id": new_id(), "tenant_id": who, "leads": change, **common}
        for who, change in changes.items()
        if change
    ]
    if rows:
        session.connection.execute(insert(_CREDITS), rows)


def list_balances(session: Session) -> dict[UUID, Decimal]:
    """The balance of each tenant that ever had an entry."""
    query = select(_BALANCES.c.tenant_id, func.sum(_BALANCES.c.amount)).group_by(_BALANCES.c.tenant_id)
    return {row[0]: row[1] for row in session.connection.execute(query)}


def add_entries(session: Session, entries: Iterable[BalanceEntry]) -> None:
    """Writes entries; the author is the session's actor."""
    rows = [
        {name: getattr(one, name) for name in BalanceEntry.__dataclass_fields__}
        | {"id": new_id(), "author": session.actor}
        for one in entries
    ]
    if rows:
        session.connection.execute(insert(_BALANCES), rows)


def list_entries(session: Session, tenant_id: UUID, *, limit: int = 100) -> tuple[BalanceEntry, ...]:
    """A tenant's entries, the newest first."""
    query = select(_BALANCES).where(_BALANCES.c.tenant_id == tenant_id)
    return find_all(
        session, query.order_by(_BALANCES.c.at.desc(), _BALANCES.c.id.desc()).limit(limit), _entry
    )


def _entry(row: RowMapping) -> BalanceEntry:
    return BalanceEntry(**{name: row[name] for name in BalanceEntry.__dataclass_fields__})
