"""The reference page lists every function and macro as the code describes it, and its examples hold."""

import re
from pathlib import Path

import pytest

from galena.kit.expression import (
    DATE,
    FUNCTIONS,
    NUMBER,
    STANDARD_MACROS,
    TEXT,
    check,
    list_of,
    list_of_scalars,
)

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "expressions.md"
SCHEMA = {
    "x": NUMBER,
    "d": DATE,
    "tags": list_of_scalars(TEXT),
    "liens": list_of({"amount": NUMBER, "filed": DATE}),
    "owner_personal_liens": list_of({"amount": NUMBER}),
}
EXAMPLES = [
    "least(1, coalesce(sum_of(owner_personal_liens, amount), 0) / 100000)",
    "coalesce(count_of(liens), 0)",
    "count_of(liens, amount > 500 AND within(filed, 365))",
    "CASE WHEN days_until(d) >= 0 THEN urgency(d, 365) END",
    "floor(x * 1000000 + 0.5)",
]


def table(rows: list[tuple[str, str]], title: str) -> str:
    """The rows as the page shows them."""
    lines = [
        f"| {title} | meaning |",
        "| --- | --- |",
        *(f"| `{call}` | {meaning} |" for call, meaning in rows),
    ]
    return "\n".join(lines)


def test_functions_are_listed() -> None:
    rows = [(function.signature, function.meaning) for function in FUNCTIONS.values()]
    assert table(rows, "function") in PAGE.read_text("utf-8")


def test_macros_are_listed() -> None:
    rows = [(macro.signature, macro.meaning) for macro in STANDARD_MACROS.values()]
    assert table(rows, "macro") in PAGE.read_text("utf-8")


@pytest.mark.parametrize("sql", EXAMPLES)
def test_examples_stand_on_the_page_and_are_accepted(sql: str) -> None:
    assert re.sub(r"\s+", " ", sql) in re.sub(r"\s+", " ", PAGE.read_text("utf-8"))
    assert check(sql, SCHEMA) == NUMBER
