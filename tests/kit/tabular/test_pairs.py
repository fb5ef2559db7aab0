"""Pairs of categories: found where there is an interaction, computed and explained by table and by lead alike."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galena.kit.tabular.additive import Additive
from galena.kit.tabular.artefact import load, save
from galena.kit.tabular.calibration import Calibrator
from galena.kit.tabular.encoding import Encoding, Input
from galena.kit.tabular.fit_encoding import fit_encoding
from galena.kit.tabular.infer import infer_reading
from galena.kit.tabular.model import Member, ModelError, TabularModel
from galena.kit.tabular.pairs import PairPart
from galena.kit.tabular.reading import Reading

ROWS = 3_000


def table(effect: float, seed: int = 0) -> tuple[pl.DataFrame, np.ndarray]:
    """Sources, places and a yes/no; the outcome depends on source and place together, by `effect`."""
    draw = np.random.default_rng(seed)
    source, place, member = (draw.integers(0, levels, ROWS) for levels in (4, 5, 2))
    together = np.random.default_rng(1).normal(size=(4, 5))
    z = effect * together[source, place] + 0.5 * (source == 1) - 0.5
    frame = pl.DataFrame(
        {
            "source": pl.Series([("Fair", "Web", "Phone", None)[at] for at in source]),
            "place": pl.Series([f"Place {at}" for at in place]),
            "member": pl.Series(["yes" if at else "no" for at in member]),
        }
    )
    return frame, (draw.random(ROWS) < 1 / (1 + np.exp(-z))).astype(float)


def encoded(frame: pl.DataFrame, target: np.ndarray) -> tuple[Reading, Encoding, np.ndarray]:
    reading = infer_reading(frame)
    encoding, matrix = fit_encoding(reading.read(frame).frame, reading, target, seed=0)
    return reading, encoding, matrix


def test_two_columns_that_interact_get_an_input():
    frame, target = table(1.0)
    _, encoding, matrix = encoded(frame, target)
    assert encoding.pairs in ((("source", "place"),), (("place", "source"),))
    last = encoding.inputs[-1]
    assert {encoding.columns[last.origin], encoding.columns[last.other]} == {"source", "place"}
    assert np.corrcoef(matrix[:, -1], target)[0, 1] > 0.15


@pytest.mark.parametrize("seed", range(4))
def test_columns_that_do_not_interact_get_none(seed):
    frame, target = table(0.0, seed=seed)
    assert encoded(frame, target)[1].pairs == ()


def test_pairs_given_are_fitted_without_looking():
    frame, target = table(0.0)
    reading = infer_reading(frame)
    typed = reading.read(frame).frame
    encoding, _ = fit_encoding(
        typed, reading, target, seed=0, pairs=[("place", "member"), ("gone", "member")]
    )
    assert encoding.pairs == (("place", "member"),)


def test_the_number_is_what_is_left_over_in_the_cell():
    part = PairPart(
        column="a",
        other="b",
        levels=("x",),
        other_levels=("true", "false"),
        table=((1_000_000, 2_000_000, 0, 500_000), (0, 0, 0, 0), (3_000_000, 0, 0, 0)),
    )
    frame = pl.DataFrame({"a": ["X", "x", "x", "other", None], "b": [True, False, None, True, True]})
    found = np.zeros((5, 1), dtype=np.float32)
    part.fill(frame, found)
    assert found[:, 0].tolist() == [1.0, 2.0, 0.5, 0.0, 3.0]
    one = part.one()
    assert [one(row)[0] for row in frame.iter_rows(named=True)] == found[:, 0].tolist()


@settings(max_examples=50, deadline=None)
@given(
    source=st.sampled_from(["Fair", "WEB", "web ", "never seen", "", None]),
    place=st.sampled_from(["Place 0", "place 3", "elsewhere", None]),
    member=st.sampled_from(["yes", "no", "?", None]),
)
def test_a_lead_and_a_table_agree(source, place, member):
    reading, encoding, _ = _interacting()
    row = {"source": source, "place": place, "member": member}
    frame = pl.DataFrame({name: pl.Series([value], dtype=pl.String) for name, value in row.items()})
    by_table = encoding.transform(reading.read(frame).frame)[0]
    by_lead = encoding.transform_one(reading.read_one(row))
    assert np.array_equal(by_table, by_lead, equal_nan=True)


def test_it_survives_json():
    _, encoding, _ = _interacting()
    assert Encoding.model_validate_json(encoding.model_dump_json()) == encoding


def test_what_an_input_of_two_columns_adds_is_halved_between_them(tmp_path):
    """One curve on the pair's number, one on `member`: points by hand, and the same from a saved model."""
    reading, encoding, matrix = _interacting()
    pair = len(encoding.inputs) - 1
    other = next(at for at, each in enumerate(encoding.inputs) if each.name.startswith("member"))
    curve = (np.array([-2.0, 2.0]), np.array([-2.0, 2.0]))  # the identity
    curves = Additive.of_curves([curve, curve], np.zeros(2), 0.0, matrix[:, [other, pair]])
    inputs = np.array([other, pair], dtype=np.int32)
    model = TabularModel(
        reading=reading,
        encoding=encoding,
        members=(Member("curves", "additive", curves, inputs, 1.0, 0.0),),
        weights=np.ones(1),
        calibrator=Calibrator.identity(),
        base_rate=0.3,
        usable_signal=True,
        importance=np.array([0.5, 0.3, 0.2]),
    )
    frame = table(1.0)[0].head(50)
    found = model.explain(frame)
    by_name = dict(zip(found.columns, found.points.T, strict=True))
    assert np.abs(by_name["source"]).max() > 1
    assert np.allclose(by_name["source"], by_name["place"], atol=1e-12)
    x = encoding.transform(reading.read(frame).frame)[:, inputs].astype(float)
    away = x - matrix[:, inputs].mean(axis=0, dtype=float)
    ratio = 100 * model.calibrator.secant(x.sum(1), model.base_log_odds)
    assert np.allclose(by_name["source"], away[:, 1] / 2 * ratio, atol=1e-4)
    assert np.allclose(by_name["member"], away[:, 0] * ratio, atol=1e-4)
    total = found.base_points + found.points.sum(axis=1)
    assert np.allclose(total, 100 * found.predictions.probability, atol=1e-9)

    save(model, tmp_path / "model", {})
    again = load(tmp_path / "model")
    assert np.array_equal(again.explain(frame).points, found.points)
    for row, points in zip(frame.iter_rows(named=True), found.points, strict=True):
        assert np.allclose(again.explain_one(row).points, points, atol=1e-9)


def test_an_input_written_before_there_were_pairs_is_read():
    given = {"name": "source: conversion so far", "origin": 0, "use": ["trees"]}
    assert Input.model_validate(given).other is None


def test_a_pair_of_a_column_that_is_not_there_is_refused():
    reading, encoding, _ = _interacting()
    broken = encoding.inputs[-1].model_copy(update={"other": 9})
    with pytest.raises(ModelError, match="comes from no column"):
        TabularModel(
            reading=reading,
            encoding=encoding.model_copy(update={"inputs": (*encoding.inputs[:-1], broken)}),
            members=(),
            weights=np.zeros(0),
            calibrator=Calibrator.identity(),
            base_rate=0.3,
            usable_signal=False,
            importance=np.zeros(3),
        )


def test_rows_of_one_group_are_one_piece_of_evidence():
    """Forty leads, each written down fifty times, look like an interaction unless one knows that they are copies."""
    frame, target = table(0.0)
    copies = np.repeat(np.arange(40), 50)
    frame, target = frame[copies], target[copies]
    reading = infer_reading(frame)
    encoding, _ = fit_encoding(reading.read(frame).frame, reading, target, seed=0, groups=copies)
    assert encoding.pairs == ()


def test_what_a_number_says_is_not_said_again_by_a_pair():
    """Two categories that are the tens and ones of a number: together they name it, but the number is there."""
    draw = np.random.default_rng(0)
    number = draw.integers(0, 36, ROWS)
    frame = pl.DataFrame(
        {
            "number": number.astype(float),
            "tens": [f"t{at // 6}" for at in number],
            "ones": [f"o{at % 6}" for at in number],
        }
    )
    target = (draw.random(ROWS) < np.where(number < 18, 0.2, 0.5)).astype(float)
    assert encoded(frame, target)[1].pairs == ()


_KEPT: list[tuple[Reading, Encoding, np.ndarray]] = []


def _interacting() -> tuple[Reading, Encoding, np.ndarray]:
    if not _KEPT:
        _KEPT.append(encoded(*table(1.0)))
    return _KEPT[0]
