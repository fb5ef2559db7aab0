"""Assignments and what brokers said of them, as CSV for learning: one read each, however many there are."""

from datetime import datetime

from sqlalchemy import func, select

from galena.stores import tables
from galena.stores.bulk import copy_out
from galena.stores.door import Session


def read_assigned(session: Session, *, since: datetime) -> bytes:
    """Assignments from an instant on, in the order in which they were made, as CSV with a header.

    Columns: assignment_id, lead_id, score_id, assigned_at_us, propensity and explored: whether chance chose the lead.
    An assignment counts from when its broker sees it.
    """
    return copy_out(session, _ASSIGNED, {"since": since})


def read_said(session: Session, *, since: datetime) -> bytes:
    """What was said of assignments from an instant on, as CSV with a header; what was taken back is left out.

    Columns: assignment_id, stage, outcome, at_us.
    """
    return copy_out(session, _SAID, {"since": since})


def count_said(session: Session, *, since: datetime) -> int:
    """How many outcomes were recorded from an instant on; those taken back and call results count, too."""
    query = select(func.count()).select_from(tables.dispositions).where(tables.dispositions.c.at >= since)
    found: int = session.connection.execute(query).scalar_one()
    return found


_ASSIGNED = """
    SELECT id AS assignment_id, lead_id, score_id, (extract(epoch FROM visible_at) * 1000000)::bigint AS assigned_at_us,
        propensity, (why ->> 'chosen') IS NOT DISTINCT FROM 'explored' AS explored
    FROM assignments
    WHERE visible_at >= {since}::timestamptz AND state NOT IN ('declined', 'returned', 'released')
    ORDER BY visible_at, id
"""
_SAID = """
    SELECT d.assignment_id, d.stage, d.outcome, (extract(epoch FROM d.at) * 1000000)::bigint AS at_us
    FROM dispositions d
    WHERE d.assignment_id IS NOT NULL AND d.at >= {since}::timestamptz AND d.corrects IS NULL
        AND NOT EXISTS (SELECT FROM dispositions u WHERE u.workspace_id = d.workspace_id AND u.corrects = d.id)
    ORDER BY d.at, d.id
"""
