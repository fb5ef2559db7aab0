"""Shadow scores: what a model that is not in use says of leads, kept beside the scores that stand."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, func, select, text

from galena.domain.registered_model import ShadowHeader, ShadowScore
from galena.stores import tables
from galena.stores.bulk import copy_out, incoming_csv
from galena.stores.door import Session
from galena.stores.rows import find_all

_SHADOW = tables.shadow_scores

CSV_COLUMNS = (
    ("lead_id", "uuid"),
    ("probability", "float8"),
    ("low", "float8"),
    ("high", "float8"),
    ("confidence", "float8"),
    ("members", "float8[]"),
)
"""What `record_csv` reads, in order; the array as `{0.1,0.25}`."""


def record_csv(session: Session, header: ShadowHeader, lines: Iterable[bytes]) -> int:
    """Writes what a model says of many leads, each lead at most once, and says of how many.

    What it said of the same leads and the same instant is replaced; leads that are gone meanwhile are left out.

    Args:
        lines: CSV of CSV_COLUMNS without a heading, in blocks of any size.
    """
    given = {name: getattr(header, name) for name in ("model_id", "as_of", "scored_at")}
    with incoming_csv(session, CSV_COLUMNS, lines) as name:
        return session.connection.execute(text(_WRITE.format(name=name)), given).rowcount


def last_as_of(session: Session, model_id: UUID) -> datetime | None:
    """The latest instant a model's shadow scores speak of."""
    query = select(func.max(_SHADOW.c.as_of)).where(_SHADOW.c.model_id == model_id)
    found: datetime | None = session.connection.execute(query).scalar()
    return found


def count(session: Session, model_id: UUID) -> int:
    """How many leads a model has scored in the shadow, at any instant."""
    query = select(func.count(_SHADOW.c.lead_id.distinct())).where(_SHADOW.c.model_id == model_id)
    return int(session.connection.execute(query).scalar_one())


def list_for_lead(session: Session, lead_id: UUID) -> tuple[ShadowScore, ...]:
    """What models said of a lead in the shadow, the latest first."""
    query = select(_SHADOW).where(_SHADOW.c.lead_id == lead_id).order_by(_SHADOW.c.as_of.desc())
    return find_all(session, query, _score)


def read_pairs(session: Session, first: UUID, second: UUID, as_of: datetime) -> bytes:
    """What two models say of the same leads at the same instant, as CSV: lead_id, first, second (probabilities)."""
    return copy_out(session, _PAIRS, {"first": first, "second": second, "as_of": as_of})


def read_beside_head(session: Session, champion: UUID, challenger: UUID, as_of: datetime) -> bytes:
    """What the model in use says of leads, and one in the shadow of an instant, as CSV: lead_id, first, second."""
    return copy_out(session, _HEADS, {"champion": champion, "challenger": challenger, "as_of": as_of})


def read_beside_standing(session: Session, model_id: UUID, as_of: datetime) -> bytes:
    """What a model says beside the scores that stand, as CSV: lead_id, first (standing score / 100), second."""
    return copy_out(session, _BESIDE, {"model": model_id, "as_of": as_of})


_WRITE = """
    INSERT INTO shadow_scores
        (lead_id, model_id, as_of, scored_at, probability, low, high, confidence, members)
    SELECT n.lead_id, :model_id, :as_of, :scored_at, n.probability, n.low, n.high, n.confidence, n.members
    FROM {name} n JOIN leads l ON l.id = n.lead_id ORDER BY n.lead_id
    ON CONFLICT (workspace_id, lead_id, model_id, as_of) DO UPDATE SET
        scored_at = excluded.scored_at, probability = excluded.probability, low = excluded.low,
        high = excluded.high, confidence = excluded.confidence, members = excluded.members
"""
_PAIRS = """
    SELECT a.lead_id, a.probability AS first, b.probability AS second
    FROM shadow_scores a JOIN shadow_scores b
        ON b.workspace_id = a.workspace_id AND b.lead_id = a.lead_id AND b.as_of = a.as_of
    WHERE a.model_id = {first}::uuid AND b.model_id = {second}::uuid AND a.as_of = {as_of}::timestamptz
    ORDER BY a.lead_id
"""
_HEADS = """
    SELECT s.lead_id, h.probability AS first, s.probability AS second
    FROM shadow_scores s JOIN head_scores h ON h.workspace_id = s.workspace_id AND h.lead_id = s.lead_id
    WHERE s.model_id = {challenger}::uuid AND s.as_of = {as_of}::timestamptz AND h.model_id = {champion}::uuid
    ORDER BY s.lead_id
"""
_BESIDE = """
    SELECT s.lead_id, c.micropoints / 1e8 AS first, s.probability AS second
    FROM shadow_scores s JOIN current_scores c ON c.workspace_id = s.workspace_id AND c.lead_id = s.lead_id
    WHERE s.model_id = {model}::uuid AND s.as_of = {as_of}::timestamptz
    ORDER BY s.lead_id
"""


def _score(row: RowMapping) -> ShadowScore:
    values = {name: row[name] for name in row if name != "workspace_id"}
    return ShadowScore(**{**values, "members": tuple(row["members"])})
