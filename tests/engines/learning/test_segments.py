"""Segments: the weak one comes first, small ones do not cry wolf."""

import numpy as np
import pytest

from galena.engines.learning.segments import segments_of


def test_the_segment_that_is_promised_too_much_leads_the_list() -> None:
    rng = np.random.default_rng(0)
    source = np.array(["web", "fair", None] * 1000, dtype=object)
    probability = rng.uniform(0.1, 0.6, 3000)
    truth = np.where(source == "fair", 0.15, probability)
    target = (rng.random(3000) < truth).astype(np.float64)
    found = segments_of(target, probability, {"source": source})
    assert (found[0].column, found[0].value) == ("source", "fair")
    assert found[0].weak
    assert found[0].gap.value == pytest.approx(0.2, abs=0.03)
    assert found[0].leads == 1000
    assert {each.value for each in found} == {"fair", "web", ""}
    assert not any(each.weak for each in found[1:])
    assert found[0].gain is not None
    assert found[0].gain < 0


def test_calm_segments_call_no_wolf() -> None:
    rng = np.random.default_rng(1)
    probability = rng.uniform(0.05, 0.5, 20_000)
    target = (rng.random(20_000) < probability).astype(np.float64)
    columns = {f"column {number}": rng.integers(0, 10, 20_000).astype(str) for number in range(10)}
    found = segments_of(target, probability, columns)
    assert len(found) == 100
    assert sum(each.weak for each in found) <= 2


def test_many_levels_few_leads_and_one_level_are_left_out() -> None:
    target = np.tile([0.0, 1.0], 50)
    found = segments_of(
        target,
        np.full(100, 0.5),
        {
            "id": np.arange(100).astype(str),
            "same": np.full(100, "x"),
            "rare": np.array(["a"] * 80 + ["b"] * 20),
        },
    )
    assert [(each.column, each.value, each.leads) for each in found] == [("rare", "a", 80)]


def test_a_segment_of_one_outcome_has_no_area() -> None:
    target = np.repeat([0.0, 1.0], 50)
    found = segments_of(target, np.full(100, 0.5), {"half": np.repeat(["a", "b"], 50)})
    assert all(each.auc.value is None and each.gain is None for each in found)
