"""Weak spots: found, weighed, measured."""

import numpy as np
import polars as pl
import pytest

from galena.engines.learning.weak_spots import WeakSpot, measured_gain, weak_spots_of, weights_on


def test_a_segment_the_model_is_wrong_about_is_found_and_weighed() -> None:
    draw = np.random.default_rng(0)
    trade = draw.choice(["roofing", "plumbing", "paving"], 900)
    said = draw.uniform(0.1, 0.4, 900)
    true = np.where(trade == "paving", 0.7, said)
    came = (draw.random(900) < true).astype(float)
    values = pl.DataFrame(
        {"trade": trade, "size": draw.normal(size=900), "name": [f"n{n}" for n in range(900)]}
    )
    (spot,) = weak_spots_of(values, said, came)
    assert (spot.column, spot.value) == ("trade", "paving")
    assert spot.rate > 0.6 > 0.3 > spot.said
    assert spot.sentence.startswith(f"Of {spot.leads} leads whose “trade” is “paving”, ")
    assert WeakSpot.restored(spot.as_dict()) == spot
    weight = weights_on(values, [spot])
    assert weight.mean() == pytest.approx(1)
    assert weight[trade == "paving"].min() == pytest.approx(2 * weight[trade == "roofing"].max())
    assert weights_on(values.drop("trade"), [spot]).tolist() == [1.0] * 900


def test_few_leads_have_no_weak_spots() -> None:
    assert weak_spots_of(pl.DataFrame({"a": ["x"] * 99}), np.full(99, 0.1), np.ones(99)) == ()


def test_more_weight_is_used_where_it_helped() -> None:
    came = np.tile([0.0, 0.0, 0.0, 1.0], 50)
    better, worse = np.where(came, 0.4, 0.2), np.full(200, 0.25)
    assert measured_gain(came, worse, came, better)["used"]
    assert not measured_gain(came, better, came, worse)["used"]
    assert measured_gain(came, worse, came, worse) == {"used": False, "gain": 0.0, "error": 0.0}
    assert measured_gain(came, worse, came[1:], worse[1:])["gain"] is None
