"""Dependence: ranges in order, rates by hand."""

from datetime import datetime

import numpy as np
import polars as pl
import pytest

from galena.engines.learning.dependence import dependence_of, short


def _ranges(kind: str, values: list[object], target: list[float]) -> list[tuple[str, int, float | None]]:
    column = pl.Series("x", values, strict=False)
    explained = np.arange(len(values))
    found = dependence_of(kind, column, np.array(target), explained, np.array(target) * 10)
    for each in found.ranges:
        assert each.points == pytest.approx(10 * (each.rate or 0))
    return [(each.label, each.leads, each.rate) for each in found.ranges]


def test_few_numbers_stand_for_themselves() -> None:
    assert _ranges("number", [1.0, 2.0, 2.0, None], [0, 1, 0, 1]) == [
        ("1", 1, 0),
        ("2", 2, 0.5),
        ("not known", 1, 1),
    ]


def test_many_numbers_make_ranges_of_equal_count() -> None:
    found = _ranges("number", [float(value) for value in range(80)], [0.0, 1.0] * 40)
    assert [leads for _, leads, _ in found] == [10] * 8
    assert found[0][0] == "up to 9"
    assert found[1][0] == "9 to 19"
    assert found[-1][0] == "above 69"


def test_numbers_piled_at_the_top() -> None:
    found = _ranges("number", [*(float(value) for value in range(10)), *[99.0] * 90], [1.0] * 10 + [0.0] * 90)
    assert [(label, leads) for label, leads, _ in found] == [("up to 9", 10), ("above 9", 90)]


def test_numbers_piled_at_the_bottom_do_not_stand_in_two_ranges() -> None:
    found = _ranges("number", [0.0] * 40 + [float(value) for value in range(1, 41)], [0.0] * 80)
    assert [label for label, _, _ in found[:3]] == ["0", "above 0 to 10", "10 to 20"]


def test_dates_are_shown_as_days() -> None:
    days: list[object] = [datetime(2026, 1, day + 1) for day in range(24)]
    assert _ranges("date", days, [0.0] * 24)[0] == ("up to 2026-01-03", 3, 0)


def test_categories_booleans_and_text() -> None:
    assert _ranges("category", ["b", "a", "b", None], [1, 0, 0, 0]) == [
        ("b", 2, 0.5),
        ("a", 1, 0),
        ("not known", 1, 0),
    ]
    many: list[object] = [f"v{number:02}" for number in range(20)] + ["v00"]
    found = _ranges("category", many, [0.0] * 21)
    assert found[0] == ("v00", 2, 0)
    assert found[-1] == ("other values", 10, 0)
    assert _ranges("boolean", [True, False, True], [1, 0, 1]) == [("yes", 2, 1), ("no", 1, 0)]
    assert _ranges("text", ["a b c", None], [1, 0]) == [("filled in", 1, 1), ("not known", 1, 0)]


def test_numbers_in_words() -> None:
    assert [short(value) for value in (3.0, 1234567.0, 1234.5, 0.123456)] == [
        "3",
        "1,234,567",
        "1,234",
        "0.1235",
    ]
