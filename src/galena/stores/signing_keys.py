"""The keys that sign short-lived tokens, sealed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select

from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_one

_KEYS = tables.signing_keys


def add(session: Session, key_id: UUID, sealed: bytes, made_at: datetime) -> None:
    """A new key."""
    session.connection.execute(insert(_KEYS).values(id=key_id, sealed=sealed, made_at=made_at))


def find(session: Session, key_id: UUID) -> bytes | None:
    """A key, sealed; None where it was never made or is gone."""
    return find_one(session, select(_KEYS.c.sealed).where(_KEYS.c.id == key_id), lambda row: row["sealed"])


def find_newest(session: Session, made_after: datetime) -> tuple[UUID, bytes] | None:
    """The newest key made after this moment."""
    query = select(_KEYS.c.id, _KEYS.c.sealed).where(_KEYS.c.made_at > made_after)
    newest = query.order_by(_KEYS.c.made_at.desc(), _KEYS.c.id).limit(1)
    return find_one(session, newest, lambda row: (row["id"], row["sealed"]))


def remove_made_before(session: Session, moment: datetime) -> int:
    """Forgets the keys made before this moment and says how many; what they signed opens nothing any more."""
    return session.connection.execute(delete(_KEYS).where(_KEYS.c.made_at < moment)).rowcount
