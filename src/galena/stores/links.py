"""Links: the texts by which details and signals find their leads."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from sqlalchemy import select, text

from galena.stores import tables
from galena.stores.bulk import incoming
from galena.stores.door import Session
from galena.stores.rows import among

_LINKS = tables.lead_links


def add_many(session: Session, links: Iterable[tuple[str, UUID]]) -> int:
    """Adds (link, lead) pairs and says how many were new."""
    with incoming(session, _LINKS, ("link", "lead_id"), links) as name:
        return session.connection.execute(
            text(
                f"INSERT INTO lead_links (link, lead_id) SELECT link, lead_id FROM {name} ORDER BY link"  # noqa: S608
                " ON CONFLICT DO NOTHING"
            )
        ).rowcount


def replace_of(session: Session, links_by_lead: Mapping[UUID, Collection[str]]) -> None:
    """Makes these the links of these leads, and no others."""
    wanted = [(link, lead) for lead, links in links_by_lead.items() for link in set(links)]
    given = {"links": [link for link, _ in wanted], "of": [lead for _, lead in wanted]}
    arrays = "unnest(CAST(:links AS text[]), CAST(:of AS uuid[])) AS n(link, lead_id)"
    session.connection.execute(
        text(
            "DELETE FROM lead_links l WHERE l.lead_id = ANY(CAST(:leads AS uuid[])) AND NOT EXISTS"  # noqa: S608
            f" (SELECT 1 FROM {arrays} WHERE n.link = l.link AND n.lead_id = l.lead_id)"
        ),
        {"leads": list(links_by_lead), **given},
    )
    session.connection.execute(
        text(
            f"INSERT INTO lead_links (link, lead_id) SELECT link, lead_id FROM {arrays} ORDER BY link"  # noqa: S608
            " ON CONFLICT DO NOTHING"
        ),
        given,
    )


def find_many(session: Session, links: Collection[str]) -> dict[str, tuple[UUID, ...]]:
    """The leads behind each of these links, by link; links that lead nowhere are left out."""
    query = select(_LINKS.c.link, _LINKS.c.lead_id).where(among(_LINKS.c.link, links))
    found: dict[str, list[UUID]] = {}
    for link, lead_id in session.connection.execute(query.order_by(_LINKS.c.link, _LINKS.c.lead_id)):
        found.setdefault(link, []).append(lead_id)
    return {link: tuple(leads) for link, leads in found.items()}


def list_for_lead(session: Session, lead_id: UUID) -> tuple[str, ...]:
    """The links of a lead."""
    query = select(_LINKS.c.link).where(_LINKS.c.lead_id == lead_id).order_by(_LINKS.c.link)
    return tuple(session.connection.execute(query).scalars())
