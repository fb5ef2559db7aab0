"""Random programs on random leads: the compilers for one lead, for frames and to SQL give the same values."""

from typing import Any

import pytest
from expression_grammar import leads, programs
from expression_leads import AS_OF, SCHEMA, alike, frame_of, in_duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from galena.kit.expression import Definition, ExpressionError, Program

several_leads = st.lists(leads, min_size=1, max_size=6)
POLITE = ("more than", "low bound", "deep", "is not date")  # too large, or a written date that is none
QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def built(texts: list[str]) -> Program:
    """A program of the expressions, each under a name of its own; the polite refusals are left out."""
    definitions = [Definition(f"f{index}", text) for index, text in enumerate(texts)]
    return Program.build([one for one in definitions if acceptable(one)], SCHEMA)


def acceptable(one: Definition) -> bool:
    """Whether the definition is accepted; only a few refusals may come of a well-typed expression."""
    try:
        Program.build([one], SCHEMA)
    except ExpressionError as error:
        if not any(reason in error.what for reason in POLITE):
            raise
        return False
    return True


def assert_frame_agrees(texts: list[str], rows: list[dict[str, Any]], tolerance: float = 1e-12) -> None:
    program = built(texts)
    one = program.one()
    frame = program.frame(frame_of(rows), AS_OF).to_dicts() if program.order else []
    for row, found in zip(rows, frame, strict=False):
        expected = one(row, AS_OF)
        for name, value in expected.items():
            assert alike(value, found[name], tolerance), f"{texts[int(name[1:])]}: {value!r}, {found[name]!r}"


def assert_sql_agrees(texts: list[str], rows: list[dict[str, Any]]) -> None:
    program = built(texts)
    if not program.order:
        return
    one = program.one()
    for row, found in zip(rows, in_duckdb(program, frame_of(rows)), strict=True):
        for name, value in one(row, AS_OF).items():
            assert alike(value, found[name], 1e-9), f"{texts[int(name[1:])]}: {value!r}, {found[name]!r}"


@settings(max_examples=20, **QUIET)
@given(programs(smooth=False, depth=3), several_leads)
def test_frame_equals_one(texts: list[str], rows: list[dict[str, Any]]) -> None:
    assert_frame_agrees(texts, rows)


@pytest.mark.slow
@settings(max_examples=150, **QUIET)
@given(programs(smooth=False), several_leads)
def test_frame_equals_one_on_deeper_programs(texts: list[str], rows: list[dict[str, Any]]) -> None:
    assert_frame_agrees(texts, rows)


@pytest.mark.slow
@settings(max_examples=60, **QUIET)
@given(programs(smooth=True), several_leads)
def test_duckdb_equals_one(texts: list[str], rows: list[dict[str, Any]]) -> None:
    assert_sql_agrees(texts, rows)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@settings(max_examples=5000, **QUIET)
@given(programs(smooth=False, depth=5), several_leads)
def test_frame_equals_one_at_length(texts: list[str], rows: list[dict[str, Any]]) -> None:
    assert_frame_agrees(texts, rows)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@settings(max_examples=3000, **QUIET)
@given(programs(smooth=True, depth=5), several_leads)
def test_duckdb_equals_one_at_length(texts: list[str], rows: list[dict[str, Any]]) -> None:
    assert_sql_agrees(texts, rows)
