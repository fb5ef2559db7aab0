"""How far each reader of events is, so that it goes on where it stopped."""

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from galena.stores import tables
from galena.stores.door import Session

_READERS = tables.event_readers


def find(session: Session, reader: str, *, lock: bool = False) -> int | None:
    """The position a reader has reached; None: it never read.

    Args:
        lock: keep others of the same name waiting until the transaction ends.
    """
    query = select(_READERS.c.position).where(_READERS.c.reader == reader)
    return session.connection.execute(query.with_for_update() if lock else query).scalar_one_or_none()


def move(session: Session, reader: str, position: int) -> None:
    """Notes the position a reader has reached, or goes on from."""
    statement = upsert(_READERS).values(reader=reader, position=position)
    session.connection.execute(
        statement.on_conflict_do_update(
            index_elements=[_READERS.c.workspace_id, _READERS.c.reader], set_={"position": position}
        )
    )


def drop(session: Session, reader: str) -> None:
    """Forgets a reader."""
    session.connection.execute(delete(_READERS).where(_READERS.c.reader == reader))
