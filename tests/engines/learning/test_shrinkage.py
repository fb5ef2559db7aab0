"""Thin segments are drawn towards the whole; segments that truly differ keep their own figures."""

import numpy as np
import pytest

from galena.engines.learning.shrinkage import drawn_in, segment_thresholds, segment_weights


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-z)))


def test_by_hand() -> None:
    # 0 and 4, each with variance 1: scatter 8 against 1 expected, so between = (8 - 1) / (2 - 2/2) = 7.
    values, mean, between = drawn_in(np.array([0.0, 4.0]), np.ones(2))
    assert (mean, between) == (2.0, pytest.approx(7.0))
    assert values.tolist() == pytest.approx([2 - 2 * 7 / 8, 2 + 2 * 7 / 8])
    # 0 and 1 with variance 1: no more scatter than chance gives, so both get the mean.
    assert drawn_in(np.array([0.0, 1.0]), np.ones(2))[0].tolist() == [0.5, 0.5]


def _market(seed: int, offsets: dict[str, float], sizes: dict[str, int]):
    draw = np.random.default_rng(seed)
    names = [name for name in offsets for _ in range(sizes[name])]
    z = draw.normal(-1, 1, len(names))
    came = (draw.random(len(names)) < _sigmoid(z + np.array([offsets[name] for name in names]))).astype(float)
    return _sigmoid(z), came, names


def test_thresholds_are_nearer_to_the_truth_than_those_of_each_segment_alone() -> None:
    offsets = {f"s{n}": 0.6 * np.sin(n) for n in range(12)}
    sizes = dict.fromkeys(offsets, 60)
    drawn_off, alone_off = [], []
    for seed in range(25):
        said, came, names = _market(seed, offsets, sizes)
        for each in segment_thresholds(said, came, names, 0.5):
            mine = np.array(names) == each.segment
            own = segment_thresholds(said[mine], came[mine], [each.segment] * int(mine.sum()), 0.5)[0]
            drawn_off.append((each.offset - offsets[each.segment]) ** 2)
            alone_off.append((own.offset - offsets[each.segment]) ** 2)
    assert np.mean(drawn_off) < 0.9 * np.mean(alone_off)


def test_a_segment_that_is_better_than_said_begins_earlier() -> None:
    said, came, names = _market(0, {"a": 1.5, "b": 0.0, "c": -0.2}, {"a": 500, "b": 800, "c": 5})
    found = {each.segment: each for each in segment_thresholds(said, came, [*names[:-1], None], 0.5)}
    assert found["a"].threshold < 0.3 < 0.45 < found["b"].threshold < 0.55
    assert found[""].leads == 5  # what is small or not known is taken together


def test_members_count_by_how_they_did_in_the_segment() -> None:
    draw = np.random.default_rng(0)
    came = (draw.random(800) < 0.3).astype(float)
    good, bad = np.clip(came + draw.normal(0, 0.1, 800), 0, 1), np.full(800, 0.3)
    names = ["a"] * 400 + ["b"] * 400
    first = np.where(np.array(names) == "a", good, bad)
    shares = segment_weights(["one", "two"], np.column_stack([first, bad]), came, names)
    assert shares["a"]["one"] > 0.75
    assert shares["b"]["one"] == pytest.approx(0.5, abs=0.1)
    assert sum(shares["a"].values()) == pytest.approx(1)
