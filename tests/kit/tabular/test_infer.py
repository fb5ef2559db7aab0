"""What a column is, found from its values alone."""

from datetime import date, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galena.kit.tabular.infer import infer_reading
from galena.kit.tabular.reading import ColumnReading


def _column(values: list[object], name: str = "x", **options: object) -> ColumnReading:
    """The reading of one column, beside another one so that no table is a single column."""
    frame = pl.DataFrame({name: values, "other": range(len(values))}, strict=False)
    return infer_reading(frame).column(name)


def _cycle(*values: object, rows: int = 60) -> list[object]:
    return [values[index % len(values)] for index in range(rows)]


_RNG = np.random.default_rng(0)
_INCOMES = _RNG.permutation(np.round(_RNG.lognormal(10, 1, 200), 2)).tolist()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (_cycle("1", "2", "3.5", "", "NA"), "number"),
        (_cycle("1,200", "2,500.50", "999"), "number"),
        (_cycle("$5", "$7.20", "($3)"), "number"),
        (_cycle("10 %", "20 %", "35%"), "number"),
        (_cycle("0", "1"), "number"),
        (_cycle(0, 1), "number"),
        (_cycle(1.5, None, 2.5), "number"),
        (_INCOMES, "number"),
        (_cycle("yes", "No", "YES"), "boolean"),
        (_cycle("Y", "N", None), "boolean"),
        (_cycle("TRUE", "FALSE"), "boolean"),
        (_cycle(True, False), "boolean"),
        (_cycle("yes", "no", "unknown"), "category"),
        (_cycle("a", "b", "Select"), "category"),
        (_cycle("00123", "01234", "45678"), "category"),
        (_cycle("10-50", "50-100", "100+"), "category"),
        (_cycle("2026-01-31", "2025-02-28"), "date"),
        (_cycle("1/31/2026", "2/28/2026 3:05 PM"), "date"),
        (_cycle("31-01-2026 14:05", "28-02-2026 09:30"), "date"),
        (_cycle("31.12.2025", "01.01.2026"), "date"),
        (_cycle("3 Jan 2026", "14 February 2026"), "date"),
        (_cycle(date(2026, 1, 1), date(2026, 1, 2)), "date"),
        (_cycle(datetime(2026, 1, 1), None, datetime(2026, 5, 1)), "date"),
        (_cycle("2024", "2025"), "number"),
        ([f"please call me back about offer {index} today" for index in range(60)], "text"),
        ([f"Company {word} {index} Ltd" for index, word in enumerate(_cycle("Blue", "Red"))], "text"),
    ],
)
def test_kinds(values: list[object], kind: str) -> None:
    assert _column(values).kind == kind


@pytest.mark.parametrize(
    ("values", "name", "why"),
    [
        ([None] * 40, "x", "empty"),
        (_cycle("", "NA", "Select", "-"), "x", "empty"),
        (_cycle("No"), "x", "constant: every row says “No”"),
        (_cycle(7), "x", "constant: every row says “7”"),
        (list(range(1000, 1060)), "x", "id"),
        (list(range(1060, 1000, -1)), "x", "id"),
        ([str(number * 7) for number in range(500, 560)], "x", "id"),
        (_RNG.permutation(60).tolist(), "x", "id"),
        (_RNG.permutation(60_000)[:60].tolist(), "customer_id", "id"),
        (_RNG.permutation(60_000)[:60].tolist(), "Lead Number", "id"),
        ([f"{index:x}-{index * 7919:x}" for index in range(60)], "x", "id"),
        ([[1], [2]] * 20, "x", "type"),
    ],
)
def test_columns_of_no_use(values: list[object], name: str, why: str) -> None:
    column = _column(values, name)
    assert column.kind == "unused"
    assert why in column.why


def test_an_income_that_differs_in_every_row_is_no_id() -> None:
    incomes = _RNG.choice(10**6, 200, replace=False)
    assert _column(incomes.tolist(), "income").kind == "number"
    assert _column([str(income) for income in incomes], "income").kind == "number"


def test_a_mark_that_is_there_or_not_is_kept() -> None:
    assert _column(_cycle("x", None), "flagged").kind == "category"


def test_decimal_commas_are_found() -> None:
    column = _column(_cycle("1.234,5", "12,25", "1.000", "7"))
    assert (column.kind, column.number_style) == ("number", "comma")


def test_thousands_are_not_taken_for_decimals() -> None:
    assert _column(_cycle("1,234", "12,500", "7")).number_style == "point"


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (_cycle("13/01/2026", "02/03/2026"), "dmy"),
        (_cycle("01/13/2026", "02/03/2026"), "mdy"),
        (_cycle("01/02/2026", "02/03/2026"), "mdy"),
        (_cycle("01-02-2026", "02-03-2026"), "dmy"),
        (_cycle("2026/01/02", "2026/01/03"), "ymd"),
    ],
)
def test_the_order_of_a_date(values: list[object], first: str) -> None:
    assert _column(values).date_formats[0] == first


def test_epochs_and_plain_digits_are_no_dates() -> None:
    assert _column(_cycle("1700000000", "1700100000", "1700100050")).kind == "number"
    assert _column(_cycle("20260101", "20260102"), "amount").kind == "number"
    assert _column(_cycle("20260101", "20260102"), "order_date").kind == "date"


def test_a_word_beside_many_numbers_is_a_missing_value() -> None:
    column = _column([*map(str, range(0, 400, 7)), *["unknown"] * 20], "size")
    assert (column.kind, column.missing) == ("number", ("unknown",))


def test_copies_are_named() -> None:
    frame = pl.DataFrame({"a": _cycle(1, 2, 5), "b": _cycle("1", "2", "5"), "c": _cycle(1, 2, 6)})
    reading = infer_reading(frame)
    assert reading.names == ("a", "c")
    assert reading.column("b").why == "the same as column “a”"


def test_named_columns_are_left_out_with_the_reason() -> None:
    frame = pl.DataFrame({"lead": _cycle("a", "b"), "x": _cycle(1, 2), "y": _cycle(1, 3)})
    reading = infer_reading(frame, id_column="lead", unused={"y": "the outcome"})
    assert reading.names == ("x",)
    assert [reading.column(name).why for name in ("lead", "y")] == ["names the rows", "the outcome"]


def test_text_and_typed_columns_are_read_alike() -> None:
    typed = pl.DataFrame(
        {
            "n": _cycle(1, 2, None, 400),
            "f": _cycle(0.5, 1e-9, None),
            "b": _cycle(True, False),
            "d": _cycle(date(2026, 1, 31), date(2025, 12, 1)),
            "t": _cycle(datetime(2026, 1, 31, 4, 5, 6), datetime(2025, 12, 1)),
            "c": _cycle("a", "b", None),
        }
    )
    as_text = typed.select(pl.all().cast(pl.String))
    one, other = infer_reading(typed), infer_reading(as_text)
    assert [column.kind for column in one.columns] == [column.kind for column in other.columns]
    assert one.read(typed).frame.equals(other.read(as_text).frame)


def test_odd_names_are_kept() -> None:
    frame = pl.DataFrame({"": _cycle(1, 2), " é ": _cycle(1, 3), "a_duplicated_0": _cycle("x", "y")})
    assert infer_reading(frame).names == ("", " é ", "a_duplicated_0")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=8), st.floats().map(repr)), max_size=40))
def test_any_column_is_read_without_an_error(values: list[str | None]) -> None:
    frame = pl.DataFrame({"x": pl.Series(values, dtype=pl.String)})
    reading = infer_reading(frame)
    assert reading.read(frame).frame.height == len(values)


def test_one_row_and_no_row() -> None:
    assert infer_reading(pl.DataFrame({"a": ["1"]})).columns[0].kind == "unused"
    assert infer_reading(pl.DataFrame({"a": []})).columns[0].why.startswith("empty")
    assert infer_reading(pl.DataFrame()).columns == ()


def test_columns_found_out_together_are_read_as_each_by_itself():
    columns = {
        "whole": _cycle("12", " 7 ", "", "-3"),
        "fractions": _cycle("1.5", "2e3", ".5", "NA"),
        "too large": ["1e400", *_cycle("2", "3", rows=59)],
        "money": _cycle("$1,200", "30", "7.5"),
        "comma": _cycle("1,5", "2,25", "3"),
        "postcode": _cycle("01234", "99999", "12345"),
        "day_at": _cycle("20260131", "20251224", "20240101"),
        "running id": [str(number) for number in range(60)],
        "constant": _cycle("5"),
        "empty": _cycle("", "n/a"),
        "flag": _cycle("yes", "no"),
        "colour": _cycle("red", "blue", "Select"),
    }
    together = infer_reading(pl.DataFrame(columns))
    kinds = [infer_reading(pl.DataFrame({name: values})).columns[0] for name, values in columns.items()]
    assert list(together.columns) == kinds
    assert [column.kind for column in kinds] == [
        *("number", "number", "number", "number", "number", "category", "date"),
        *("unused", "unused", "unused", "boolean", "category"),
    ]
