"""What an installation holds and what waits in it, in numbers for watching: no person's data, no names of leads."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, func, select, text

from galena.stores import tables
from galena.stores.door import Session
from galena.stores.statistics import count_by, count_by_tier

_QUEUE = text(
    "SELECT status, count(*) FROM dbos.workflow_status WHERE status IN ('ENQUEUED', 'PENDING', 'DELAYED') GROUP BY 1"
)

MOST_EVENTS = 100_000
"""Events that wait are counted up to so many."""


@dataclass(frozen=True, slots=True)
class Gauges:
    """The numbers of one workspace.

    Attributes:
        rows_imported: of all imports.
        leads_scored: by all runs, every time anew.
        events_behind: how many events the slowest reader still has before it.
    """

    leads: Mapping[str, int]
    tiers: Mapping[str, int]
    imports: Mapping[str, int]
    rows_imported: int
    rows_set_aside: int
    score_runs: Mapping[str, int]
    leads_scored: int
    events_behind: int


def read(session: Session) -> Gauges:
    """Counts a workspace anew; about a tenth of a second per million leads."""
    imports, runs, rows = tables.imports, tables.score_runs, tables.quarantine
    execute = session.connection.execute
    return Gauges(
        leads=count_by(session, tables.leads.c.status),
        tiers=count_by_tier(session),
        imports=count_by(session, imports.c.status),
        rows_imported=int(execute(select(func.coalesce(func.sum(imports.c.rows_read), 0))).scalar_one()),
        rows_set_aside=int(
            execute(select(func.count()).select_from(rows).where(rows.c.status == "open")).scalar_one()
        ),
        score_runs=count_by(session, runs.c.status),
        leads_scored=int(execute(select(func.coalesce(func.sum(runs.c.scored_count), 0))).scalar_one()),
        events_behind=_events_behind(session),
    )


def count_queue(engine: Engine) -> dict[str, int]:
    """State (`enqueued`, `pending`, `delayed`) -> how much durable work is in it."""
    with engine.connect() as connection:
        if connection.execute(text("SELECT to_regclass('dbos.workflow_status')")).scalar() is None:
            return {}
        return {str(row[0]).lower(): int(row[1]) for row in connection.execute(_QUEUE)}


def _events_behind(session: Session) -> int:
    slowest = session.connection.execute(select(func.min(tables.event_readers.c.position))).scalar()
    if slowest is None:
        return 0
    waiting = select(tables.outbox.c.position).where(tables.outbox.c.position > slowest).limit(MOST_EVENTS)
    return int(session.connection.execute(select(func.count()).select_from(waiting.subquery())).scalar_one())
