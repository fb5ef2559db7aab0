"""Lists of leads: every page in a stable order, each lead once, whatever it is sorted by."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from galena.domain.imports import NewImport, SourceRecord
from galena.domain.listing import LeadEntry, LeadQuery, LeadRow
from galena.domain.score import Previous
from galena.domain.scored import StoredScore
from galena.kit.errors import InputError
from galena.stores import lead_lists, leads, records, scores, statistics, verdicts
from galena.stores.door import Session

REVISION = UUID(int=7)


def _add(session: Session, entry: Callable[..., LeadEntry], noon: datetime) -> list[LeadEntry]:
    """Twelve leads: the sizes repeat and some are unknown, two thirds have a score, and scores repeat."""
    made = [
        entry(
            f"{'crm' if n % 2 else 'web'}:{n}",
            fields={"employees": [3, 20, None, 100][n % 4], "n": n} if n % 5 else {"n": n},
            title=f"Lead {'cab'[n % 3]}",
            category="roof" if n < 4 else None,
            status="discarded" if n == 11 else "active",
            data_quality=float(n % 2),
            updated_at=noon + timedelta(hours=n // 2),
        )
        for n in range(12)
    ]
    leads.save_many(session, made)
    scores.record_many(
        session,
        [
            StoredScore(
                lead_id=lead.lead.id,
                revision_id=REVISION,
                as_of=noon,
                scored_at=noon,
                micropoints=(n // 3) * 20_000_000,
                tier="A" if n >= 6 else "B",
                temperature="hot" if n % 2 else "cold",
                confidence=1.0,
                fit=1.0,
                engagement=0.0,
                previous=Previous(),
                values=(),
                contributions=(),
                trigger="import",
                reasons=(2, 0),
            )
            for n, lead in enumerate(made[:8])
        ],
    )
    return made


def _read(session: Session, query: LeadQuery, limit: int) -> list[LeadRow]:
    rows: list[LeadRow] = []
    cursor = None
    while True:
        page = lead_lists.page(session, query, limit=limit, cursor=cursor)
        rows += page.rows
        cursor = page.next_cursor
        if cursor is None:
            return rows
        assert len(page.rows) == limit


def _value(row: LeadRow, sort: str) -> Any:
    plain = {
        "score": row.micropoints,
        "title": row.title,
        "updated": row.updated_at,
        "created": 0,
        "data_quality": row.data_quality,
    }
    return plain[sort] if sort in plain else row.fields.get(sort)


@pytest.mark.parametrize(
    "sort", ["score", "title", "updated", "created", "data_quality", "employees", "absent"]
)
@pytest.mark.parametrize("descending", [True, False])
def test_pages_together_are_the_list(
    session: Session, entry: Callable[..., LeadEntry], noon: datetime, sort: str, descending: bool
) -> None:
    made = _add(session, entry, noon)
    query = LeadQuery(sort=sort, descending=descending)
    whole = _read(session, query, 100)
    for limit in (1, 5, 12):
        assert _read(session, query, limit) == whole
    assert {row.id for row in whole} == {lead.lead.id for lead in made}
    values = [_value(row, sort) for row in whole]
    known = [value for value in values if value is not None]
    assert values == known + [None] * (len(values) - len(known))
    assert known == sorted(known, reverse=descending)
    for row, after in pairwise(whole):
        if _value(row, sort) == _value(after, sort):
            assert row.id < after.id


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (LeadQuery(), range(12)),
        (LeadQuery(tiers=("A",)), (6, 7)),
        (LeadQuery(tiers=("A", "B"), temperatures=("hot",)), (1, 3, 5, 7)),
        (LeadQuery(min_points=20), (3, 4, 5, 6, 7)),
        (LeadQuery(min_points=20, max_points=39.9), (3, 4, 5)),
        (LeadQuery(max_points=0), (0, 1, 2)),
        (LeadQuery(statuses=("discarded",)), (11,)),
        (LeadQuery(categories=("roof",), sort="title"), (0, 1, 2, 3)),
        (LeadQuery(trade_groups=("structural",)), ()),
        (LeadQuery(search="LEAD crm:1"), (1, 11)),
        (LeadQuery(search="100%"), ()),
        (LeadQuery(search="lead_"), ()),
        (LeadQuery(source="permits"), (2,)),
        (LeadQuery(source="permits", tiers=("A",)), ()),
    ],
)
def test_filters_all_hold(
    session: Session,
    entry: Callable[..., LeadEntry],
    open_import: Callable[..., NewImport],
    record: Callable[..., SourceRecord],
    noon: datetime,
    query: LeadQuery,
    expected: tuple[int, ...],
) -> None:
    made = _add(session, entry, noon)
    told = open_import(session)
    records.add_many(session, [record(told.id, source="permits", lead_id=made[2].lead.id)])
    rows = _read(session, query, 4)
    assert sorted(row.fields["n"] for row in rows) == sorted(expected)
    assert lead_lists.count(session, query) == lead_lists.Count(len(rows), exact=True)
    assert lead_lists.ids(session, query) == sorted(row.id for row in rows)


def test_an_import_is_a_filter(
    session: Session,
    entry: Callable[..., LeadEntry],
    open_import: Callable[..., NewImport],
    record: Callable[..., SourceRecord],
    noon: datetime,
) -> None:
    made = _add(session, entry, noon)
    first, second = open_import(session), open_import(session)
    told = [record(first.id, "1", lead_id=made[0].lead.id), record(second.id, "2", lead_id=made[1].lead.id)]
    records.add_many(session, told)
    assert [row.id for row in _read(session, LeadQuery(import_id=second.id), 4)] == [made[1].lead.id]


def test_a_row_shows_its_score(session: Session, entry: Callable[..., LeadEntry], noon: datetime) -> None:
    made = _add(session, entry, noon)
    best = lead_lists.page(session, LeadQuery(), limit=1).rows[0]
    assert best.id == min(made[6].lead.id, made[7].lead.id)
    assert (best.micropoints, best.tier, best.reasons) == (40_000_000, "A", (2, 0))
    assert (best.revision_id, best.scored_at) == (REVISION, noon)
    last = _read(session, LeadQuery(), 12)[-1]
    assert (last.micropoints, last.tier, last.reasons, last.revision_id) == (None, None, (), None)


def _say_otherwise(session: Session, made: list[LeadEntry], noon: datetime) -> None:
    """Of the twelve: 0 (B 0) is A 50, 7 (A 40) is B, 9 (none) is A 30, 10 (none) is B; 1 and 2 were said to be A."""
    for n, points, tier, until in ((0, 50, "A", None), (7, None, "B", None), (9, 30, "A", None)):
        verdicts.override(
            session,
            made[n].lead.id,
            reason="I know them",
            micropoints=points and points * 1_000_000,
            tier=tier,
            expires_at=until,
        )
    verdicts.override(session, made[10].lead.id, reason="new", tier="B", expires_at=noon + timedelta(10**5))
    verdicts.override(
        session, made[1].lead.id, reason="last year", tier="A", expires_at=datetime(2020, 1, 1, tzinfo=UTC)
    )
    taken_back = verdicts.override(session, made[2].lead.id, reason="oh", tier="A")
    verdicts.end_override(session, taken_back.id, at=noon)


ALIKE = {0: 50, 6: 40, 7: 40, 9: 30, 3: 20, 4: 20, 5: 20, 1: 0, 2: 0, 10: "a tier", 8: None, 11: None}
"""Lead -> what it has a score of."""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # By score: 0 is 50; 6, 7 are 40; 9 is 30; 3, 4, 5 are 20; 1, 2 are 0; 10 has a tier alone; 8, 11 have nothing.
        (LeadQuery(), (0, 6, 7, 9, 3, 4, 5, 1, 2, 10, 8, 11)),
        (LeadQuery(descending=False), (10, 1, 2, 3, 4, 5, 9, 6, 7, 0, 8, 11)),
        (LeadQuery(tiers=("A",)), (0, 6, 9)),
        (LeadQuery(tiers=("B",)), (7, 3, 4, 5, 1, 2, 10)),
        (LeadQuery(min_points=30), (0, 6, 7, 9)),
        (LeadQuery(min_points=30, max_points=40), (6, 7, 9)),
        (LeadQuery(tiers=("A",), temperatures=("cold",)), (0, 6)),
        (LeadQuery(tiers=("A",), sort="created"), (0, 6, 9)),
        (LeadQuery(tiers=("A",), sort="employees"), (9, 0, 6)),
    ],
)
def test_lists_go_by_the_score_in_force(
    session: Session,
    entry: Callable[..., LeadEntry],
    noon: datetime,
    query: LeadQuery,
    expected: tuple[int, ...],
) -> None:
    made = _add(session, entry, noon)
    _say_otherwise(session, made, noon)
    whole = _read(session, query, 100)
    order = [row.fields["n"] for row in whole]
    if query.sort == "created":
        order = sorted(order)
    # Leads alike are in order of their ids, which need not be that in which they were made.
    assert [ALIKE[n] for n in order] == [ALIKE[n] for n in expected]
    assert sorted(order) == sorted(expected)
    for limit in (1, 3):
        assert _read(session, query, limit) == whole
    assert lead_lists.count(session, query) == lead_lists.Count(len(whole), exact=True)
    assert lead_lists.ids(session, query) == sorted(row.id for row in whole)
    shown = lead_lists.rows_of(session, [row.id for row in whole])
    assert sorted(shown, key=lambda row: row.id) == sorted(whole, key=lambda row: row.id)


def test_a_row_shows_what_a_person_says_beside_the_machine(
    session: Session, entry: Callable[..., LeadEntry], noon: datetime
) -> None:
    made = _add(session, entry, noon)
    _say_otherwise(session, made, noon)
    rows = {row.fields["n"]: row for row in _read(session, LeadQuery(), 12)}
    assert (rows[0].micropoints, rows[0].tier) == (0, "B")
    assert (rows[0].micropoints_in_force, rows[0].tier_in_force) == (50_000_000, "A")
    assert rows[0].override == verdicts.list_overrides(session, made[0].lead.id)[0]
    assert (rows[7].micropoints_in_force, rows[7].tier_in_force) == (40_000_000, "B")
    assert (rows[9].micropoints, rows[9].micropoints_in_force, rows[9].scored_at) == (None, 30_000_000, None)
    assert (rows[1].override, rows[2].override) == (None, None)
    verdicts.override(
        session, made[11].lead.id, reason="not for us", tier="A"
    )  # It is discarded, and counts nowhere.
    # Machine: 0 to 5 are B, 6 and 7 are A. In force: 0 goes up, 7 goes down, 9 and 10 come in.
    assert statistics.count_by_tier(session) == {"A": 2, "B": 6}
    assert statistics.count_in_force(session) == {"A": 3, "B": 7}


def test_many_are_estimated(session: Session, entry: Callable[..., LeadEntry], noon: datetime) -> None:
    _add(session, entry, noon)
    found = lead_lists.count(session, LeadQuery(), exact_up_to=5)
    assert not found.exact
    assert found.value >= 6


@pytest.mark.parametrize("cursor", ["x", "W10", "bm90IGpzb24", "é", "WzEsMiwzXQ"])
def test_a_place_that_is_none_is_refused(session: Session, cursor: str) -> None:
    with pytest.raises(InputError, match="place in the list"):
        lead_lists.page(session, LeadQuery(), cursor=cursor)
