"""Links that a person made: what comes under one of them belongs to the lead that was named, now and later."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among

_LINKS = tables.hand_links


def add(session: Session, link: str, lead_id: UUID, *, at: datetime) -> bool:
    """Makes a link lead to a lead, whatever else it leads to; says whether that is new."""
    new = upsert(_LINKS).values(link=link, lead_id=lead_id, author=session.actor, made_at=at)
    return (
        session.connection.execute(new.on_conflict_do_nothing().returning(_LINKS.c.lead_id)).first()
        is not None
    )


def take_away(session: Session, link: str) -> tuple[UUID, ...]:
    """Takes back what people said of a link, and gives the leads that it led to by that."""
    gone = delete(_LINKS).where(_LINKS.c.link == link).returning(_LINKS.c.lead_id)
    return tuple(sorted(session.connection.execute(gone).scalars()))


def list_for_leads(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """The links that people made to these leads, by lead; leads without any are left out."""
    found: dict[UUID, list[str]] = {}
    query = select(_LINKS.c.lead_id, _LINKS.c.link).where(among(_LINKS.c.lead_id, lead_ids))
    for lead_id, link in session.connection.execute(query.order_by(_LINKS.c.lead_id, _LINKS.c.link)):
        found.setdefault(lead_id, []).append(link)
    return {lead_id: tuple(links) for lead_id, links in found.items()}
