"""The score history, which only grows, and the score that stands for each lead."""

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, Select, Text, cast, delete, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from galena.domain.capacity import Room
from galena.domain.score import Previous
from galena.domain.scored import CurrentScore, ScoreHeader, StoredScore
from galena.stores import tables
from galena.stores.bulk import incoming_csv, json_text
from galena.stores.door import Session
from galena.stores.rows import among, find_all, find_one

_SCORES = tables.scores
_CURRENT = tables.current_scores

CSV_COLUMNS = (
    ("lead_id", "uuid"),
    ("micropoints", "bigint"),
    ("tier", "text"),
    ("temperature", "text"),
    ("confidence", "float8"),
    ("fit", "float8"),
    ("engagement", "float8"),
    ("previous_tier", "text"),
    ("previous_temperature", "text"),
    ("values", "json"),
    ("contributions", "bigint[]"),
    ("reasons", "smallint[]"),
)
"""What `record_csv` reads, in order: values as a JSON array, the arrays as `{1,-2,3}`; empty means unknown."""


def record_csv(
    session: Session,
    header: ScoreHeader,
    lines: Iterable[bytes],
    *,
    standing: bool = True,
    room: Room | None = None,
) -> int:
    """Appends scores of many leads, each lead at most once, and makes them the ones that stand.

    A score that stands already, the same in every part and by the same revision and model, is not appended again.

    Args:
        header: what the scores have in common.
        lines: CSV of CSV_COLUMNS without a heading, in blocks of any size.
        standing: False keeps them in the history alone, as for a question about another time.
        room: the tiers that hold only so many leads: their places are given by `stores.places` afterwards.

    Returns:
        How many.
    """
    with incoming_csv(session, CSV_COLUMNS, lines, extra=_NUMBERED) as name:
        common = {each: getattr(header, each) for each in (*_MADE_BY, "as_of", "scored_at", "weights_id")}
        if standing:
            _drop_same(session, name, header)
        appended = session.connection.execute(
            text(_APPEND.format(name=name)), {**common, "trigger": header.trigger}
        )
        if standing:
            limits = {"limited": list(room.tiers) if room else [], "beyond": room.beyond if room else None}
            session.connection.execute(text(_STAND.format(name=name)), {**common, **limits})
        return appended.rowcount


def record_few(
    session: Session, header: ScoreHeader, rows: Sequence[Mapping[str, Any]], room: Room | None = None
) -> int:
    """`record_csv` of a few scores, in one statement: a temporary table takes longer to make than they to write.

    Args:
        rows: each with the names of CSV_COLUMNS; values as JSON text, the arrays as `{1,-2,3}`.
    """
    if not rows:
        return 0
    common = {each: getattr(header, each) for each in (*_MADE_BY, "as_of", "scored_at", "weights_id")}
    limits = {"limited": list(room.tiers) if room else [], "beyond": room.beyond if room else None}
    given = {"rows": json_text(rows), "trigger": header.trigger}
    appended: int = session.connection.execute(_FEW, {**common, **limits, **given}).scalar_one()
    return appended


def _drop_same(session: Session, name: str, header: ScoreHeader) -> None:
    """Takes out of the incoming scores those that stand already."""
    first = text(f"SELECT lead_id FROM {name} ORDER BY lead_id LIMIT 1")  # noqa: S608
    last = text(f"SELECT lead_id FROM {name} ORDER BY lead_id DESC LIMIT 1")  # noqa: S608
    ends = [session.connection.execute(end).scalar() for end in (first, last)]
    if ends[0] is not None:
        # The leads of a batch lie side by side: their range lets the server read that part of its indexes only.
        asked = {each: getattr(header, each) for each in _MADE_BY} | {"low": ends[0], "high": ends[1]}
        # Without statistics on the incoming table the planner may compare every pair; joined by hash it is linear.
        session.connection.execute(text("SET LOCAL enable_nestloop = off"))
        session.connection.execute(text(_SAME.format(name=name)), asked)
        session.connection.execute(text("SET LOCAL enable_nestloop = on"))


def record_many(session: Session, scores: Iterable[StoredScore], *, standing: bool = True) -> int:
    """Appends scores, as `record_csv` does, and says how many."""
    count = 0
    for header, group in groupby(scores, key=_header):
        buffer = io.StringIO()
        csv.writer(buffer).writerows(map(_csv_row, group))
        count += record_csv(session, header, [buffer.getvalue().encode()], standing=standing)
    return count


def history(session: Session, lead_id: UUID, *, limit: int | None = None) -> tuple[StoredScore, ...]:
    """A lead's scores, the newest first."""
    query = _read().where(_SCORES.c.lead_id == lead_id)
    return find_all(session, query.order_by(_SCORES.c.id.desc()).limit(limit), _stored)


def find(session: Session, lead_id: UUID, score_id: int) -> StoredScore | None:
    """One score of a lead's history."""
    return find_one(session, _read().where(_SCORES.c.lead_id == lead_id, _SCORES.c.id == score_id), _stored)


def find_at(session: Session, lead_id: UUID, at: datetime) -> StoredScore | None:
    """The score that a lead had at an instant: the last one made until then."""
    query = _read().where(_SCORES.c.lead_id == lead_id, _SCORES.c.scored_at <= at)
    return find_one(session, query.order_by(_SCORES.c.id.desc()).limit(1), _stored)


def load_first(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, StoredScore]:
    """The first score each of these leads ever had, by lead."""
    first = _read().where(among(_SCORES.c.lead_id, lead_ids)).ext(distinct_on(_SCORES.c.lead_id))
    found = find_all(session, first.order_by(_SCORES.c.lead_id, _SCORES.c.id), _stored)
    return {score.lead_id: score for score in found}


def load_assigned(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, tuple[StoredScore, datetime]]:
    """The score each of these leads had when it was assigned last, and when that was, by lead."""
    given = tables.assignments
    query = (
        _read()
        .add_columns(given.c.assigned_at.label("assigned_at"))
        .join(given, (given.c.lead_id == _SCORES.c.lead_id) & (given.c.score_id == _SCORES.c.id))
        .where(among(_SCORES.c.lead_id, lead_ids))
        .ext(distinct_on(given.c.lead_id))
        .order_by(given.c.lead_id, given.c.assigned_at.desc())
    )
    found = find_all(session, query, _assigned)
    return {score.lead_id: (score, at) for score, at in found}


def load_when_said(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, StoredScore]:
    """The score each of these leads had when the word that nobody took back was said of it, by lead."""
    said = tables.overrides
    query = (
        _read()
        .join(said, (said.c.lead_id == _SCORES.c.lead_id) & (said.c.created_at >= _SCORES.c.scored_at))
        .where(said.c.ended_at.is_(None), among(_SCORES.c.lead_id, lead_ids))
        .ext(distinct_on(_SCORES.c.lead_id))
        .order_by(_SCORES.c.lead_id, _SCORES.c.id.desc())
    )
    return {score.lead_id: score for score in find_all(session, query, _stored)}


def find_standing(session: Session, lead_id: UUID) -> StoredScore | None:
    """The whole of the score that stands for a lead."""
    current = select(_CURRENT.c.score_id).where(_CURRENT.c.lead_id == lead_id).scalar_subquery()
    return find_one(session, _read().where(_SCORES.c.lead_id == lead_id, _SCORES.c.id == current), _stored)


def load_current(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, CurrentScore]:
    """The scores that stand for these leads, by lead; leads without one are left out."""
    query = select(_CURRENT).where(among(_CURRENT.c.lead_id, lead_ids))
    return {score.lead_id: score for score in find_all(session, query, _current)}


def load_standing(session: Session, lead_ids: Sequence[UUID]) -> dict[UUID, StoredScore]:
    """The whole scores that stand for these leads, by lead; for exports with reasons."""
    query = (
        _read()
        .join(_CURRENT, (_CURRENT.c.lead_id == _SCORES.c.lead_id) & (_CURRENT.c.score_id == _SCORES.c.id))
        .where(among(_CURRENT.c.lead_id, lead_ids))
    )
    return {score.lead_id: score for score in find_all(session, query, _stored)}


def withdraw(session: Session, lead_ids: Collection[UUID]) -> int:
    """Leaves these leads without a standing score (they were discarded, or wait); the history stays."""
    return session.connection.execute(delete(_CURRENT).where(among(_CURRENT.c.lead_id, lead_ids))).rowcount


def _read() -> Select[Any]:
    return select(
        *(
            cast(column, Text).label("values") if column.name == "values" else column
            for column in _SCORES.c
            if column.name != "workspace_id"
        )
    )


def _stored(row: RowMapping) -> StoredScore:
    plain = {name: row[name] for name in row if not name.startswith("previous_")}
    plain["values"] = tuple(orjson.loads(row["values"]))
    plain["contributions"] = tuple(row["contributions"])
    return StoredScore(previous=Previous(row["previous_tier"], row["previous_temperature"]), **plain)


def _assigned(row: RowMapping) -> tuple[StoredScore, datetime]:
    plain = {
        name: row[name]
        for name in row
        if name not in ("assigned_at", "previous_tier", "previous_temperature")
    }
    plain["values"] = tuple(orjson.loads(row["values"]))
    plain["contributions"] = tuple(row["contributions"])
    previous = Previous(row["previous_tier"], row["previous_temperature"])
    return StoredScore(previous=previous, **plain), row["assigned_at"]


def _current(row: RowMapping) -> CurrentScore:
    plain = {name: row[name] for name in row if name != "workspace_id"}
    return CurrentScore(**{**plain, "reasons": tuple(row["reasons"])})


def _header(score: StoredScore) -> ScoreHeader:
    return ScoreHeader(
        score.revision_id,
        score.as_of,
        score.scored_at,
        score.trigger,
        score.method,
        score.model_id,
        score.fallback,
        score.weights_id,
    )


def _csv_row(score: StoredScore) -> tuple[object, ...]:
    return (
        score.lead_id,
        score.micropoints,
        score.tier,
        score.temperature,
        score.confidence,
        score.fit,
        score.engagement,
        score.previous.tier,
        score.previous.temperature,
        json_text(score.values),
        _array(score.contributions),
        _array(score.reasons),
    )


def _array(numbers: tuple[int, ...]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"


_MADE_BY = ("revision_id", "method", "model_id", "fallback")
_NUMBERED = "id bigint DEFAULT nextval('scores_id_seq')"
_APPEND = """
    INSERT INTO scores (id, lead_id, revision_id, as_of, scored_at, micropoints, tier, temperature, confidence,
        fit, engagement, previous_tier, previous_temperature, method, "values", contributions, trigger, model_id,
        fallback, weights_id)
    SELECT id, lead_id, :revision_id, :as_of, :scored_at, micropoints, tier, temperature, confidence,
        fit, engagement, previous_tier, previous_temperature, :method, "values", contributions, :trigger,
        CAST(:model_id AS uuid), :fallback, CAST(:weights_id AS uuid)
    FROM {name}
"""
_IS_SAME = """
    c.lead_id = n.lead_id AND c.revision_id = :revision_id AND c.method = :method
        AND c.model_id IS NOT DISTINCT FROM CAST(:model_id AS uuid)
        AND c.fallback IS NOT DISTINCT FROM CAST(:fallback AS text)
        AND s.workspace_id = c.workspace_id AND s.lead_id = c.lead_id AND s.id = c.score_id
        AND (c.micropoints, coalesce(c.ruled_tier, c.tier), c.temperature, c.confidence, c.fit, c.engagement)
            = (n.micropoints, n.tier, n.temperature, n.confidence, n.fit, n.engagement)
        AND s.contributions = n.contributions
"""
_SAME = f"""
    DELETE FROM {{name}} n USING current_scores c, scores s
    WHERE c.lead_id BETWEEN :low AND :high AND s.lead_id BETWEEN :low AND :high AND {_IS_SAME}
"""  # noqa: S608
# Where tiers hold only so many leads, a place is kept until places are given anew, and no score takes one by itself.
# A score made later stands, whatever order two transactions end in.
_STAND = """
    INSERT INTO current_scores AS c (lead_id, score_id, revision_id, micropoints, tier, temperature, confidence,
        fit, engagement, reasons, as_of, scored_at, method, model_id, fallback, ruled_tier)
    SELECT lead_id, id, :revision_id, micropoints,
        CASE WHEN tier = ANY(CAST(:limited AS text[])) THEN :beyond ELSE tier END, temperature, confidence,
        fit, engagement, reasons, :as_of, :scored_at, :method, CAST(:model_id AS uuid), :fallback,
        CASE WHEN tier = ANY(CAST(:limited AS text[])) THEN tier END
    FROM {name} ORDER BY lead_id
    ON CONFLICT (workspace_id, lead_id) DO UPDATE SET score_id = excluded.score_id,
        revision_id = excluded.revision_id, micropoints = excluded.micropoints,
        tier = CASE WHEN c.ruled_tier IS NOT NULL AND c.tier = ANY(CAST(:limited AS text[])) THEN c.tier
            ELSE excluded.tier END,
        ruled_tier = CASE WHEN c.ruled_tier IS NOT NULL AND c.tier = ANY(CAST(:limited AS text[]))
            THEN coalesce(excluded.ruled_tier, excluded.tier) ELSE excluded.ruled_tier END,
        temperature = excluded.temperature, confidence = excluded.confidence, fit = excluded.fit,
        engagement = excluded.engagement, reasons = excluded.reasons, as_of = excluded.as_of,
        scored_at = excluded.scored_at, method = excluded.method, model_id = excluded.model_id,
        fallback = excluded.fallback
    WHERE excluded.score_id > c.score_id
"""
_FEW = text(
    f"""
    WITH given AS MATERIALIZED (
        SELECT {", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in CSV_COLUMNS)}
        FROM json_to_recordset(CAST(:rows AS json)) AS told({", ".join(f'"{name}" text' for name, _ in CSV_COLUMNS)})
    ), fresh AS MATERIALIZED (
        SELECT nextval('scores_id_seq') AS id, n.* FROM given n
        WHERE NOT EXISTS (SELECT FROM current_scores c, scores s WHERE {_IS_SAME})
    ), appended AS ({_APPEND.format(name="fresh")} RETURNING id), stands AS ({_STAND.format(name="fresh")})
    SELECT count(*) FROM appended
"""  # noqa: S608
)
