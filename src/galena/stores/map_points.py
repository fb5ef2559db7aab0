"""Where leads are: the best of those whose place is known."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from galena.stores.door import Session


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
    named = {"latitude": latitude, "longitude": longitude, "tier": tier, "most": limit, "looked": 4 * limit}
    return tuple(MapPoint(**row) for row in session.connection.execute(_BEST, named).mappings())


_BEST = text(
    """
WITH best AS MATERIALIZED (
    SELECT s.lead_id, s.micropoints, s.tier FROM current_scores s
    WHERE :tier = '' OR s.tier = :tier ORDER BY s.micropoints DESC, s.lead_id LIMIT :looked
), placed AS (
    SELECT b.*, l.title, l.fields -> :latitude AS y, l.fields -> :longitude AS x
    FROM best b JOIN leads l ON l.id = b.lead_id WHERE l.status = 'active'
), known AS (
    SELECT lead_id, title, micropoints, tier,
        CASE WHEN jsonb_typeof(y) = 'number' THEN y::float8 END AS latitude,
        CASE WHEN jsonb_typeof(x) = 'number' THEN x::float8 END AS longitude
    FROM placed
)
SELECT * FROM known WHERE abs(latitude) < 85 AND abs(longitude) <= 180 AND (latitude <> 0 OR longitude <> 0)
ORDER BY micropoints DESC, lead_id LIMIT :most
"""
)
