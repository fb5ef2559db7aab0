"""What the models in use say of each lead, head by head: replaced with every scoring."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import Exists, RowMapping, delete, exists, select, text

from galena.domain.scored import HeadHeader, HeadScore
from galena.stores import tables
from galena.stores.bulk import incoming_csv
from galena.stores.door import Session
from galena.stores.rows import among, find_all

_HEADS = tables.head_scores

CSV_COLUMNS = (
    ("lead_id", "uuid"),
    ("probability", "float8"),
    ("low", "float8"),
    ("high", "float8"),
    ("confidence", "float8"),
    ("members", "float8[]"),
    ("expected_value", "float8"),
)
"""What `record_csv` reads, in order; the array as `{0.1,0.25}`; an empty expected value is unknown."""


def record_csv(session: Session, header: HeadHeader, lines: Iterable[bytes]) -> int:
    """Writes what the model of a head says of many leads, each lead at most once, and says of how many.

    What was said of the head before is replaced; the same again changes nothing.

    Args:
        lines: CSV of CSV_COLUMNS without a heading, in blocks of any size.
    """
    given = {name: getattr(header, name) for name in ("head", "model_id", "as_of", "scored_at")}
    with incoming_csv(session, CSV_COLUMNS, lines) as name:
        return session.connection.execute(text(_WRITE.format(name=name)), given).rowcount


def withdraw(session: Session, lead_ids: Collection[UUID]) -> int:
    """Forgets what was said of leads that are not scored any more."""
    return session.connection.execute(delete(_HEADS).where(among(_HEADS.c.lead_id, lead_ids))).rowcount


def withdraw_heads(session: Session, kept: Collection[str]) -> int:
    """Forgets what was said of heads that no model is in use for; `kept` are those that one is."""
    outside = ~among(_HEADS.c.head, kept)
    return session.connection.execute(delete(_HEADS).where(outside)).rowcount


def list_for_lead(session: Session, lead_id: UUID) -> tuple[HeadScore, ...]:
    """What the models in use say of a lead, by head."""
    return find_all(
        session, select(_HEADS).where(_HEADS.c.lead_id == lead_id).order_by(_HEADS.c.head), _score
    )


def load_many(session: Session, head: str, lead_ids: Collection[UUID]) -> dict[UUID, HeadScore]:
    """What the model of a head says of these leads, by lead; leads it has not scored are left out."""
    query = select(_HEADS).where(_HEADS.c.head == head, among(_HEADS.c.lead_id, lead_ids))
    return {score.lead_id: score for score in find_all(session, query, _score)}


def list_heads(session: Session, asked: Collection[str]) -> tuple[str, ...]:
    """Those of these heads of which models say something of some lead."""
    return tuple(head for head in asked if session.connection.execute(select(_said(head))).scalar())


def _said(head: str) -> Exists:
    return exists().where(_HEADS.c.head == head)


def _score(row: RowMapping) -> HeadScore:
    values = {name: row[name] for name in row if name != "workspace_id"}
    return HeadScore(**{**values, "members": tuple(row["members"])})


_WRITE = """
    INSERT INTO head_scores (lead_id, head, model_id, as_of, scored_at, probability, low, high, confidence, members,
        expected_value)
    SELECT lead_id, :head, :model_id, :as_of, :scored_at, probability, low, high, confidence, members, expected_value
    FROM {name} ORDER BY lead_id
    ON CONFLICT (workspace_id, lead_id, head) DO UPDATE SET model_id = excluded.model_id, as_of = excluded.as_of,
        scored_at = excluded.scored_at, probability = excluded.probability, low = excluded.low,
        high = excluded.high, confidence = excluded.confidence, members = excluded.members,
        expected_value = excluded.expected_value
    WHERE excluded.scored_at >= head_scores.scored_at AND (head_scores.model_id, head_scores.probability,
        head_scores.low, head_scores.high, head_scores.expected_value)
        IS DISTINCT FROM (excluded.model_id, excluded.probability, excluded.low, excluded.high, excluded.expected_value)
"""
