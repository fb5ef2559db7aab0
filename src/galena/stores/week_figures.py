"""The figures of a dashboard: this week beside the one before, what waits, what was won, and who leads."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from galena.stores.door import Session

WEEK = timedelta(days=7)
BOARD_DAYS = 30


@dataclass(frozen=True, slots=True)
class Pair:
    """A count of the last seven days, and of the seven before."""

    now: int
    before: int


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """What a session may see, counted.

    Attributes:
        created: leads that are new; `given`: leads that tenants were given and see.
        acted: of the leads given in those days, those that their tenant acted on.
        booked: leads with a meeting booked in those days.
        waiting: leads with a tenant that nobody acted on yet; `idle`: for a week or more; `waits_since`: the oldest.
        offers: leads offered that wait for an answer.
        won: deals whose commission counts in the year of now; `commission`: their sum.
    """

    created: Pair
    given: Pair
    acted: Pair
    booked: Pair
    waiting: int
    idle: int
    waits_since: datetime | None
    offers: int
    won: int
    commission: Decimal


@dataclass(frozen=True, slots=True)
class BoardLine:
    """What a tenant did with its leads in thirty days."""

    tenant_id: UUID
    tenant: str
    given: int
    acted: int
    booked: int
    won: int


def load(session: Session, now: datetime) -> WeekFigures:
    """Counts it all, by indexes: a tenth of a second with a hundred thousand leads of one week."""
    times = {"now": now, "week": now - WEEK, "before": now - 2 * WEEK, "year": now.year}
    row = session.connection.execute(_FIGURES, times).mappings().one()
    pairs = {name: Pair(row[name], row[f"{name}_before"]) for name in ("created", "given", "acted", "booked")}
    return WeekFigures(
        **pairs,
        waiting=row["waiting"],
        idle=row["idle"],
        waits_since=row["waits_since"],
        offers=row["offers"],
        won=row["won"],
        commission=row["commission"] or Decimal(0),
    )


def load_board(session: Session, now: datetime, *, limit: int = 6) -> tuple[BoardLine, ...]:
    """Tenants by what they booked and won in the last thirty days, the best first."""
    times = {"now": now, "since": now - timedelta(days=BOARD_DAYS), "most": limit}
    return tuple(BoardLine(**row) for row in session.connection.execute(_BOARD, times).mappings())


_STANDS = """NOT EXISTS (
        SELECT 1 FROM dispositions u WHERE u.workspace_id = d.workspace_id AND u.corrects = d.id)"""

_FIGURES = text(
    f"""
WITH made AS (
    SELECT count(*) FILTER (WHERE created_at > :week) AS created,
        count(*) FILTER (WHERE created_at <= :week) AS created_before
    FROM leads WHERE created_at > :before AND created_at <= :now AND status <> 'merged'
), gave AS (
    SELECT count(*) FILTER (WHERE assigned_at > :week) AS given,
        count(*) FILTER (WHERE assigned_at <= :week) AS given_before,
        count(*) FILTER (WHERE assigned_at > :week AND contacted_at IS NOT NULL) AS acted,
        count(*) FILTER (WHERE assigned_at <= :week AND contacted_at IS NOT NULL) AS acted_before
    FROM assignments WHERE assigned_at > :before AND visible_at <= :now AND state <> 'declined'
), wait AS (
    SELECT count(*) FILTER (WHERE accept_by IS NULL OR accepted_at IS NOT NULL) AS waiting,
        count(*) FILTER (WHERE visible_at <= :week) AS idle,
        min(visible_at) FILTER (WHERE accept_by IS NULL OR accepted_at IS NOT NULL) AS waits_since,
        count(*) FILTER (WHERE accept_by > :now AND accepted_at IS NULL) AS offers
    FROM assignments
    WHERE ended_at IS NULL AND state = 'active' AND contacted_at IS NULL AND visible_at <= :now
), meet AS (
    SELECT count(DISTINCT lead_id) FILTER (WHERE at > :week) AS booked,
        count(DISTINCT lead_id) FILTER (WHERE at <= :week) AS booked_before
    FROM dispositions d WHERE at > :before AND at <= :now AND outcome = 'booked' AND {_STANDS}
), closed AS (
    SELECT DISTINCT ON (coalesce(d.assignment_id, d.lead_id)) d.outcome, d.commission,
        coalesce(d.closing_on, d.signed_on) AS paid_on
    FROM dispositions d WHERE d.stage = 2 AND d.outcome <> 'undone' AND {_STANDS}
    ORDER BY coalesce(d.assignment_id, d.lead_id), d.at DESC, d.id DESC
), deals AS (
    SELECT count(*) AS won, sum(commission) AS commission FROM closed
    WHERE outcome = 'closed_won' AND commission IS NOT NULL AND extract(year FROM paid_on) = :year
)
SELECT * FROM made, gave, wait, meet, deals
"""  # noqa: S608
)

_BOARD = text(
    f"""
WITH gave AS (
    SELECT tenant_id, count(*) AS given, count(contacted_at) AS acted FROM assignments
    WHERE assigned_at > :since AND visible_at <= :now AND state <> 'declined' GROUP BY tenant_id
), did AS (
    SELECT tenant_id, count(DISTINCT lead_id) FILTER (WHERE outcome = 'booked') AS booked,
        count(DISTINCT lead_id) FILTER (WHERE outcome = 'closed_won') AS won
    FROM dispositions d WHERE at > :since AND at <= :now AND {_STANDS} GROUP BY tenant_id
)
SELECT t.id AS tenant_id, t.name AS tenant, coalesce(given, 0) AS given, coalesce(acted, 0) AS acted,
    coalesce(booked, 0) AS booked, coalesce(won, 0) AS won
FROM tenants t LEFT JOIN gave ON gave.tenant_id = t.id LEFT JOIN did ON did.tenant_id = t.id
WHERE given > 0 OR booked > 0 OR won > 0
ORDER BY won DESC, booked DESC, acted DESC, t.name LIMIT :most
"""  # noqa: S608
)
