"""What servers worked on: kept when it begins and when it ends, so that it can be told when the server is another."""

from dataclasses import asdict, fields
from uuid import UUID

from sqlalchemy import RowMapping, delete, select
from sqlalchemy.dialects.postgresql import insert

from galena.domain.kept_job import KeptJob
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all, find_one

_JOBS = tables.jobs
_NAMES = tuple(each.name for each in fields(KeptJob))
MOST_KEPT = 1_000
"""The oldest of more are forgotten."""


def save(session: Session, job: KeptJob) -> None:
    """Writes how a piece of work stands, in place of how it stood."""
    values = asdict(job)
    statement = insert(_JOBS).values(**values)
    session.connection.execute(
        statement.on_conflict_do_update(index_elements=[_JOBS.c.workspace_id, _JOBS.c.id], set_=values)
    )


def forget_oldest(session: Session, *, but: int = MOST_KEPT) -> int:
    """Deletes all but the newest, and says how many."""
    kept = select(_JOBS.c.id).order_by(_JOBS.c.id.desc()).limit(but)
    return session.connection.execute(delete(_JOBS).where(_JOBS.c.id.not_in(kept))).rowcount


def find(session: Session, job_id: UUID) -> KeptJob | None:
    """A piece of work; None where there is none of this id."""
    return find_one(session, select(_JOBS).where(_JOBS.c.id == job_id), _job)


def list_(session: Session) -> tuple[KeptJob, ...]:
    """All that is kept, the oldest first."""
    return find_all(session, select(_JOBS).order_by(_JOBS.c.id), _job)


def _job(row: RowMapping) -> KeptJob:
    return KeptJob(**{name: row[name] for name in _NAMES})
