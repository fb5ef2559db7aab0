"""Authenticator apps as second factors. The secret arrives sealed; of recovery codes only the SHA-256 is kept."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from galena.domain.sign_in import SecondFactor
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_one

_FACTORS = tables.second_factors


def begin(session: Session, user_id: UUID, sealed: bytes) -> None:
    """A secret that is being set up; one that was begun before and never confirmed is replaced."""
    adding = insert(_FACTORS).values(user_id=user_id, sealed=sealed)
    session.connection.execute(
        adding.on_conflict_do_update(
            index_elements=["workspace_id", "user_id"],
            set_={"sealed": adding.excluded.sealed, "last_step": 0},
            where=_FACTORS.c.confirmed_at.is_(None),
        )
    )


def find(session: Session, user_id: UUID) -> SecondFactor | None:
    """The second factor of a user, confirmed or being set up."""
    query = select(
        _FACTORS.c.user_id,
        _FACTORS.c.sealed,
        _FACTORS.c.confirmed_at,
        _FACTORS.c.last_step,
        func.cardinality(_FACTORS.c.recovery_hashes).label("recovery_left"),
    ).where(_FACTORS.c.user_id == user_id)
    return find_one(session, query, _factor)


def confirm(session: Session, user_id: UUID, recovery_codes: Sequence[str], now: datetime) -> None:
    """From now on it is asked for at each sign-in; the recovery codes replace those of before."""
    session.connection.execute(
        update(_FACTORS)
        .where(_FACTORS.c.user_id == user_id)
        .values(
            confirmed_at=func.coalesce(_FACTORS.c.confirmed_at, now),
            recovery_hashes=[_hashed(code) for code in recovery_codes],
        )
    )


def use_step(session: Session, user_id: UUID, step: int) -> bool:
    """Takes the code of a time step; False where it, or a later one, was taken before."""
    taken = update(_FACTORS).where(_FACTORS.c.user_id == user_id, _FACTORS.c.last_step < step)
    return session.connection.execute(taken.values(last_step=step)).rowcount == 1


def use_recovery_code(session: Session, user_id: UUID, code: str) -> bool:
    """Takes a recovery code, once; False where there is none such."""
    hashed = _hashed(code)
    taken = update(_FACTORS).where(
        _FACTORS.c.user_id == user_id, _FACTORS.c.recovery_hashes.contains([hashed])
    )
    left = func.array_remove(_FACTORS.c.recovery_hashes, hashed)
    return session.connection.execute(taken.values(recovery_hashes=left)).rowcount == 1


def remove(session: Session, user_id: UUID) -> bool:
    """Asks for no code any more; False where none was asked for."""
    return session.connection.execute(delete(_FACTORS).where(_FACTORS.c.user_id == user_id)).rowcount == 1


def _hashed(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()


def _factor(row: RowMapping) -> SecondFactor:
    return SecondFactor(**row)
