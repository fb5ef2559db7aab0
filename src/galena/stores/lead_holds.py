"""Holds: leads that a person keeps out of drops and routing, until a day or until they are released."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert

from galena.domain.assignment import LeadHold
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all

_HOLDS = tables.lead_holds
_OPEN = _HOLDS.c.ended_at.is_(None)


def hold_many(
    session: Session, lead_ids: Collection[UUID], *, why: str, at: datetime, until: datetime | None
) -> tuple[UUID, ...]:
    """Holds leads; gives those that were not held before. A hold that stands takes the new reason and day."""
    if not lead_ids:
        return ()
    before = {hold.lead_id for hold in list_open(session, lead_ids)}
    common = {"why": why, "author": session.actor, "held_at": at, "until": until}
    rows = [{"id": new_id(), "lead_id": lead_id, **common} for lead_id in sorted(lead_ids)]
    statement = insert(_HOLDS).values(rows)
    session.connection.execute(
        statement.on_conflict_do_update(
            index_elements=[_HOLDS.c.workspace_id, _HOLDS.c.lead_id],
            index_where=_OPEN,
            set_={name: statement.excluded[name] for name in common},
        )
    )
    return tuple(lead_id for lead_id in sorted(lead_ids) if lead_id not in before)


def end_many(session: Session, lead_ids: Collection[UUID], *, at: datetime) -> tuple[UUID, ...]:
    """Ends holds; gives the leads that were held."""
    change = update(_HOLDS).where(among(_HOLDS.c.lead_id, lead_ids), _OPEN).values(ended_at=at)
    return tuple(session.connection.execute(change.returning(_HOLDS.c.lead_id)).scalars())


def list_open(session: Session, lead_ids: Collection[UUID] | None = None) -> tuple[LeadHold, ...]:
    """The holds that stand, the newest first; of these leads, or all."""
    query = select(_HOLDS).where(_OPEN)
    if lead_ids is not None:
        query = query.where(among(_HOLDS.c.lead_id, lead_ids))
    return find_all(session, query.order_by(_HOLDS.c.held_at.desc(), _HOLDS.c.id.desc()), _hold)


def _hold(row: RowMapping) -> LeadHold:
    return LeadHold(**{name: row[name] for name in LeadHold.__dataclass_fields__})
