"""A model's reasons in words, and what would change its score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from galena.engines.explanation.model_reasons import ColumnWords, points_words, reasons_of, top_columns
from galena.engines.explanation.model_what_if import what_would_change

WORDS = ColumnWords(
    {"Visits": "number", "Source": "category", "Mail": "boolean", "Day": "date", "Note": "text"},
    frozenset({"City"}),
)


@pytest.mark.parametrize(
    ("column", "value", "points", "sentence"),
    [
        ("Source", "Reference", 12.4, "Source is 'Reference': +12 points"),
        ("Visits", "674", -3.2, "Visits is 674: -3 points"),
        ("Visits", "0.30000000000000004", 1.2, "Visits is 0.3: +1 point"),
        ("Visits", "1234567890.12", 1.2, "Visits is 1,234,567,890: +1 point"),
        ("Visits", None, -1, "Visits is not known: -1 point"),
        ("Mail", "No", 0.42, "Mail is No: +0.4 points"),
        ("Day", "2026-01-31", 0.97, "Day is 2026-01-31: +1 point"),
        ("Note", " two\nlines ", 2, "Note is 'two lines': +2 points"),
        ("City", None, -2, "City is not in this file: -2 points"),
        ("Two\nlines", "x", 2, "Two lines is 'x': +2 points"),
    ],
)
def test_a_reason_is_a_sentence(column, value, points, sentence):
    assert WORDS.reason(column, value, points) == sentence


def test_a_long_text_is_shortened():
    sentence = WORDS.reason("Note", "word " * 1000, 2)
    assert len(sentence) < 90
    assert sentence.endswith("…': +2 points")


def test_points_keep_their_sign_and_small_ones_a_decimal():
    assert [points_words(p) for p in (12.5, -0.96, 0.94, -0.06, 0.0)] == [
        "+12 points",
        "-1 point",
        "+0.9 points",
        "-0.1 points",
        "+0 points",
    ]


def test_the_largest_effects_come_first_and_tiny_ones_are_left_out():
    points = np.array([[1.0, -5.0, 0.01, 3.0], [0.0, 0.0, 0.0, 0.0]])
    found = reasons_of(
        WORDS, ("Visits", "Source", "Mail", "Day"), {"Visits": ["3", "4"], "Source": ["web", "ad"]}, points
    )
    assert found == [
        ["Source is 'web': -5 points", "Day is not known: +3 points", "Visits is 3: +1 point"],
        [],
    ]
    assert reasons_of(WORDS, (), {}, np.zeros((2, 0))) == [[], []]


@given(
    arrays.arrays(
        np.float64,
        st.tuples(st.integers(1, 5), st.integers(1, 60)),
        elements=st.integers(-9, 9).map(float),
    ),
    st.integers(1, 6),
)
def test_top_columns_are_those_of_a_stable_sort(points, limit):
    expected = np.argsort(-np.abs(points), axis=1, kind="stable")[:, :limit]
    assert top_columns(points, limit).tolist() == expected.tolist()


def _score(row):
    return 10.0 * float(row["Visits"]) + (5.0 if row["Source"] == "Reference" else 0.0)


def test_the_best_change_of_each_column_is_named_best_first():
    tried = []

    def rescore(rows):
        tried.extend(rows)
        return [_score(row) for row in rows]

    found = what_would_change(
        {"Visits": "2", "Source": None, "Mail": "No"},
        {"Visits": ["1", "2", "3", "4"], "Source": ["Reference", "web"], "Mail": ["Yes"]},
        rescore,
    )
    assert [(c.column, c.before, c.after, c.score, c.points) for c in found] == [
        ("Visits", "2", "4", 40.0, 20.0),
        ("Source", "", "Reference", 25.0, 5.0),
    ]
    assert found[0].sentence == "If Visits were '4' instead of '2': 40 (+20)"
    assert len(tried) == 1 + 3 + 2 + 1


def test_changes_that_help_little_are_not_named():
    found = what_would_change({"a": "1"}, {"a": ["2"]}, lambda rows: [50.0, 50.9])
    assert found == ()
