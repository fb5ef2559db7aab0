"""Dispositions: what became of leads, written once and read back by lead, assignment and time."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import RowMapping, insert, select
from sqlalchemy.exc import IntegrityError

from galena.domain.dispositions import Disposition
from galena.kit.errors import ConflictError
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all, load_by_id

_ROWS = tables.dispositions


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


def list_for_leads(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, tuple[Disposition, ...]]:
    """Everything that was said of leads, by lead, the oldest first, what was taken back too."""
    query = select(_ROWS).where(among(_ROWS.c.lead_id, lead_ids)).order_by(_ROWS.c.at, _ROWS.c.id)
    found: dict[UUID, list[Disposition]] = {}
    for row in find_all(session, query, _disposition):
        found.setdefault(row.lead_id, []).append(row)
    return {lead: tuple(rows) for lead, rows in found.items()}


def _disposition(row: RowMapping) -> Disposition:
    return Disposition(**{name: row[name] for name in Disposition.__dataclass_fields__})
