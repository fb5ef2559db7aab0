"""Holds: a sign, as long as a process lives, that it is at work on something; gone with the process."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from galena.kit.errors import ConflictError
from galena.stores.door import Door, Session

_CLASS = 7703


@contextmanager
def hold(door: Door, subject: UUID, *, doing: str) -> Iterator[None]:
    """Holds `subject` (an import, a run, or a workspace for its intake) for the length of the block.

    It takes one connection of its own. When the process is killed, the server lets go of the hold.

    Raises:
        ConflictError: another process holds it; `doing` says in words what it is doing.
    """
    with door.engine.connect() as connection:
        key = {"class": _CLASS, "key": _key(subject)}
        if not connection.execute(text("SELECT pg_try_advisory_lock(:class, :key)"), key).scalar():
            raise ConflictError(
                f"another Galena is {doing} at this moment",
                remedy="Wait until it has finished, then try again.",
            )
        connection.commit()
        try:
            yield
        finally:
            # A connection that was lost meanwhile has let go already.
            with suppress(OperationalError):
                if not connection.invalidated:
                    connection.execute(text("SELECT pg_advisory_unlock(:class, :key)"), key)
                    connection.commit()


def is_held(session: Session, subject: UUID) -> bool:
    """Whether some process holds `subject`; False tells that whoever marked it as running is gone."""
    held = text(
        "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND classid = :class"
        " AND objid = CAST(:key AS bigint) & 4294967295"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
    )
    answer: bool = session.connection.execute(held, {"class": _CLASS, "key": _key(subject)}).scalar_one()
    return answer


def _key(subject: UUID) -> int:
    # The last 32 bits of a UUID of version 7 are random; as a signed number, as the lock takes it.
    low = subject.int & 0xFFFFFFFF
    return low - (1 << 32) if low >= 1 << 31 else low
