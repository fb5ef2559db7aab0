"""Reports: small cases redone by hand, and laws over any case: rows add up to the total, each lead counts once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galena.engines.insight.commissions import earned, forecast, forecast_table
from galena.engines.insight.funnel import actioned, funnel
from galena.engines.insight.losses import reasons
from galena.engines.insight.model_value import model_value
from galena.engines.insight.worked import GIVEN, GROUPS, SAID, worked

START = datetime(2026, 3, 3, 12, tzinfo=UTC)  # a Tuesday
NOBODY: dict[str, Any] = {
    name: None for name in GIVEN if name not in ("assignment_id", "lead_id", "given_at", "state", "explored")
}


def gave(number: int, lead: int | None = None, *, day: float = 0, **more: Any) -> dict[str, Any]:
    row = NOBODY | {"assignment_id": f"a{number}", "lead_id": f"l{lead if lead is not None else number}"}
    return row | {"given_at": START + timedelta(days=day), "state": "active", "explored": False} | more


def told(number: int, outcome: str, *, day: float, **more: Any) -> dict[str, Any]:
    stage = 2 if outcome.startswith("closed") or outcome == "future_pending" else 1
    row = dict.fromkeys(SAID) | {
        "id": f"{number}-{outcome}-{day}",
        "assignment_id": f"a{number}",
        "stage": stage,
    }
    is_call = outcome in ("voicemail", "wrong_number", "unanswered", "callback_requested")
    return row | {"outcome": outcome, "is_call": is_call, "at": START + timedelta(days=day)} | more


def leads_of(given_rows: list[dict[str, Any]], said_rows: list[dict[str, Any]]) -> pl.DataFrame:
    return worked(pl.DataFrame(given_rows, schema=GIVEN), pl.DataFrame(said_rows, schema=SAID))


@pytest.fixture
def year() -> pl.DataFrame:
    """Six leads of two brokers; lead 1 went from one to the other."""
    signed = date(2026, 3, 23)
    won = {"signed_on": signed, "closing_on": date(2026, 4, 2), "deal_value": 1000.0, "commission": 100.0}
    return leads_of(
        [
            gave(1, broker="A", tier="green", points=90.0, state="clawed_back"),
            gave(2, lead=1, broker="B", tier="green", points=90.0, day=5),
            gave(3, broker="A", tier="green", points=80.0),
            gave(4, broker="A", tier="red", points=30.0),
            gave(5, broker="B", tier="red", points=20.0),
            gave(6, broker="B", points=10.0, day=7),
        ],
        [
            told(1, "voicemail", day=1),
            told(2, "booked", day=6, booked_by="manual", booked_for=START + timedelta(days=8)),
            told(2, "closed_won", day=20, **won),
            told(3, "booked", day=2, booked_by="email_link", booked_for=START + timedelta(days=4)),
            told(3, "closed_lost", day=10, reason_code="price"),
            told(4, "not_interested", day=10, reason_code="timing"),
            told(5, "do_not_contact", day=1),
            told(5, "undone", day=2, corrects="5-do_not_contact-1"),
        ],
    )


def test_the_funnel_by_hand(year: pl.DataFrame) -> None:
    table = funnel(year, "broker")
    a, b = table.records()
    assert [row["broker"] for row in (a, b)] == ["B", "A"]  # three leads against two: lead 1 counts with B
    steps = ("leads", "contacted", "booked", "met", "won")
    assert [a[name] for name in steps] == [3, 1, 1, 1, 1]  # what was said of lead 5 was taken back
    assert [b[name] for name in steps] == [2, 2, 1, 1, 0]
    assert table.total is not None
    assert table.total[:6] == ("all", 5, 3, 2, 2, 1)
    assert (a["days_to_contacted"], a["days_to_booked"], a["days_to_met"]) == (1, 1, 3)
    assert b["days_to_contacted"] == (2 + 10) / 2
    assert a["days_to_won"] == pytest.approx(14.5)  # from the 8th at noon to the 23rd at midnight


def test_what_was_acted_on(year: pl.DataFrame) -> None:
    table = actioned(year, "broker", within_days=7, today=date(2026, 3, 12))
    b, a = table.records()
    assert (a["leads"], a["actioned"], a["share"], a["in_time"], a["in_time_share"]) == (2, 2, 1.0, 1, 0.5)
    # B: lead 1 in time, lead 5 late, lead 6 is two days old and not settled.
    assert (b["leads"], b["actioned"], b["in_time_share"]) == (3, 1, 0.5)


def test_reasons(year: pl.DataFrame) -> None:
    table = reasons(year, {"price": "Price"})
    assert table.rows == (
        ("closed lost", "Price", "price", 1, 0.5),
        ("not interested", "timing", "timing", 1, 0.5),
    )
    by_tier = list(reasons(year, {}, "tier").records())
    assert [(row["tier"], row["code"], row["share"]) for row in by_tier] == [
        ("green", "price", 1.0),
        ("red", "timing", 1.0),
    ]


def test_commissions(year: pl.DataFrame) -> None:
    assert earned(year, "month", 2026).rows == (("2026-04", 1, 1000.0, 100.0, 100.0),)
    assert earned(year, "broker", 2026).total == ("all", 1, 1000.0, 100.0, 100.0)
    assert earned(year, "month", 2025).rows == ()
    few = forecast(year, date(2026, 4, 1))
    assert (few.expected, few.paid) == (None, 1)
    assert forecast_table(few).total == ("all", 2, None)  # leads 5 and 6 are still being worked


def test_a_forecast_of_what_is_sure() -> None:
    won = {"signed_on": date(2026, 3, 10), "deal_value": 1000.0}
    rows = [told(n, "booked", day=1) for n in range(12)]
    rows += [
        told(n, "closed_won", day=7, closing_on=date(2026, 3, 20), commission=100.0, **won) for n in range(10)
    ]
    rows += [told(n, "closed_won", day=7, closing_on=date(2026, 12, n + 20), **won) for n in (10, 11)]
    found = forecast(leads_of([gave(n) for n in range(12)], rows), date(2026, 4, 1))
    # Two deals of 1,000 ahead, and every commission was a tenth of the value.
    assert (found.expected, found.low, found.high) == (200.0, 200.0, 200.0)
    assert found.by_step["closing"] == (2, 200.0)


def test_a_forecast_of_chances() -> None:
    """Ten of twenty decided meetings were won at 100; ten are open: about 500, less for those that come late."""
    won = {"signed_on": date(2026, 3, 10), "closing_on": date(2026, 3, 20), "commission": 100.0}
    rows = [told(n, "booked", day=1) for n in range(30)]
    rows += [told(n, "closed_won", day=7, **won) for n in range(10)]
    rows += [told(n, "closed_lost", day=7) for n in range(10, 20)]
    leads = leads_of([gave(n) for n in range(30)], rows)
    found = forecast(leads, date(2026, 3, 5))
    assert found.expected == pytest.approx(500, abs=30)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= 400 < 600 <= found.high
    assert forecast(leads, date(2026, 3, 5)) == found, "the same leads give the same figures"
    late = forecast(leads, date(2026, 12, 31))
    assert late.expected == 0, "no win took that long, so none closes today"


def test_the_money_in_a_score() -> None:
    """Forty leads; those above 50 points are won for 100 each, the others lost."""
    rows = [told(n, "booked", day=1) for n in range(40)]
    rows += [
        told(
            n, "closed_won", day=7, signed_on=date(2026, 3, 9), closing_on=date(2026, 3, 9), commission=100.0
        )
        if n < 20
        else told(n, "closed_lost", day=7)
        for n in range(40)
    ]
    found = model_value(leads_of([gave(n, points=100.0 - n, explored=n % 2 == 0) for n in range(40)], rows))
    half, fifth = list(found.table.records())[1:3]
    assert (half["leads"], half["per_lead"], half["gain"]) == (20, 100.0, 1000.0)  # 20 x (100 - 50)
    assert (fifth["leads"], fifth["gain"]) == (8, 400.0)
    assert half["low"] is not None
    assert float(half["low"]) > 500
    assert (found.explored, found.explored_per_lead, found.chosen_per_lead) == (20, 50.0, 50.0)


OUTCOMES = (
    "voicemail",
    "wrong_number",
    "booked",
    "no_answer",
    "not_interested",
    "do_not_contact",
    "closed_won",
    "closed_lost",
)
CASES = st.lists(
    st.tuples(
        st.integers(0, 8),  # the lead
        st.sampled_from(("A", "B", None)),
        st.sampled_from(("green", "red", None)),
        st.integers(0, 30),
        st.lists(st.tuples(st.sampled_from(OUTCOMES), st.integers(0, 40), st.booleans()), max_size=4),
    ),
    max_size=14,
)


@settings(max_examples=60)
@given(CASES)
def test_rows_add_up_and_each_lead_counts_once(cases: list[Any]) -> None:
    given_rows, said_rows = [], []
    for number, (lead, broker, tier, day, told_rows) in enumerate(cases):
        given_rows.append(gave(number, lead, broker=broker, tier=tier, day=day, points=float(day), value=1.0))
        for place, (outcome, later, is_undone) in enumerate(told_rows):
            row = told(
                number, outcome, day=day + later, commission=7.0, signed_on=date(2026, 5, 1), reason_code="x"
            )
            row["id"] = f"{number}-{place}"
            said_rows.append(row)
            if is_undone:
                said_rows.append(
                    told(number, "undone", day=day + later, corrects=row["id"]) | {"id": f"u{number}-{place}"}
                )
    leads = leads_of(given_rows, said_rows)
    assert sorted(leads["lead_id"].to_list()) == sorted({row["lead_id"] for row in given_rows})
    for by in GROUPS:
        for table in (
            funnel(leads, by),
            actioned(leads, by, within_days=7, today=date(2026, 6, 1)),
            earned(leads, by, 2026),
        ):
            assert table.total is not None
            for place, column in enumerate(table.columns):
                if column.kind == "count" or column.name in ("commission", "deal_value"):
                    assert sum(row[place] or 0 for row in table.rows) == table.total[place], (by, column.name)
        steps = [row[1:6] for row in funnel(leads, by).rows]
        assert all(list(row) == sorted(row, reverse=True) for row in steps), (
            "a later step never holds more leads"
        )
    lost = reasons(leads, {})
    assert lost.total is not None
    assert sum(row[3] for row in lost.rows) == lost.total[3]  # type: ignore[misc]
