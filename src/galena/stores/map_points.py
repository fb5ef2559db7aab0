"""Where leads are: the best of those whose place is known."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from galena.stores.door import OPERATOR, Session


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A lead on the map, in degrees."""

    lead_id: UUID
    title: str
    latitude: float
    longitude: float
    micropoints: int
    tier: str


def list_best(
    session: Session, *, latitude: str, longitude: str, tier: str = "", limit: int = 3_000
) -> tuple[MapPoint, ...]:
    """The best leads by the score in force whose place is known, the best first.

    Looked at are the first `limit` times four by the machine's score, and those of which a person says otherwise.

    Args:
        latitude, longitude: the fields that hold the place. Nought and nought is how many tables write "unknown".
        tier: only leads of this tier; empty: all.
    """
    named = {"latitude": latitude, "longitude": longitude, "tier": tier, "most": limit}
    if session.tenant_id == OPERATOR:
        query, named = _BEST, {**named, "looked": 4 * limit}
    else:
        query = _OWN
    return tuple(MapPoint(**row) for row in session.connection.execute(query, named).mappings())


_IN_FORCE = """o.ended_at IS NULL AND (o.expires_at IS NULL
        OR o.expires_at > coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()))"""
_KNOWN = """known AS (
    SELECT lead_id, title, micropoints, tier,
        CASE WHEN jsonb_typeof(y) = 'number' THEN y::float8 END AS latitude,
        CASE WHEN jsonb_typeof(x) = 'number' THEN x::float8 END AS longitude
    FROM placed
)
SELECT * FROM known WHERE abs(latitude) < 85 AND abs(longitude) <= 180 AND (latitude <> 0 OR longitude <> 0)
ORDER BY micropoints DESC, lead_id LIMIT :most"""

# The few of which a person says otherwise beside the best by the machine.
_BEST = text(
    f"""
WITH said AS MATERIALIZED (
    SELECT o.lead_id, coalesce(o.micropoints, s.micropoints) AS micropoints, coalesce(o.tier, s.tier) AS tier
    FROM overrides o
        LEFT JOIN current_scores s ON s.workspace_id = o.workspace_id AND s.lead_id = o.lead_id
    WHERE {_IN_FORCE}
), best AS MATERIALIZED (
    SELECT s.lead_id, s.micropoints, s.tier FROM current_scores s
    WHERE (:tier = '' OR s.tier = :tier) AND s.lead_id NOT IN (SELECT lead_id FROM said)
    ORDER BY s.micropoints DESC, s.lead_id LIMIT :looked
), shown AS (
    SELECT * FROM best UNION ALL
    SELECT * FROM said WHERE micropoints IS NOT NULL AND (:tier = '' OR tier = :tier)
), placed AS (
    SELECT b.*, l.title, l.fields -> :latitude AS y, l.fields -> :longitude AS x
    FROM shown b JOIN leads l ON l.id = b.lead_id WHERE l.status = 'active'
), {_KNOWN}
"""  # noqa: S608
)

# A tenant has few leads: from them to their scores.
_OWN = text(
    f"""
WITH own AS MATERIALIZED (
    SELECT id, workspace_id, title, fields -> :latitude AS y, fields -> :longitude AS x
    FROM leads WHERE tenant_id IS NOT NULL AND status = 'active'
), placed AS (
    SELECT w.id AS lead_id, coalesce(o.micropoints, s.micropoints) AS micropoints, coalesce(o.tier, s.tier) AS tier,
        w.title, w.x, w.y
    FROM own w JOIN current_scores s ON s.workspace_id = w.workspace_id AND s.lead_id = w.id
        LEFT JOIN overrides o ON o.workspace_id = w.workspace_id AND o.lead_id = w.id AND {_IN_FORCE}
    WHERE :tier = '' OR coalesce(o.tier, s.tier) = :tier
), {_KNOWN}
"""  # noqa: S608
)
