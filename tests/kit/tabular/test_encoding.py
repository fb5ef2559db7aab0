"""Encoding one lead and encoding a table give the same numbers bit for bit, whatever is in them."""

import json
import math
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from galena.kit.errors import InputError
from galena.kit.tabular.encoding import Encoding
from galena.kit.tabular.fit_encoding import fit_encoding
from galena.kit.tabular.fit_numbers import codes_apart
from galena.kit.tabular.infer import infer_reading
from galena.kit.tabular.odds import STRENGTHS, base_rate, folds_of, log_odds
from galena.kit.tabular.reading import ColumnReading, Reading

_KINDS = {
    "size": "number",
    "paid": "boolean",
    "seen": "date",
    "left": "date",
    "source": "category",
    "say": "text",
}
_READING = Reading(columns=tuple(ColumnReading(name=name, kind=kind) for name, kind in _KINDS.items()))  # type: ignore[arg-type]
_WORDS = ("call", "price", "Café", "no", "urgent", "😀")


def _frame(rows: int = 300, seed: int = 0) -> tuple[pl.DataFrame, NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    start = np.datetime64("2024-01-01T00:00:00", "us")
    seen = start + rng.integers(0, 500 * 24 * 60, rows).astype("timedelta64[m]")
    frame = pl.DataFrame(
        {
            "size": np.where(rng.random(rows) < 0.2, 999.0, rng.integers(0, 20, rows).astype(float)),
            "paid": rng.random(rows) < 0.4,
            "seen": seen,
            "left": seen + rng.integers(1, 90, rows).astype("timedelta64[D]"),
            "source": rng.choice(["Web", "web ", "Referral", "Fair", "ads", *map(str, range(30))], rows),
            "say": [" ".join(rng.choice(_WORDS, rng.integers(0, 6))) for _ in range(rows)],
        }
    )
    target = (rng.random(rows) < np.where(frame["source"] == "Referral", 0.9, 0.3)).astype(float)
    return _READING.read(frame).frame, target


_FRAME, _TARGET = _frame()
_ENCODING, _MATRIX = fit_encoding(_FRAME, _READING, _TARGET, seed=1)


def _bits(matrix: NDArray[np.float32]) -> NDArray[np.uint32]:
    return np.where(np.isnan(matrix), np.float32(np.nan), matrix).view(np.uint32)


_rows = st.fixed_dictionaries(
    {
        "size": st.one_of(
            st.none(), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([999.0, 0.0])
        ),
        "paid": st.one_of(st.none(), st.booleans()),
        "seen": st.one_of(st.none(), st.datetimes()),
        "left": st.one_of(st.none(), st.datetimes()),
        "source": st.one_of(
            st.none(), st.text(min_size=1, max_size=6), st.sampled_from(["WEB", "web  ", "ß", "SS"])
        ),
        "say": st.one_of(st.none(), st.text(max_size=20), st.lists(st.sampled_from(_WORDS)).map("-".join)),
    }
)


@settings(max_examples=40, deadline=None)
@given(st.lists(_rows, min_size=1, max_size=20))
def test_one_lead_equals_the_table_bit_for_bit(rows: list[dict[str, Any]]) -> None:
    schema = dict(_FRAME.schema)
    frame = _READING.read(pl.DataFrame(rows, schema=schema)).frame
    many = _ENCODING.transform(frame)
    known = _ENCODING.known(frame)
    for index in range(len(rows)):
        one = _READING.read_one(rows[index])
        assert np.array_equal(_bits(_ENCODING.transform_one(one)), _bits(many[index]))
        assert np.array_equal(_ENCODING.known_one(one), known[index])


def test_inputs_carry_names_origins_and_uses() -> None:
    assert _MATRIX.shape == (300, len(_ENCODING.inputs))
    assert len({item.name for item in _ENCODING.inputs}) == len(_ENCODING.inputs)
    assert {_ENCODING.columns[item.origin] for item in _ENCODING.inputs} == set(_KINDS)
    names = {item.name for item in _ENCODING.inputs}
    assert {"size", "size is 999", "paid", "seen: weekday", "days from seen to left"} <= names
    assert {"source: conversion so far", "say: words"} <= names


def test_an_encoding_survives_json() -> None:
    copy = Encoding.model_validate(json.loads(_ENCODING.model_dump_json()))
    assert np.array_equal(_bits(copy.transform(_FRAME)), _bits(_ENCODING.transform(_FRAME)))


def test_the_same_seed_gives_the_same_matrix() -> None:
    again, matrix = fit_encoding(_FRAME, _READING, _TARGET, seed=1)
    assert again == _ENCODING
    assert np.array_equal(_bits(matrix), _bits(_MATRIX))


def test_training_sees_no_row_its_own_outcome() -> None:
    """Each row's conversion so far is that of the rows outside its fold, at one strength for all."""
    rng = np.random.default_rng(5)
    levels = rng.integers(0, 4, 120)
    target = (rng.random(120) < 0.2 * (1 + levels)).astype(float)
    reading = Reading(columns=(ColumnReading(name="source", kind="category"),))
    frame = pl.DataFrame({"source": [f"s{level}" for level in levels]})
    _, matrix = fit_encoding(frame, reading, target, seed=3)
    folds = folds_of(target, 5, 3)
    wrong = []
    for strength in STRENGTHS:
        by_hand = []
        for level, fold in zip(levels, folds, strict=True):
            others = target[(levels == level) & (folds != fold)]
            hits, rows = np.array([others.sum()]), np.array([float(len(others))])
            by_hand.append(log_odds(hits, rows, base_rate(target), strength)[0])
        wrong.append(np.abs(matrix[:, 0] - np.array(by_hand)).max())
    assert min(wrong) < 1e-6


def test_conversion_so_far_by_hand() -> None:
    """Base rate 1/4; a level with 3 of 4 and strength 4: odds (3 + 1) / (1 + 3) = 1, over 1/3: log 3."""
    value = log_odds(np.array([3.0, 0.0]), np.array([4.0, 0.0]), 0.25, 4.0)
    assert value[0] == pytest.approx(math.log(3))
    assert value[1] == pytest.approx(0.0)


def test_pure_noise_does_not_look_like_signal_in_training() -> None:
    """300 levels of one or two rows: fitted in sample they would tell every outcome."""
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"code": [f"k{index}" for index in rng.integers(0, 300, 500)]})
    target = (rng.random(500) < 0.5).astype(float)
    reading = Reading(columns=(ColumnReading(name="code", kind="category"),))
    encoding, matrix = fit_encoding(frame, reading, target, seed=0)
    in_sample = np.corrcoef(encoding.transform(frame)[:, 0], target)[0, 1]
    out_of_fold = np.corrcoef(matrix[:, 0], target)[0, 1]
    assert in_sample > 0.4
    assert abs(out_of_fold) < 0.15


def test_folds_share_outcomes_and_keep_groups_together() -> None:
    target = np.array([1.0] * 20 + [0.0] * 80)
    folds = folds_of(target, 5, 0)
    assert [int(target[folds == fold].sum()) for fold in range(5)] == [4] * 5
    groups = np.repeat(np.arange(10), 10)
    grouped = folds_of(target, 5, 0, groups)
    assert all(len(set(grouped[groups == group])) == 1 for group in range(10))
    assert base_rate(target) == pytest.approx(20.5 / 101)


def test_an_unseen_category_is_the_average_and_is_counted() -> None:
    frame = _FRAME.head(3).with_columns(source=pl.Series(["never seen", None, "Web"]))
    place = [item.name for item in _ENCODING.inputs].index("source: conversion so far")
    matrix = _ENCODING.transform(frame)
    assert matrix[0, place] == 0.0
    assert np.isnan(matrix[1, place])
    assert _ENCODING.unseen(frame) == {"source": 1}
    assert _ENCODING.known(frame)[:, _ENCODING.columns.index("source")].tolist() == [False, False, True]


def test_case_and_spaces_do_not_make_a_new_category() -> None:
    one, other = (
        _ENCODING.transform(_FRAME.head(1).with_columns(source=pl.lit(text))) for text in ("Web", " WEB ")
    )
    assert np.array_equal(_bits(one), _bits(other))


@pytest.mark.parametrize(
    ("values", "apart"),
    [
        ([0, 1, 2, 5, 12, 999], (999.0,)),
        ([-1, *range(1, 50)], ()),
        ([-999, 10, 20, 30, 40], (-999.0,)),
        ([1, 2, 3, 4, 5, 6], ()),
        ([20, 30, 45, 150], ()),
    ],
)
def test_codes_far_outside(values: list[int], apart: tuple[float, ...]) -> None:
    distinct = np.array(sorted(values), dtype=float)
    assert codes_apart(distinct, np.full(len(distinct), 30)) == apart


def test_a_monotone_column_has_its_one_input() -> None:
    encoding, _ = fit_encoding(_FRAME, _READING, _TARGET, seed=0, monotone={"size": 1, "seen": -1})
    of_size = [item for item in encoding.inputs if encoding.columns[item.origin] == "size"]
    assert [(item.name, item.monotone) for item in of_size] == [("size", 1)]
    of_seen = [item for item in encoding.inputs if encoding.columns[item.origin] == "seen"]
    # a later date is a smaller age: lower with the date is higher with the age
    assert [(item.name, item.monotone) for item in of_seen] == [("seen: age in days", 1)]
    assert "days from seen to left" not in {item.name for item in encoding.inputs}


@pytest.mark.parametrize("name", ["source", "say", "nowhere"])
def test_only_what_has_an_order_can_be_monotone(name: str) -> None:
    with pytest.raises(InputError, match=name):
        fit_encoding(_FRAME, _READING, _TARGET, seed=0, monotone={name: 1})


def test_levels_are_shown_as_people_spell_them() -> None:
    frame = pl.DataFrame({"source": ["Web", "web ", "Web", "Fair", "Ads"] * 30})
    reading = Reading(columns=(ColumnReading(name="source", kind="category"),))
    encoding, _ = fit_encoding(frame, reading, np.array([0.0, 1.0] * 75), seed=0)
    assert [item.name for item in encoding.inputs][1:] == ["source is Web", "source is Ads", "source is Fair"]


def test_dates_are_not_drawn_on_beyond_what_was_seen() -> None:
    place = [item.name for item in _ENCODING.inputs].index("seen: age in days")
    late, early = (
        _FRAME.head(1).with_columns(seen=pl.lit(moment))
        for moment in (datetime(2090, 1, 1), datetime(1950, 1, 1))
    )
    assert _ENCODING.transform(late)[0, place] == 0.0
    assert _ENCODING.transform(early)[0, place] == pytest.approx(_MATRIX[:, place].max())


def test_constant_and_empty_columns_give_no_inputs() -> None:
    frame = pl.DataFrame(
        {"a": [1.0] * 40, "b": [None] * 40, "c": [1.0, 2.0] * 20}, schema_overrides={"b": pl.Float64}
    )
    reading = Reading(columns=tuple(ColumnReading(name=name, kind="number") for name in "abc"))
    encoding, matrix = fit_encoding(frame, reading, np.array([0.0, 1.0] * 20), seed=0)
    assert encoding.columns == ("c",)
    assert matrix.shape == (40, 1)


def test_a_wide_table_does_not_explode() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {f"n{index}": rng.integers(0, 5, 60).astype(float) for index in range(400)}
        | {f"c{index}": rng.choice(["a", "b", "c", "d"], 60) for index in range(400)}
    )
    reading = infer_reading(frame)
    encoding, matrix = fit_encoding(frame, reading, (rng.random(60) < 0.5).astype(float), seed=0)
    assert matrix.shape[1] == len(encoding.inputs) <= 900


def test_ten_thousand_levels_and_hostile_values() -> None:
    frame = pl.DataFrame(
        {
            "level": [f"level {index}" for index in range(10_000)] * 2,
            "huge": [1e308, -1e308, None, 0.0] * 5_000,
            "face": ["😀", "a" * 5_000, "", "é"] * 5_000,
        }
    )
    reading = Reading(
        columns=(
            ColumnReading(name="level", kind="category"),
            ColumnReading(name="huge", kind="number"),
            ColumnReading(name="face", kind="category"),
        )
    )
    read = reading.read(frame).frame
    encoding, matrix = fit_encoding(read, reading, np.array([0.0, 1.0] * 10_000), seed=0)
    assert not np.isinf(matrix).any()
    one = encoding.transform_one(reading.read_one(frame.row(1, named=True)))
    assert np.array_equal(_bits(one), _bits(encoding.transform(read.slice(1, 1))[0]))
