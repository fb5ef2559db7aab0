"""Dispositions: what became of leads, written once and read back by lead, assignment and time."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import RowMapping, and_, insert, select, text
from sqlalchemy.exc import IntegrityError

from galena.domain.dispositions import Disposition
from galena.domain.outcome_labels import AssignedLead, GradedOutcome, graded
from galena.kit.errors import ConflictError
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all, load_by_id

_ROWS = tables.dispositions
_ASSIGNMENTS = tables.assignments


def add_many(session: Session, rows: Iterable[Disposition]) -> None:
    """Writes what was said.

    Raises:
        ConflictError: a row takes back what was taken back before.
    """
    values = [asdict(row) for row in rows]
    if not values:
        return
    try:
        with session.connection.begin_nested():
            session.connection.execute(insert(_ROWS), values)
    except IntegrityError as error:
        if "dispositions_corrects_key" not in str(error):
            raise
        raise ConflictError("This outcome was taken back already.") from error


def load(session: Session, id_: UUID) -> Disposition:
    """One row.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    return load_by_id(session, _ROWS, id_, _disposition, "outcome")


def list_for_lead(session: Session, lead_id: UUID) -> tuple[Disposition, ...]:
    """Everything that was said of a lead, the oldest first, what was taken back too."""
    query = select(_ROWS).where(_ROWS.c.lead_id == lead_id).order_by(_ROWS.c.at, _ROWS.c.id)
    return find_all(session, query, _disposition)


def list_for_leads(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, tuple[Disposition, ...]]:
    """The same for several leads, by lead; leads without any are left out."""
    query = select(_ROWS).where(among(_ROWS.c.lead_id, lead_ids)).order_by(_ROWS.c.at, _ROWS.c.id)
    found: dict[UUID, list[Disposition]] = {}
    for row in find_all(session, query, _disposition):
        found.setdefault(row.lead_id, []).append(row)
    return {lead: tuple(rows) for lead, rows in found.items()}


def list_outcomes(
    session: Session, since: datetime | None = None, until: datetime | None = None
) -> tuple[GradedOutcome, ...]:
    """What assignments came to, graded, as it stood just before `until` (None: now); in the order of the assignments.

    Only of those of which something was said from `since` on. What was taken back is as if it had not been said;
    who has nothing left is left out. Leads worked without an assignment are left out: nothing is known of the moment
    they were given.
    """
    assigned = _ROWS.c.assignment_id.is_not(None)
    seen = assigned if until is None else and_(assigned, _ROWS.c.at < until)
    fresh = select(_ROWS.c.assignment_id).where(seen)
    if since is not None:
        fresh = fresh.where(_ROWS.c.at >= since)
    rows: dict[UUID, list[Disposition]] = {}
    for row in find_all(session, select(_ROWS).where(seen, _ROWS.c.assignment_id.in_(fresh)), _disposition):
        if row.assignment_id is not None:
            rows.setdefault(row.assignment_id, []).append(row)
    given = {
        name: _ASSIGNMENTS.c[name] for name in AssignedLead.__dataclass_fields__ if name != "assignment_id"
    }
    query = select(_ASSIGNMENTS.c.id.label("assignment_id"), *given.values())
    query = query.where(among(_ASSIGNMENTS.c.id, rows)).order_by(
        _ASSIGNMENTS.c.assigned_at, _ASSIGNMENTS.c.id
    )
    leads = find_all(session, query, lambda row: AssignedLead(**row))
    told = (graded(lead, rows[lead.assignment_id]) for lead in leads)
    return tuple(each for each in told if each is not None)


def list_resting(session: Session, today: date) -> frozenset[UUID]:
    """Leads that did not answer and rest until a day after `today`, whoever tried them last."""
    query = text(
        "SELECT lead_id FROM (SELECT DISTINCT ON (d.lead_id) d.lead_id, d.next_step, d.next_on FROM dispositions d"
        " WHERE d.corrects IS NULL AND NOT EXISTS (SELECT FROM dispositions u WHERE u.corrects = d.id"
        "  AND u.workspace_id = d.workspace_id)"
        " ORDER BY d.lead_id, d.at DESC, d.id DESC) newest WHERE next_step = 'retry' AND next_on > :today"
    )
    return frozenset(session.connection.execute(query, {"today": today}).scalars())


def _disposition(row: RowMapping) -> Disposition:
    return Disposition(**{name: row[name] for name in Disposition.__dataclass_fields__})
