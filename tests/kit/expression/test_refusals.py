"""What is refused, with the position and the nearest known name; nothing but ExpressionError ever comes out."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from galena.kit.expression import (
    BOOLEAN,
    DATE,
    NUMBER,
    STANDARD_MACROS,
    TEXT,
    Definition,
    ExpressionError,
    Macro,
    Program,
    check,
    list_of,
    list_of_scalars,
)

SCHEMA = {
    "revenue": NUMBER,
    "staff": NUMBER,
    "city": TEXT,
    "won": BOOLEAN,
    "opened": DATE,
    "liens": list_of({"amount": NUMBER, "filed": DATE}),
    "tags": list_of_scalars(TEXT),
}

REFUSED = [
    # expression, a part of the message, line, column
    ("", "empty", 1, 1),
    ("revenue +", "not one SQL scalar expression", 1, 9),
    ("revenue staff", "not one SQL scalar expression", 1, 9),
    ("revenue;\nstaff", "exactly one", 1, 8),
    ("SELECT 1", "not one SQL scalar expression", 1, 1),
    ("(SELECT max(revenue) FROM leads)", "subquery", 1, 9),
    ("revenue IN (SELECT 1)", "IN takes a written list", 1, 1),
    ("EXISTS (SELECT 1)", "subquery", 1, 16),
    ("DROP TABLE leads", "not one SQL scalar expression", 1, 1),
    ("leads.revenue", "table and record prefixes", 1, 1),
    ("revnue + 1", "no field or definition named revnue", 1, 1),
    ("1 +\n  revnue", "no field or definition named revnue", 2, 3),
    ("Revenue", "no field or definition named Revenue", 1, 1),
    ("claamp(revenue)", "no function named claamp", 1, 1),
    ("now()", "no function named now", 1, 1),
    ("sum(revenue)", "no function named sum", 1, 1),
    ("count(*)", "no function named count", 1, 1),
    ("random()", "no function named random", 1, 1),
    ("read_csv('x')", "no function named read_csv", 1, 1),
    ("lag(revenue) OVER (ORDER BY revenue)", "window", 1, 1),
    ("abs(DISTINCT revenue)", "not allowed", 1, 14),
    ("revenue > 'big'", "number on one side and text on the other", 1, 11),
    ("opened > 5", "date on one side and number on the other", 1, 10),
    ("opened > 'soon'", "'soon' is not date", 1, 10),
    ("won + 1", "+ takes a number, not boolean", 1, 1),
    ("1 + opened", "+ takes a number, not date", 1, 5),
    ("revenue AND won", "AND takes a condition, not number", 1, 1),
    ("NOT revenue", "NOT takes a condition", 1, 5),
    ("CASE WHEN revenue THEN 1 END", "WHEN takes a condition", 1, 11),
    ("CASE WHEN won THEN 1 ELSE 'a' END", "CASE has number on one side and text", 1, 27),
    ("coalesce(revenue, city)", "coalesce() has number on one side and text", 1, 19),
    ("won < true", "Booleans cannot be compared", 1, 1),
    ("liens = liens", "Lists cannot be compared", 1, 1),
    ("lower(revenue)", "lower() takes text as argument 1, not number", 1, 7),
    ("abs()", "called as abs(x)", 1, 1),
    ("round(revenue, staff)", "written out", 1, 16),
    ("round(revenue, 1.5)", "whole number", 1, 16),
    ("revenue / staff", "divisor can be zero", 1, 11),
    ("revenue / 0", "divisor can be zero", 1, 11),
    ("revenue / (staff - staff)", "divisor can be zero", 1, 12),
    ("revenue % staff", "divisor can be zero", 1, 11),
    ("mod(revenue, staff)", "divisor can be zero", 1, 14),
    ("revenue / least(staff, 1)", "divisor can be zero", 1, 11),
    ("revenue / greatest(staff, 0)", "divisor can be zero", 1, 11),
    ("recency(opened, 0)", "divisor can be zero (inside recency())", 1, 1),
    ("recency(opened)", "called as recency(d, horizon_days)", 1, 1),
    ("recency(city, 5)", "takes date or instant", 1, 1),
    ("recency('soon', 5)", "'soon' is not date", 1, 1),
    ("clamp(revenue, 2, 1)", "low bound", 1, 16),
    ("cast(revenue AS integer)", "no cast to INT", 1, 6),
    ("cast(revenue AS decimal(10, 2))", "no cast to", 1, 6),
    ("cast(won AS number)", "boolean cannot be cast to number", 1, 6),
    ("city LIKE city", "written pattern", 1, 11),
    ("city LIKE 'a\\'", "ends with its escape", 1, 11),
    ("city ~ 'a'", "not one SQL scalar expression", 1, 6),
    ("regexp_matches(city, '(?=a)')", "only (...)", 1, 22),
    ("regexp_matches(city, '(a{100}){100}')", "too large", 1, 22),
    ("regexp_matches(city, 'a+?')", "lazy", 1, 22),
    ("regexp_matches(city, '\\1')", "not supported", 1, 22),
    ("count_of(revenue)", "takes a list field", 1, 10),
    ("count_of(liens, revenue > 1)", "not a field of the items", 1, 17),
    ("count_of(liens, amount)", "takes a condition", 1, 17),
    ("any_of(liens, count_of(liens) > 1)", "cannot stand inside another", 1, 24),
    ("amount", "no field or definition named amount", 1, 1),
    ("list_contains(liens, 'a')", "list of scalars", 1, 15),
    ("liens", "The result is a list", 1, 1),
    ("'open", "a quote or comment is not closed", 1, 1),
    ("1e999", "too large", 1, 1),
    ("INTERVAL '1 day'", "interval", 1, 1),
    ("revenue BETWEEN SYMMETRIC 1 AND 2", "SYMMETRIC", 1, 1),
    (":revenue", "parameter", 1, 1),
    ("tags[1]", "Reaching into a value", 1, 1),
    ("city COLLATE nocase", "not allowed", 1, 1),
    ("ARRAY[1]", "not allowed", 1, 7),
    ("*", "star", 1, 1),
    ("CURRENT_DATE", "no field or definition named CURRENT_DATE", 1, 1),
]


@pytest.mark.parametrize(
    ("sql", "what", "line", "column"), REFUSED, ids=[row[0] or "empty" for row in REFUSED]
)
def test_refused_with_its_position(sql: str, what: str, line: int, column: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        check(sql, SCHEMA)
    assert what in caught.value.what
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    ("sql", "nearest"),
    [("revnue", "revenue"), ("colaesce(revenue, 1)", "coalesce"), ("recensy(opened, 9)", "recency"),
     ("REVENUE", "revenue"), ("any_of(liens, amont > 1)", "amount"), ("asof", "as_of")],
)  # fmt: skip
def test_an_unknown_name_comes_with_the_nearest(sql: str, nearest: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        check(sql, SCHEMA)
    assert caught.value.facts["nearest"] == nearest


def test_the_error_names_the_definition_and_says_what_to_do() -> None:
    with pytest.raises(ExpressionError) as caught:
        Program.build([Definition("per_head", "revenue / staff")], SCHEMA)
    assert caught.value.facts == {
        "name": "per_head", "expression": "revenue / staff", "line": 1, "position": 11
    }  # fmt: skip
    assert "nullif" in caught.value.remedy


def test_an_expected_type_is_held() -> None:
    assert check("revenue > 1", SCHEMA, expects=BOOLEAN) == BOOLEAN
    with pytest.raises(ExpressionError, match="must be boolean, not number"):
        check("revenue", SCHEMA, expects=BOOLEAN)


def test_a_circle_is_named() -> None:
    definitions = [Definition("a", "b + 1"), Definition("b", "c"), Definition("c", "a"), Definition("d", "1")]
    with pytest.raises(ExpressionError, match="a uses b uses c uses a"):
        Program.build(definitions, SCHEMA)


def test_a_definition_that_uses_itself_is_a_circle() -> None:
    with pytest.raises(ExpressionError, match="a uses a"):
        Program.build([Definition("a", "a + 1")], SCHEMA)


@pytest.mark.parametrize("name", ["revenue", "as_of", "two words", "", "1a", "x" * 64, "fixed"])
def test_a_name_that_cannot_be_taken(name: str) -> None:
    with pytest.raises(ExpressionError, match="name"):
        Program.build([Definition(name, "1")], SCHEMA, constants={"fixed": 1})


def test_two_definitions_of_one_name() -> None:
    with pytest.raises(ExpressionError, match="already another definition"):
        Program.build([Definition("a", "1"), Definition("a", "2")], SCHEMA)


def test_a_macro_sees_its_parameters_only() -> None:
    macros = {**STANDARD_MACROS, "leak": Macro("leak", ("x",), "x + revenue")}
    with pytest.raises(ExpressionError, match=r"A macro sees its parameters only, not revenue \(inside leak"):
        check("leak(1)", SCHEMA, macros)


def test_macros_that_call_each_other_in_a_circle() -> None:
    macros = {"ping": Macro("ping", ("x",), "pong(x)"), "pong": Macro("pong", ("x",), "ping(x)")}
    with pytest.raises(ExpressionError, match="in a circle"):
        check("ping(revenue)", SCHEMA, macros)


BOMBS = {
    "parentheses": "(" * 9_000 + "1" + ")" * 9_000,
    "open parentheses": "(" * 10_000,
    "calls": "abs(" * 3_000 + "1" + ")" * 3_000,
    "minus": "- " * 5_000 + "1",
    "not": "NOT " * 4_000 + "won",
    "case": "CASE WHEN won THEN " * 500 + "1" + " END" * 500,
    "brackets": "[" * 5_000,
    "chain": "+".join(["revenue"] * 2_000),
    "comparisons": "=".join(["revenue"] * 1_500),
    "casts": "city" + "::text" * 900,
    "long": "revenue" + " " * 20_000,
    "powers": "power(" * 12 + "revenue" + ", 3)" * 12,
    "texts of numbers": "length(cast(" * 8 + "revenue" + " AS text))" * 8,
    "in": "revenue IN (" + ",".join(["1"] * 5_000) + ")",
}


@pytest.mark.parametrize("sql", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_politely(sql: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        check(sql, SCHEMA)
    assert len(str(caught.value)) < 1_000


def test_too_many_definitions_are_refused() -> None:
    with pytest.raises(ExpressionError, match="more than 2,000 definitions"):
        Program.build([Definition(f"f{i}", "1") for i in range(2_001)], SCHEMA)


SIGNS = "1 0 2.5 'a' '%a_' '' + - * / % || = <> < >= ( ) , ; . :: : [ ] { } ? @"
NAMES = "amount filed item as_of NULL true AND OR NOT IN BETWEEN LIKE ILIKE ESCAPE IS CASE WHEN THEN ELSE END"
CALLS = "abs( round( coalesce( clamp( count_of( any_of( sum_of( recency( regexp_matches( power( nullif( CAST("
PIECES = [
    *[
        *SCHEMA,
        *SIGNS.split(),
        *NAMES.split(),
        *CALLS.split(),
        "INTERVAL",
        "SELECT",
        "FROM",
        "EXISTS",
        "OVER (",
    ],
    *["'('", "'a{2,1}'", "AS number)", "AS text)", "DATE '2025-01-01'", "DISTINCT FROM", '"revenue"'],
    *["-- c\n", "/* c */", "/*", "'", '"', "\\", "\n", "é", "\u2028", "😀"],
]
HOSTILE = [
    *[
        "__import__('os').system('true')",
        "().__class__.__bases__[0]",
        "eval('1')",
        "exec('1')",
        "lead.__class__",
    ],
    *["globals()", "revenue.__class__", "getattr(revenue, 'x')", "{revenue}", "f'{revenue}'", "lambda: 1"],
    *[
        "revenue if won else 1",
        "open('/etc/passwd')",
        "city'; DROP TABLE leads; --",
        "$$a$$",
        "E'\\x41'",
        "get('x')",
    ],
    *["c1", "v1", "now", "today", "lead"],
]


def only_expression_errors(sql: str) -> None:
    """Check, and where that succeeds run; no other error may come out."""
    try:
        program = Program.build([Definition("f", sql)], SCHEMA)
    except ExpressionError as error:
        refusal = error
    else:
        program.one()({}, datetime(2025, 6, 1, tzinfo=UTC))
        return
    assert refusal.line >= 1
    assert refusal.column >= 1
    assert refusal.as_dict()["error"] == refusal.what


@pytest.mark.parametrize("sql", HOSTILE)
def test_python_and_tricks_are_refused(sql: str) -> None:
    with pytest.raises(ExpressionError):
        check(sql, SCHEMA)


QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}
pieces = st.lists(st.sampled_from(PIECES), min_size=1, max_size=14).map(" ".join)


@settings(max_examples=150, **QUIET)
@given(st.one_of(pieces, st.text(max_size=60)))
def test_random_text_is_accepted_or_refused(sql: str) -> None:
    only_expression_errors(sql)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A sound expression with a piece cut out, doubled or replaced."""
    sql = draw(
        st.sampled_from(
            [row[0] for row in REFUSED] + HOSTILE + [macro.body for macro in STANDARD_MACROS.values()]
        )
    )
    start = draw(st.integers(0, max(len(sql) - 1, 0)))
    end = draw(st.integers(start, len(sql)))
    return str(sql[:start] + draw(st.one_of(st.sampled_from(PIECES), st.text(max_size=3))) + sql[end:])


@settings(max_examples=150, **QUIET)
@given(mutated())
def test_mutated_expressions_are_accepted_or_refused(sql: str) -> None:
    only_expression_errors(sql)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@settings(max_examples=20_000, **QUIET)
@given(st.one_of(pieces, mutated(), st.text(max_size=200)))
def test_any_text_is_accepted_or_refused_at_length(sql: str) -> None:
    only_expression_errors(sql)
