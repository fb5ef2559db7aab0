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
    """The best scored leads whose place is known, the best first; within the first `limit` times four by score.

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


_KNOWN = """known AS (
    SELECT lead_id, title, micropoints, tier,
        CASE WHEN jsonb_typeof(y) = 'number' THEN y::float8 END AS latitude,
        CASE WHEN jsonb_typeof(x) = 'number' THEN x::float8 END AS longitude
    FROM placed
)
SELECT * FROM known WHERE abs(latitude) < 85 AND abs(longitude) <= 180 AND (latitude <> 0 OR longitude <> 0)
ORDER BY micropoints DESC, lead_id LIMIT :most"""

_BEST = text(
    f"""
WITH best AS MATERIALIZED (
    SELECT s.lead_id, s.micropoints, s.tier FROM current_scores s
    WHERE :tier = '' OR s.tier = :tier ORDER BY s.micropoints DESC, s.lead_id LIMIT :looked
), placed AS (
    SELECT b.*, l.title, l.fields -> :latitude AS y, l.fields -> :longitude AS x
    FROM best b JOIN leads l ON l.id = b.lead_id WHERE l.status = 'active'
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
    SELECT s.lead_id, s.micropoints, s.tier, o.title, o.x, o.y
    FROM own o JOIN current_scores s ON s.workspace_id = o.workspace_id AND s.lead_id = o.id
    WHERE :tier = '' OR s.tier = :tier
), {_KNOWN}
"""  # noqa: S608
)
