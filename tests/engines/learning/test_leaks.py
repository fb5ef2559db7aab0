"""Columns that know the outcome are named; honest columns are left alone."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from galena.engines.learning.dataset import dataset_of
from galena.engines.learning.late_names import late_name, may_lie_ahead, words_of
from galena.engines.learning.leaks import Leak, find_leaks

_ROWS = 800


def _leaks(**columns: object) -> dict[str, Leak]:
    """The suspects of a table of 800 leads, a quarter of them won, with three honest columns."""
    rng = np.random.default_rng(7)
    won = _won()
    frame = pl.DataFrame(
        {
            "visits": rng.poisson(4 + 3 * won),
            "source": np.where(rng.random(_ROWS) < 0.3 + 0.2 * won, "referral", "web"),
            "revenue": rng.lognormal(10, 1, _ROWS),
            **columns,
            "outcome": np.where(won, "won", "lost"),
        },
        strict=False,
    )
    time = "created" if "created" in columns else None
    return {leak.column: leak for leak in find_leaks(dataset_of(frame, target="outcome", time=time))}


def _won() -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.arange(_ROWS) % 4 == 0


def test_honest_columns_are_left_alone() -> None:
    assert _leaks() == {}


def test_a_recoding_of_the_outcome_is_a_copy() -> None:
    found = _leaks(
        code=np.where(_won(), 7, 3),
        word=np.where(_won(), "signed with us", np.where(np.arange(_ROWS) % 3 == 0, "b", "c")),
    )
    assert {name: leak.kind for name, leak in found.items()} == {"code": "copy", "word": "copy"}
    assert found["code"].auc == pytest.approx(1.0)


def test_filled_for_one_outcome_only() -> None:
    """In 60 of 200 won leads, in no lost one: by chance 0.25 to the power of 60."""
    sellers = [f"seller {index % 5}" if won and index % 10 < 3 else None for index, won in enumerate(_won())]
    reasons = ["price" if not won and index % 3 else None for index, won in enumerate(_won())]
    values = [float(index) if won else 0.0 for index, won in enumerate(_won(), 1)]
    found = _leaks(seller=sellers, objection=reasons, amount=values)
    assert {name: leak.kind for name, leak in found.items()} == dict.fromkeys(
        ("seller", "objection", "amount"), "one-sided"
    )
    filled = sum(value is not None for value in sellers)
    assert (
        f"It has a value in {filled} rows, and all of these ended as “won” (25% of all rows do)"
        in found["seller"].reason
    )


def test_a_few_filled_rows_may_be_chance() -> None:
    """Ten rows, all won: 0.25 to the power of 10 is one in a million, and there are many columns."""
    assert _leaks(seller=["s" if won and index < 40 else None for index, won in enumerate(_won())]) == {}


def test_filled_more_often_for_winners_is_no_leak() -> None:
    rng = np.random.default_rng(3)
    filled = rng.random(_ROWS) < np.where(_won(), 0.9, 0.6)
    assert _leaks(job=[f"job {index % 7}" if here else None for index, here in enumerate(filled)]) == {}


def test_far_better_than_every_other_column_is_too_good() -> None:
    rng = np.random.default_rng(4)
    talk = rng.normal(0, 1, _ROWS) + 3 * _won()
    found = _leaks(reading=talk)
    assert found["reading"].kind == "too good"
    assert 0.95 < found["reading"].auc < 0.99


def test_dates_after_the_time_of_the_lead() -> None:
    rng = np.random.default_rng(5)
    created = np.datetime64("2025-01-01", "us") + rng.integers(0, 300, _ROWS).astype("timedelta64[D]")
    later = created + rng.integers(5, 90, _ROWS).astype("timedelta64[D]")
    earlier = created - rng.integers(5, 90, _ROWS).astype("timedelta64[D]")
    found = _leaks(created=created, handled=later, lease_expiry=later + 1, founded=earlier)
    assert {name: leak.kind for name, leak in found.items()} == {"handled": "later"}
    assert "after “created”" in found["handled"].reason


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Lead Stage", "stage"),
        ("deal_status", "stage"),
        ("Outcome", "stage"),
        ("converted_at", "ended"),
        ("ClosedDate", "ended"),
        ("close_value", "ended"),
        ("won_date", "ended"),
        ("Tags", "sales staff"),
        ("Lead Quality", "judgement"),
        ("Last Notable Activity", "overwritten"),
        ("last_contacted_by_call", "overwritten"),
        ("call_duration", "talk"),
        ("duration", "after it"),
        ("rejection_reason", "lost"),
        ("invoice_number", "sold"),
    ],
)
def test_names_written_after_the_contact(name: str, why: str) -> None:
    late = late_name(name)
    assert late is not None
    assert why in late.reason


@pytest.mark.parametrize(
    "name",
    [
        *(
            "marital_status",
            "employment status",
            "home_ownership_status",
            "credit_score",
            "previous_outcome",
            "poutcome",
        ),
        *(
            "expected_close_date",
            "business stage",
            "state",
            "age",
            "visits",
            "lead_source",
            "campaign",
            "industry",
        ),
        *(
            "days_since_last_activity",
            "page_views",
            "loan_duration",
            "contract_length",
            "distance",
            "closest_store",
        ),
        *(
            "signed_up_date",
            "conversion_rate",
            "last_name",
            "city",
            "email_opens",
            "number_of_comments",
            "created_at",
        ),
        *("education", "lastfm_plays", "contact", "month", "hashtag_count", "score_credit", "annual_revenue"),
    ],
)
def test_honest_names(name: str) -> None:
    assert late_name(name) is None


def test_a_late_name_without_a_sign_in_the_data_is_left_alone() -> None:
    rng = np.random.default_rng(6)
    noise = rng.choice(["a", "b", "c"], _ROWS)
    telling = np.where(rng.random(_ROWS) < 0.3 + 0.3 * _won(), "hot", "cold")
    assert set(_leaks(**{"lead quality": noise})) == set()
    assert set(_leaks(**{"lead quality": telling})) == {"lead quality"}


def test_words_of_names() -> None:
    assert words_of("ConvertedAt") == ("converted", "at")
    assert words_of("CRM_lead-Stage 2") == ("crm", "lead", "stage", "2")
    assert may_lie_ahead("Expected Close Date")
    assert not may_lie_ahead("close_date")


def test_pure_noise_names_nobody() -> None:
    """Forty columns of noise over eighty rows, ten times."""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        frame = pl.DataFrame(
            {f"n{index}": rng.normal(size=80) for index in range(20)}
            | {f"c{index}": rng.choice(list("abcdefghij"), 80) for index in range(20)}
            | {"y": rng.permutation([1, 0] * 40)}
        )
        assert find_leaks(dataset_of(frame, target="y")) == ()


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "target", "must", "never"),
    [
        (
            "x_education/Leads.csv.gz",
            "Converted",
            {"Tags", "Lead Quality", "Lead Profile", "Last Activity", "Last Notable Activity"},
            {"Lead Source", "Lead Origin", "TotalVisits", "Total Time Spent on Website", "City", "Country"},
        ),
        (
            "bank_marketing/bank-additional-first70pct.csv.gz",
            "y",
            {"duration"},
            {"age", "job", "pdays", "poutcome", "euribor3m", "nr.employed", "month", "contact", "campaign"},
        ),
    ],
)
def test_real_tables(shared_data: Path, file: str, target: str, must: set[str], never: set[str]) -> None:
    separator = ";" if "bank" in file else ","
    frame = pl.read_csv(
        shared_data / file,
        separator=separator,
        infer_schema=False,
        truncate_ragged_lines=True,
        encoding="utf8-lossy",
    )
    found = {leak.column for leak in find_leaks(dataset_of(frame, target=target))}
    assert must <= found
    assert not found & never


@pytest.mark.parametrize("rows", [40, 80, 200])
def test_in_small_tables_each_kind_of_leak_is_named(rows: int) -> None:
    rng = np.random.default_rng(rows)
    won = np.arange(rows) % 5 < 2
    frame = pl.DataFrame(
        {
            "visits": np.round(won + rng.normal(size=rows), 2),
            "region": rng.choice(list("nesw"), rows),
            "age": rng.integers(18, 70, rows),
            "again": np.where(won, "x", "q"),
            "handed_over": np.where(won, "2026-01-03", ""),
            "amount": np.where(won, rng.integers(10, 900, rows), 0),
            "excuse": np.where(won, "", rng.choice(["price", "rival"], rows)),
            "mood": np.round(5 * won + rng.normal(size=rows), 2),
            "won": np.where(won, "yes", "no"),
        }
    )
    found = {leak.column for leak in find_leaks(dataset_of(frame, target="won"))}
    assert found == {"again", "handed_over", "amount", "excuse", "mood"}


def test_many_leaks_do_not_excuse_one_another() -> None:
    rng = np.random.default_rng(5)
    won = rng.random(400) < 0.4
    frame = pl.DataFrame(
        {
            "visits": np.round(won + rng.normal(size=400), 2),
            "region": rng.choice(list("nesw"), 400),
            "age": rng.integers(18, 70, 400),
            **{f"again_{n}": np.where(won, f"x{n}", rng.choice([f"q{n}", f"r{n}"], 400)) for n in range(4)},
            "nearly": np.where(rng.random(400) < 0.04, ~won, won),
            "won": np.where(won, "yes", "no"),
        }
    )
    leaks = {leak.column: leak for leak in find_leaks(dataset_of(frame, target="won"))}
    assert leaks["nearly"].kind == "too good"
    assert "of 100 pairs (a good other column here in" in leaks["nearly"].reason
    assert len(leaks) == 5
