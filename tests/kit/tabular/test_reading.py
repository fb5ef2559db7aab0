"""Reading one lead and reading a table give the same values, whatever is in them."""

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galena.kit.tabular.reading import ColumnReading, Reading

_ALL = Reading(
    columns=(
        ColumnReading(name="point", kind="number"),
        ColumnReading(name="comma", kind="number", number_style="comma"),
        ColumnReading(name="us", kind="date", date_formats=("mdy", "ymd", "month-d-y")),
        ColumnReading(name="eu", kind="date", date_formats=("dmy", "d-month-y", "compact", "ym", "ymd")),
        ColumnReading(name="flag", kind="boolean"),
        ColumnReading(name="level", kind="category"),
        ColumnReading(name="words", kind="text", missing=("unknown",)),
    )
)

_numbers = st.one_of(
    st.floats(allow_nan=False, width=64).map(repr),
    st.integers(-(10**18), 10**18).map(str),
    st.from_regex(r"\A[$€]? ?[-(]?[0-9]{1,3}(,[0-9]{3}){0,2}(\.[0-9]{0,3})?[%kM)]?\Z"),
    st.from_regex(r"\A[0-9]{1,3}(\.[0-9]{3}){0,2}(,[0-9]{0,3})? ?[€%]?\Z"),
    st.from_regex(r"\A[-+(]? ?[0-9., '’]{1,9}[eE)]?[-+]?[0-9]?\Z"),
)
_dates = st.one_of(
    st.datetimes().map(lambda value: value.isoformat()),
    st.datetimes(timezones=st.just(timezone(timedelta(hours=-7, minutes=-30)))).map(
        lambda value: value.isoformat()
    ),
    st.from_regex(
        r"\A[0-3]?[0-9][-/. ][0-3]?[0-9][-/. ](19|20|00)?[0-9]{2}( [0-2]?[0-9]:[0-6][0-9]( ?[ap]m)?)?\Z"
    ),
    st.from_regex(r"\A[0-3]?[0-9](st|th)? (Jan|feb|MAR|Sept|Foo)[a-z]{0,3},? [0-9]{4}\Z"),
    st.from_regex(r"\A[12][0-9]{3}[01][0-9][0-3][0-9](T[0-2][0-9][0-6][0-9]Z?)?\Z"),
)
_words = st.sampled_from(
    ["yes", "NO", "True", "f", "on", "Select", "n/a", "-", "unknown", " Google ", "İstanbul", "😀 a"]
)
_texts = st.one_of(_numbers, _dates, _words, st.text(max_size=12))


def _same(one: object, other: object) -> bool:
    """Equal with the sign of zero and the type."""
    if isinstance(one, float) and isinstance(other, float):
        return one == other and math.copysign(1, one) == math.copysign(1, other)
    return one == other and type(one) is type(other)


def _check(reading: Reading, rows: list[dict[str, object]], frame: pl.DataFrame) -> None:
    table = reading.read(frame).frame
    for index, row in enumerate(rows):
        many = table.row(index, named=True)
        one = reading.read_one(row)
        assert all(_same(one[name], many[name]) for name in many), (row, one, many)


@settings(max_examples=60, deadline=None)
@given(st.lists(_texts, min_size=1, max_size=30))
def test_text_is_read_alike_by_row_and_by_column(texts: list[str]) -> None:
    rows: list[dict[str, object]] = [dict.fromkeys(_ALL.names, text) for text in texts]
    _check(_ALL, rows, pl.DataFrame(rows))


_TYPED = {
    pl.Float64: st.floats(),
    pl.Int64: st.integers(-(2**63), 2**63 - 1),
    pl.UInt64: st.integers(0, 2**64 - 1),
    pl.Boolean: st.booleans(),
    pl.Date: st.dates(),
    pl.Datetime("us"): st.datetimes(),
    pl.Datetime("us", "UTC"): st.datetimes(datetime(2, 1, 1), timezones=st.just(UTC)),
    pl.Object: st.one_of(st.text(max_size=4), st.integers(-9, 9), st.floats(), st.none(), st.dates()),
}


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_typed_columns_are_read_alike_by_row_and_by_column(data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from(list(_TYPED)))
    values = data.draw(st.lists(st.one_of(st.none(), _TYPED[dtype]), min_size=1, max_size=8))
    frame = pl.DataFrame({name: pl.Series(values, dtype=dtype, strict=False) for name in _ALL.names})
    _check(_ALL, [dict.fromkeys(_ALL.names, value) for value in values], frame)


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("1,234.5", 1234.5, None),
        ("1.234,5", None, 1234.5),
        ("12,5", None, 12.5),
        ("$1,200", 1200.0, 1.2),
        ("(300)", -300.0, -300.0),
        ("- 4", -4.0, -4.0),
        ("12 %", 12.0, 12.0),
        ("1 234 567", 1234567.0, 1234567.0),
        ("1.5k", 1500.0, None),
        ("2M", 2e6, 2e6),
        ("1e400", None, None),
        ("inf", None, None),
        ("1_000", None, None),
        ("12,34,567", 1234567.0, None),
        ("1,23,4", None, None),
    ],
)
def test_numbers_in_text(text: str, point: float | None, comma: float | None) -> None:
    read = _ALL.read_one({"point": text, "comma": text})
    assert (read["point"], read["comma"]) == (point, comma)


@pytest.mark.parametrize(
    ("text", "us", "eu"),
    [
        ("2026-01-31", datetime(2026, 1, 31), datetime(2026, 1, 31)),
        ("01/31/2026", datetime(2026, 1, 31), None),
        ("31-01-2026 14:05", None, datetime(2026, 1, 31, 14, 5)),
        ("1/2/26 3:04 PM", datetime(2026, 1, 2, 15, 4), datetime(2026, 2, 1, 15, 4)),
        (
            "2026-01-31T10:00:00.25+02:00",
            datetime(2026, 1, 31, 8, 0, 0, 250000),
            datetime(2026, 1, 31, 8, 0, 0, 250000),
        ),
        ("Jan 31, 2026", datetime(2026, 1, 31), None),
        ("31 January 2026", None, datetime(2026, 1, 31)),
        ("20260131T000000", None, datetime(2026, 1, 31)),
        ("2026-02", None, datetime(2026, 2, 1)),
        ("2026-02-30", None, None),
        ("1700000000", None, None),
    ],
)
def test_dates_in_text(text: str, us: datetime | None, eu: datetime | None) -> None:
    read = _ALL.read_one({"us": text, "eu": text})
    assert (read["us"], read["eu"]) == (us, eu)


def test_the_order_of_columns_is_irrelevant_and_what_lacks_or_is_left_over_is_named() -> None:
    frame = pl.DataFrame({"new": [1], "level": ["b"], "point": ["7"]})
    read = _ALL.read(frame)
    assert read.frame.columns == list(_ALL.names)
    assert read.frame.row(0, named=True) | {"point": 7.0, "level": "b"} == read.frame.row(0, named=True)
    assert read.missing_columns == ("comma", "us", "eu", "flag", "words")
    assert read.extra_columns == ("new",)


def test_a_column_that_changed_its_type_is_reported_with_examples() -> None:
    frame = pl.DataFrame({"point": ["1", "many", "N/A", "few", "many", None], "flag": ["maybe"] * 6})
    by_name = {item.name: item for item in _ALL.read(frame).unreadable}
    assert (by_name["point"].count, by_name["point"].examples) == (3, ("many", "few"))
    assert by_name["flag"].count == 6


def test_infinite_is_missing_and_counted_and_nan_is_only_missing() -> None:
    read = _ALL.read(pl.DataFrame({"point": [math.inf, -math.inf, math.nan, None, 1.0]}))
    assert read.frame["point"].to_list() == [None, None, None, None, 1.0]
    assert read.unreadable[0].count == 2


def test_whole_numbers_given_as_floats_are_the_same_category() -> None:
    assert _ALL.read_one({"level": 3.0})["level"] == _ALL.read_one({"level": 3})["level"] == "3"
    assert _ALL.read(pl.DataFrame({"level": [3.0, None]})).frame["level"].to_list() == ["3", None]
    assert _ALL.read_one({"level": date(2026, 1, 31), "point": Decimal("2.5")}) == _ALL.read_one(
        {"level": "2026-01-31", "point": "2.5"}
    )


def test_a_column_may_have_its_own_missing_words() -> None:
    assert _ALL.read_one({"level": "unknown", "words": "unknown"}) == _ALL.read_one({"level": "unknown"})


def test_a_reading_survives_json() -> None:
    assert Reading.model_validate_json(_ALL.model_dump_json()) == _ALL


def test_an_empty_table_is_read() -> None:
    read = _ALL.read(pl.DataFrame({"point": pl.Series([], dtype=pl.String)}))
    assert read.frame.height == 0
    assert read.frame.width == len(_ALL.names)
