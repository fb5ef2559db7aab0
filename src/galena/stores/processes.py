"""The processes of an installation, and when each was last seen. They belong to no workspace."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from galena.stores import tables
from galena.stores.door import Lobby

_PROCESSES = tables.processes


def note(lobby: Lobby, process_id: UUID, kind: str, now: datetime) -> None:
    """Notes that a process runs."""
    seen = insert(_PROCESSES).values(id=process_id, kind=kind, started_at=now, seen_at=now)
    lobby.connection.execute(seen.on_conflict_do_update(index_elements=["id"], set_={"seen_at": now}))


def forget(lobby: Lobby, process_id: UUID, before: datetime) -> None:
    """Forgets a process that ended in order, and those not seen since `before`."""
    gone = (_PROCESSES.c.id == process_id) | (_PROCESSES.c.seen_at < before)
    lobby.connection.execute(delete(_PROCESSES).where(gone))


def last_seen(lobby: Lobby) -> dict[str, datetime]:
    """Kind of process -> when one of it was last seen."""
    query = select(_PROCESSES.c.kind, func.max(_PROCESSES.c.seen_at)).group_by(_PROCESSES.c.kind)
    return {row[0]: row[1] for row in lobby.connection.execute(query)}
