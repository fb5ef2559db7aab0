"""Regular expressions and LIKE: three engines find the same, and no pattern runs away."""

import re
from functools import cache

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from galena.kit.expression.patterns import PatternError, read_like, read_regex
from galena.kit.expression.python_templates import matcher

QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}

CLASSES = ["\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "[a-c]", "[^a]", "[\\d_-]", "[k-s]", "[.^-]", "[é-ü]"]
EDGES = ["\\b", "^", "$", "\\n", "\\."]
LETTERS = ["a", "b", "K", "s", "é", "ſ", "_", " ", ".", "-", "&", "~", "#", '"', "\\\\"]
atoms = st.sampled_from([*CLASSES, *EDGES, *LETTERS])
quantified = st.builds(
    lambda atom, how: atom + how, atoms, st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}"])
)
sequences = st.lists(quantified, max_size=4).map("".join)
groups = st.builds(
    lambda parts, how, before: f"{before}({'|'.join(parts)}){how}",
    st.lists(sequences, min_size=1, max_size=3),
    st.sampled_from(["", "?", "*", "{2}"]),
    sequences,
)
regexes = st.builds(
    lambda flag, body: flag + body, st.sampled_from(["", "(?i)"]), st.one_of(sequences, groups)
)
subjects = st.text('abcABCkKsSzZ012_ .-\n\t&é\u00c9ü\u017f\u212a\u0130\u0663\\"^$', max_size=8)


@cache
def database() -> duckdb.DuckDBPyConnection:
    """One connection for all examples."""
    return duckdb.connect()


def assert_engines_agree(source: str, text: str) -> None:
    try:
        pattern = read_regex(source)
    except PatternError:
        return
    found = re.compile(pattern.python, re.ASCII).search(text) is not None
    assert matcher(pattern)(text) is found
    assert pl.Series([text]).str.contains(pattern.rust)[0] is found
    asked = database().execute("SELECT regexp_matches(?, ?)", [text, pattern.re2])
    assert asked.fetchone() == (found,)


@settings(max_examples=60, **QUIET)
@given(regexes, subjects)
def test_engines_find_the_same(source: str, text: str) -> None:
    assert_engines_agree(source, text)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@settings(max_examples=20_000, **QUIET)
@given(regexes, subjects)
def test_engines_find_the_same_at_length(source: str, text: str) -> None:
    assert_engines_agree(source, text)


@pytest.mark.parametrize(
    "source",
    ["(a+)+$", "^(a|aa)*$", "(a|a)(a|a)" * 15 + "$", "a?" * 40 + "a" * 40 + "$", "(a*)*b", ".*.*.*.*x", "(a|aa){25}$",
     "a+a+a+$", "^(?:a?){30}$"],
)  # fmt: skip
def test_a_pattern_that_would_backtrack_for_ever_does_not(source: str) -> None:
    assert matcher(read_regex(source))("a" * 3_000 + "!") is False


def test_a_broken_character_is_no_crash() -> None:
    assert matcher(read_regex("(a+)+$"))("\ud800a") is True


def test_plain_patterns_stay_with_the_faster_engine() -> None:
    assert read_regex("\\bpool|spa\\b").choices == 0
    assert read_regex("roof(ing)?").choices == 1
    assert not read_regex("roof(ing)?").nested
    assert read_regex("(roof|deck)+").nested


def written_like(pattern: str, text: str) -> bool:
    """LIKE without an escape, from its definition."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(written_like(pattern[1:], text[skip:]) for skip in range(len(text) + 1))
    return bool(text) and pattern[0] in ("_", text[0]) and written_like(pattern[1:], text[1:])


@settings(max_examples=200, **QUIET)
@given(st.text("a%_.\n", max_size=6), st.text("ab.\n%_", max_size=6))
def test_like_follows_its_definition(source: str, text: str) -> None:
    like = read_like(source)
    expected = written_like(source, text)
    assert (re.compile(like.pattern.python).search(text) is not None) is expected
    by_shape = {
        "equals": text == like.text,
        "starts": text.startswith(like.text),
        "ends": text.endswith(like.text),
        "contains": like.text in text,
        "regex": expected,
    }
    assert by_shape[like.shape] is expected
