"""How many leads the best tiers may hold: only ever appended to, the newest holds."""

from collections.abc import Mapping

from sqlalchemy import RowMapping, Select, insert, select

from galena.domain.capacity import TierCapacities
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all, find_one

_CAPACITIES = tables.tier_capacities


def record(session: Session, leads: Mapping[str, int], *, why: str) -> TierCapacities:
    """Keeps how many leads each tier may hold from now on; none: the playbook's conditions set the tiers again."""
    row = session.connection.execute(
        insert(_CAPACITIES)
        .values(id=new_id(), leads=dict(leads), why=why, author=session.actor)
        .returning(_CAPACITIES)
    )
    return _capacities(row.mappings().one())


def find_latest(session: Session) -> TierCapacities | None:
    """What holds now; None when nothing was ever said."""
    return find_one(session, _newest().limit(1), _capacities)


def list_(session: Session, *, limit: int = 50) -> tuple[TierCapacities, ...]:
    """What held, the newest first."""
    return find_all(session, _newest().limit(limit), _capacities)


def _newest() -> Select[tuple[object, ...]]:
    return select(_CAPACITIES).order_by(_CAPACITIES.c.created_at.desc(), _CAPACITIES.c.id.desc())


def _capacities(row: RowMapping) -> TierCapacities:
    return TierCapacities(
        leads=row["leads"], why=row["why"], author=row["author"], created_at=row["created_at"]
    )
