"""Lists of leads: filtered, sorted by anything, a page at a time, and counted.

A page goes on after the last row of the one before (keyset paging), so that it costs the same however far down it
is, and no row is shown twice or left out. A list has two parts, first the leads that have the value it is sorted
by, then those that do not; each part is in the order of (value, id).

Scores and tiers are those in force. Few leads have a person's word: where a list asks for scores, these few are read
beside all the others, whose order and filters are those of the machine's scores and their index.
"""

import base64
import binascii
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Label,
    RowMapping,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB

from galena.domain.listing import Count, LeadPage, LeadQuery, LeadRow
from galena.domain.sale import NEW
from galena.domain.score import MICROPOINTS
from galena.domain.scored import Override
from galena.kit.errors import InputError
from galena.stores import tables
from galena.stores.bulk import json_text
from galena.stores.door import Session
from galena.stores.rows import among, find_all
from galena.stores.verdicts import in_force

_LEADS = tables.leads
_SCORES = tables.current_scores
_RECORDS = tables.source_records
_SALES = tables.sales
_SAID = tables.overrides
_POINTS = func.coalesce(_SAID.c.micropoints, _SCORES.c.micropoints)
_TIER = func.coalesce(_SAID.c.tier, _SCORES.c.tier)
_LAST = -MICROPOINTS
"""Where a lead stands in the order of scores that has a person's tier and no points: after all that have some."""
_PLAIN_SORTS = {
    "score": _SCORES.c.micropoints,
    "title": _LEADS.c.title,
    "updated": _LEADS.c.updated_at,
    "created": _LEADS.c.created_at,
    "data_quality": _LEADS.c.data_quality,
}
EXACT_UP_TO = 10_000
"""Counts are exact up to this many, and estimates of the database beyond."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The last row of a page: in the part of known values or not, its value, its id."""

    known: bool
    value: Any
    lead_id: UUID


def page(session: Session, query: LeadQuery, *, limit: int = 50, cursor: str | None = None) -> LeadPage:
    """A page of the list; `cursor` is the `next_cursor` of the page before.

    Raises:
        InputError: the cursor is not one of this list.
    """
    place = _read_cursor(cursor) if cursor else None
    rows: list[RowMapping] = []
    for known in (True, False):
        wanted = limit + 1 - len(rows)
        if wanted > 0 and not (place and known and not place.known) and _may_lack(query, known):
            here = place if place and place.known == known else None
            rows += session.connection.execute(_part(query, known, here, wanted)).mappings().all()
    shown = rows[:limit]
    return LeadPage(
        rows=tuple(map(_row, shown)),
        next_cursor=_write_cursor(shown[-1]) if len(rows) > limit else None,
    )


def rows_of(session: Session, lead_ids: Collection[UUID]) -> tuple[LeadRow, ...]:
    """These leads as rows of a list, in no order; unknown ones are left out."""
    rows = _LEADS.outerjoin(_SCORES, _same(_SCORES)).outerjoin(_WORD, true())
    query = select(*_shown()).select_from(rows).where(among(_LEADS.c.id, lead_ids))
    return find_all(session, query, _row)


def count(session: Session, query: LeadQuery, *, exact_up_to: int = EXACT_UP_TO) -> Count:
    """How many leads the filters leave: counted up to a limit, beyond it estimated by the database."""
    every = [part.add_columns(literal(1)) for part in _filtered(query, scored=query.needs_score)]
    some = _together([part.limit(exact_up_to + 1) for part in every]).limit(exact_up_to + 1)
    found = session.connection.execute(select(func.count()).select_from(some.subquery())).scalar_one()
    if found <= exact_up_to:
        return Count(found, exact=True)
    return Count(max(found, _estimate(session, _together(every))), exact=False)


def ids(session: Session, query: LeadQuery, *, after: UUID | None = None, limit: int = 10_000) -> list[UUID]:
    """The ids of the leads the filters leave, in order of id, for work on all of them in batches."""
    parts = [part.add_columns(_LEADS.c.id) for part in _filtered(query, scored=query.needs_score)]
    if after is not None:
        parts = [part.where(_LEADS.c.id > after) for part in parts]
    some = _together([part.order_by(_LEADS.c.id).limit(limit) for part in parts])
    return list(session.connection.execute(some.order_by("id").limit(limit)).scalars())


def _may_lack(query: LeadQuery, known: bool) -> bool:
    """Whether the part can hold rows at all."""
    if known:
        return True
    return query.sort not in _PLAIN_SORTS or (query.sort == "score" and not query.needs_score)


def _part(query: LeadQuery, known: bool, place: _Place | None, limit: int) -> Select[Any]:
    # First which leads, by their ids and nothing else; then what their rows show: so that sorting moves little.
    parts = [part.limit(limit) for part in _chosen(query, known, place)]
    some = _together(parts).subquery("some")
    value: ColumnElement[Any] = some.c.sort_value
    order = (value.desc() if query.descending else value.asc(), some.c.id)
    chosen = some if len(parts) == 1 else select(some).order_by(*order).limit(limit).subquery("chosen")
    value = chosen.c.sort_value
    rows = chosen.join(_LEADS, _LEADS.c.id == chosen.c.id).outerjoin(_SCORES, _same(_SCORES))
    return (
        select(*_shown(), cast(value, Text).label("sort_value"), literal(known).label("sort_known"))
        .select_from(rows.outerjoin(_WORD, true()))
        .order_by(value.desc() if query.descending else value.asc(), chosen.c.id)
    )


def _chosen(query: LeadQuery, known: bool, place: _Place | None) -> list[Select[Any]]:
    by_score = query.sort == "score"
    parts = _filtered(query, scored=query.needs_score or (by_score and known))
    return [_in_order(query, part, known, place, said=number > 0) for number, part in enumerate(parts)]


def _in_order(
    query: LeadQuery, rows: Select[Any], known: bool, place: _Place | None, *, said: bool
) -> Select[Any]:
    by_score = query.sort == "score"
    value = func.coalesce(_POINTS, _LAST) if by_score and said else _sort_value(query.sort)
    # Sorted by score, the scores lead the way, so that their index gives the order.
    lead_id = _SCORES.c.lead_id if by_score and known and not said else _LEADS.c.id
    shown: Label[Any] = (value if known else literal(None, Text)).label("sort_value")
    rows = rows.add_columns(lead_id.label("id"), shown)
    if not known:
        rows = rows.where(*(_unscored() if by_score else [value.is_(None)]))
        rows = rows if place is None else rows.where(_LEADS.c.id > place.lead_id)
        return rows.order_by(_LEADS.c.id)
    if query.sort not in _PLAIN_SORTS:
        rows = rows.where(value.is_not(None))
    if place is not None:
        rows = rows.where(_beyond(value, lead_id, place, query))
    return rows.order_by(value.desc() if query.descending else value.asc(), lead_id)


def _together(parts: list[Select[Any]]) -> Select[Any] | CompoundSelect[Any]:
    """One after the other; limits and orders of the parts are kept."""
    if len(parts) == 1:
        return parts[0]
    return union_all(*(select(part.subquery()) for part in parts))


def _same(table: Table) -> ColumnElement[bool]:
    """Of a table of leads' scores: the row of the lead at hand."""
    return and_(table.c.workspace_id == _LEADS.c.workspace_id, table.c.lead_id == _LEADS.c.id)


def _unscored() -> list[ColumnElement[bool]]:
    return [~exists().where(_same(_SCORES)), ~exists().where(_same(_SAID), in_force())]


def _beyond(
    value: ColumnElement[Any], lead_id: ColumnElement[UUID], place: _Place, query: LeadQuery
) -> ColumnElement[bool]:
    at = cast(bindparam("place_value", place.value, Text), value.type)
    # The first condition is a range that an index can begin at; the second is exact.
    if query.descending:
        return and_(value <= at, or_(value < at, lead_id > place.lead_id))
    return and_(value >= at, or_(value > at, lead_id > place.lead_id))


def _sort_value(sort: str) -> ColumnElement[Any]:
    if sort in _PLAIN_SORTS:
        return _PLAIN_SORTS[sort]
    # JSON null and an absent field are both unknown.
    return func.nullif(_LEADS.c.fields[sort], text("'null'::jsonb"), type_=JSONB)


def _filtered(query: LeadQuery, *, scored: bool) -> list[Select[Any]]:
    """What the filters leave; of scored leads first those of which only the machine speaks, then the others."""
    where = _lead_conditions(query)
    if not scored:
        return [select().select_from(_LEADS).where(*where)]
    # Not a join: a set of these few is made once, however little the database knows of their number.
    unsaid = _SCORES.c.lead_id.not_in(select(_SAID.c.lead_id).where(in_force()))
    machine = select().select_from(_SCORES.join(_LEADS, _same(_SCORES)))
    people = select().select_from(_SAID.join(_LEADS, _same(_SAID)).outerjoin(_SCORES, _same(_SCORES)))
    return [
        machine.where(*where, *_score_conditions(query, _SCORES.c.tier, _SCORES.c.micropoints), unsaid),
        people.where(*where, *_score_conditions(query, _TIER, _POINTS), in_force()),
    ]


def _lead_conditions(query: LeadQuery) -> list[ColumnElement[bool]]:
    conditions = [
        among(column, values)
        for column, values in (
            (_LEADS.c.status, query.statuses),
            (_LEADS.c.category, query.categories),
            (_LEADS.c.trade_group, query.trade_groups),
        )
        if values
    ]
    if not query.statuses:
        conditions.append(_LEADS.c.status != "merged")
    for word in query.search.lower().split():
        conditions.append(_LEADS.c.search.contains(word, autoescape=True))
    if query.sale:
        conditions.append(_sold_as(query.sale))
    told = [
        column == value
        for column, value in ((_RECORDS.c.source, query.source), (_RECORDS.c.import_id, query.import_id))
        if value is not None
    ]
    if told:
        # Records stay with the node that they founded, also when it is part of another lead.
        part = _LEADS.alias("part")
        of_part = exists().where(part.c.merged_into == _LEADS.c.id, _RECORDS.c.lead_id == part.c.id, *told)
        conditions.append(or_(exists().where(_RECORDS.c.lead_id == _LEADS.c.id, *told), of_part))
    return conditions


def _sold_as(state: str) -> ColumnElement[bool]:
    part = _LEADS.alias("sold_part")
    same_lead = or_(part.c.id == _LEADS.c.id, part.c.merged_into == _LEADS.c.id)
    given = exists().where(
        _SALES.c.workspace_id == part.c.workspace_id, _SALES.c.lead_id == part.c.id, same_lead
    )
    return ~given if state == NEW else given.where(_SALES.c.state == state)


def _score_conditions(
    query: LeadQuery, tier: ColumnElement[str], points: ColumnElement[int]
) -> list[ColumnElement[bool]]:
    conditions = []
    if query.tiers:
        conditions.append(among(tier, query.tiers))
    if query.temperatures:
        conditions.append(among(_SCORES.c.temperature, query.temperatures))
    if query.min_points is not None:
        conditions.append(points >= round(query.min_points * MICROPOINTS))
    if query.max_points is not None:
        conditions.append(points <= round(query.max_points * MICROPOINTS))
    return conditions


def _estimate(session: Session, query: Select[Any] | CompoundSelect[Any]) -> int:
    compiled = query.compile(session.connection.engine)
    plan = session.connection.exec_driver_sql(
        f"EXPLAIN (FORMAT JSON) {compiled}", dict(compiled.params)
    ).scalar_one()
    return int(plan[0]["Plan"]["Plan Rows"])


_LEAD_COLUMNS = (
    "id",
    "title",
    "subtitle",
    "status",
    "status_reason",
    "category",
    "trade_group",
    "data_quality",
    "updated_at",
)
_SCORE_COLUMNS = (
    "micropoints",
    "tier",
    "temperature",
    "confidence",
    "fit",
    "engagement",
    "revision_id",
    "scored_at",
)
_SAID_COLUMNS = (
    "id",
    "lead_id",
    "micropoints",
    "tier",
    "reason",
    "author",
    "created_at",
    "expires_at",
    "ended_at",
)


_WORD = select(_SAID).where(_same(_SAID), in_force()).limit(1).correlate(_LEADS).lateral("word")
"""What a person says of the lead at hand, found by its index."""


def _shown() -> tuple[ColumnElement[Any], ...]:
    return (
        *(_LEADS.c[name] for name in _LEAD_COLUMNS),
        _LEADS.c.lead_key.label("key"),
        cast(_LEADS.c.fields, Text).label("fields"),
        *(_SCORES.c[name] for name in _SCORE_COLUMNS),
        _SCORES.c.reasons,
        *(_WORD.c[name].label(f"said_{name}") for name in _SAID_COLUMNS),
    )


def _row(row: RowMapping) -> LeadRow:
    return LeadRow(
        key=row["key"],
        fields=orjson.loads(row["fields"]),
        reasons=tuple(row["reasons"] or ()),
        override=None
        if row["said_id"] is None
        else Override(**{name: row[f"said_{name}"] for name in _SAID_COLUMNS}),
        **{name: row[name] for name in (*_LEAD_COLUMNS, *_SCORE_COLUMNS)},
    )


def _write_cursor(row: RowMapping) -> str:
    place = json_text([row["sort_known"], row["sort_value"], row["id"]])
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> _Place:
    try:
        known, value, lead_id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return _Place(bool(known), None if value is None else str(value), UUID(lead_id))
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise InputError(
            "this place in the list cannot be read", remedy="Begin again at the first page."
        ) from error
