"""The places of tiers that hold only so many leads: who stands near the line, and who has one."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select, text

from galena.domain.capacity import Room
from galena.stores import tables
from galena.stores.bulk import incoming
from galena.stores.door import Session

_SCORES = tables.current_scores


@dataclass(frozen=True, slots=True)
class PlaceStanding:
    """Where a lead stands among all.

    Attributes:
        tier, ruled_tier: the tier that stands; the one by the playbook's conditions where capacity set it, else None.
        place: 1 for the best lead.
    """

    tier: str
    ruled_tier: str | None
    place: int


def read_best(session: Session, limit: int) -> list[tuple[UUID, str | None]]:
    """The best leads by score, the first of equals first, each with the tier in which capacity gave it a place."""
    found = session.connection.execute(text(_BEST), {"limit": limit})
    return [(row[0], row[1]) for row in found]


def give(session: Session, seats: Iterable[tuple[UUID, str]], room: Room, *, trigger: str) -> int:
    """Gives these leads the places of their tiers, takes them from all others, and says how many leads' tiers are new.

    Each of them is told to the outbox as `tier_changed`.
    """
    with incoming(session, _SCORES, ("lead_id", "tier"), seats) as name:
        # Without statistics on the incoming table the planner may compare every pair; joined by hash it is linear.
        session.connection.execute(text("SET LOCAL enable_nestloop = off"))
        given = {
            "limited": list(room.tiers),
            "beyond": room.beyond,
            "trigger": trigger,
            "correlation_id": session.correlation_id,
        }
        moved = session.connection.execute(text(_GIVE.format(name=name)), given).rowcount
        session.connection.execute(text("SET LOCAL enable_nestloop = on"))
        return moved


def find(session: Session, lead_id: UUID) -> PlaceStanding | None:
    """Where a lead stands; None when it has no score. As the operator: a tenant sees its own leads only."""
    row = session.connection.execute(text(_STANDING), {"lead_id": lead_id}).one_or_none()
    return None if row is None else PlaceStanding(*row)


def any_given(session: Session) -> bool:
    """Whether capacity has set the tier of any lead."""
    given = _SCORES.c.ruled_tier.is_not(None)
    return bool(session.connection.execute(select(exists().where(given))).scalar())


def last_points(session: Session, tiers: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Of each of these tiers: how many places are taken, and the micropoints of the last lead that has one."""
    found = session.connection.execute(text(_LAST), {"tiers": list(tiers)})
    return {row[0]: (row[1], row[2]) for row in found}


def count_ruled(session: Session, tier: str) -> tuple[int, int]:
    """How many leads have this tier by the playbook's conditions, and how many have a score at all."""
    row = session.connection.execute(text(_RULED), {"tier": tier}).one()
    return row[0], row[1]


_BEST = """
    SELECT lead_id, CASE WHEN ruled_tier IS NOT NULL THEN tier END
    FROM current_scores WHERE micropoints >= 0 ORDER BY micropoints DESC, lead_id LIMIT :limit
"""
_GIVE = """
    WITH wanted AS (
        SELECT c.workspace_id, c.lead_id, c.tier AS before, coalesce(c.ruled_tier, c.tier) AS ruled, n.tier AS seat
        FROM current_scores c LEFT JOIN {name} n ON n.lead_id = c.lead_id
    ), placed AS (
        SELECT *, ruled = ANY(CAST(:limited AS text[])) AS crowded_out FROM wanted
    ), told AS (
        SELECT *,
            coalesce(seat, CASE WHEN crowded_out THEN :beyond ELSE ruled END) AS tier,
            CASE WHEN seat IS NOT NULL OR crowded_out THEN ruled END AS ruled_tier
        FROM placed
    ), moved AS (
        UPDATE current_scores c SET tier = t.tier, ruled_tier = t.ruled_tier FROM told t
        WHERE c.workspace_id = t.workspace_id AND c.lead_id = t.lead_id
            AND (c.tier, c.ruled_tier) IS DISTINCT FROM (t.tier, t.ruled_tier)
        RETURNING c.lead_id, c.micropoints, t.before, t.tier
    )
    INSERT INTO outbox (kind, lead_id, payload, correlation_id)
    SELECT 'tier_changed', lead_id, jsonb_build_object('tier', tier, 'tier_before', before,
        'micropoints', micropoints, 'micropoints_before', micropoints, 'trigger', CAST(:trigger AS text)),
        :correlation_id
    FROM moved WHERE before <> tier ORDER BY lead_id
"""
_STANDING = """
    SELECT c.tier, c.ruled_tier, 1 + (
        SELECT count(*) FROM current_scores b
        WHERE b.micropoints >= c.micropoints AND (b.micropoints, c.lead_id) > (c.micropoints, b.lead_id)
    )
    FROM current_scores c WHERE c.lead_id = :lead_id
"""
_LAST = """
    SELECT tier, count(*), min(micropoints) FROM current_scores
    WHERE ruled_tier IS NOT NULL AND tier = ANY(CAST(:tiers AS text[])) GROUP BY tier
"""
_RULED = """
    SELECT count(*) FILTER (WHERE coalesce(ruled_tier, tier) = :tier), count(*) FROM current_scores
"""
