"""Values as sentences write them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from galena.domain.playbook import Playbook
from galena.engines.explanation.formats import Format, formats_of, show_money, show_number


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (3_200_000, "$3.2M"),
        (48_200, "$48,200"),
        (999_499, "$999,499"),
        (999_600, "$1M"),
        (12_345_678, "$12.3M"),
        (214_000_000, "$214M"),
        (1_100_000_000, "$1.1B"),
        (0, "$0"),
        (9.5, "$9.50"),
        (48_200.5, "$48,201"),
        (-1_500, "−$1,500"),
    ],
)
def test_money(amount: float, shown: str) -> None:
    assert show_money(amount) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(71.0, "71"), (1250, "1,250"), (4.6, "4.6"), (0.333, "0.33"), (-3.25, "−3.2"), (0, "0"), (99.96, "100")],
)
def test_numbers(value: float, shown: str) -> None:
    assert show_number(value) == shown


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("share", 0.062, "6.2 %"),
        ("percent", 6.0, "6 %"),
        ("year", 1985.0, "1985"),
        ("date", date(2026, 3, 12), "12 March 2026"),
        ("date", "2026-03-12", "12 March 2026"),
        ("date", datetime(2026, 3, 12, 23, 0, tzinfo=UTC), "12 March 2026"),
        ("date", "2026-03-12T23:00:00+00:00", "12 March 2026"),
        ("date", "soon", "soon"),
        ("yes_no", True, "yes"),
        ("words", "chapter_7", "chapter 7"),
        ("text", "a_b", "a_b"),
        ("text", ["x"], "x"),
        ("text", ["x", "y", "z"], "x, y and z"),
        ("text", [{"a": 1}, {"a": 2}], "2"),
        ("text", [], "none"),
        ("number", None, None),
        ("number", float("nan"), None),
        ("text", "", None),
        ("text", "x" * 90, "x" * 59 + "…"),
    ],
)
def test_kinds(kind: Any, value: Any, shown: str | None) -> None:
    assert Format(kind).show(value) == shown


def test_formats_follow_types_and_units(playbook: Playbook) -> None:
    formats = formats_of(playbook)
    assert formats["lien_amount"] == Format("money", "$")
    assert formats["lien_filed_on"].kind == "date"
    assert formats["has_successor"].kind == "yes_no"
    assert formats["lien_age"].kind == "number"
