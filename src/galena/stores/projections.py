"""What projecting leads from records needs besides the stores of each noun: its turn, links, and making room."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, select, text

from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among

_TURN = 7706
"""The first key of the advisory lock of projecting; the second one stands for the workspace."""


def take_turn(session: Session) -> None:
    """Waits until no other transaction projects leads of this workspace; the turn ends with the transaction."""
    session.connection.execute(
        text("SELECT pg_advisory_xact_lock(:turn, hashtext(:workspace))"),
        {"turn": _TURN, "workspace": str(session.workspace_id)},
    )


def links_of(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """The links of these leads, by lead; leads without any are left out."""
    table = tables.lead_links
    found: dict[UUID, set[str]] = {}
    query = select(table.c.lead_id, table.c.link).where(among(table.c.lead_id, lead_ids))
    for lead_id, link in session.connection.execute(query):
        found.setdefault(lead_id, set()).add(link)
    return {lead: frozenset(links) for lead, links in found.items()}


def delete_signals(session: Session, signal_ids: Collection[UUID]) -> int:
    """Deletes signals that no record tells of their lead any more, and says how many."""
    table = tables.signals
    return session.connection.execute(delete(table).where(among(table.c.id, signal_ids))).rowcount


def delete_waiting_signals(session: Session, links: Collection[str]) -> int:
    """Deletes the signals that wait under these links, now that leads have them, and says how many."""
    table = tables.signals
    waiting = delete(table).where(among(table.c.link, links), table.c.lead_id.is_(None))
    return session.connection.execute(waiting).rowcount


def delete_signals_of_leads(session: Session, lead_ids: Collection[UUID]) -> int:
    """Deletes the signals of leads that vanish, and says how many."""
    table = tables.signals
    return session.connection.execute(delete(table).where(among(table.c.lead_id, lead_ids))).rowcount


def links_of_import(session: Session, import_id: UUID) -> frozenset[str]:
    """The links that details and signals of an import bear."""
    table = tables.source_records
    query = select(table.c.link).where(table.c.import_id == import_id, table.c.link.is_not(None))
    return frozenset(session.connection.execute(query.distinct()).scalars())


def leads_with_records(session: Session, lead_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of these leads that have a source record of their own."""
    table = tables.source_records
    query = select(table.c.lead_id).where(among(table.c.lead_id, lead_ids)).distinct()
    return frozenset(session.connection.execute(query).scalars())


def lead_ids(session: Session, *, after: UUID, limit: int) -> list[UUID]:
    """The next leads in order of id."""
    table = tables.leads
    query = select(table.c.id).where(table.c.id > after).order_by(table.c.id).limit(limit)
    return list(session.connection.execute(query).scalars())
