"""Trees as flat arrays: how rows go, and which arrays are refused."""

from dataclasses import replace

import numpy as np
import pytest

from galena.kit.tabular.trees import Trees, TreesError, joined, rounded_down

NAN = float("nan")


def stump(threshold: float = 0.5, missing_left: bool = True) -> Trees:
    """One question about input 1; -1 on the left, 2 on the right, over a base of 10."""
    return Trees(
        np.array([1, -1, -1], dtype=np.int32),
        np.array([threshold, 0, 0]),
        np.array([2, -1, -1], dtype=np.int32),
        np.array([1, -1, -1], dtype=np.int32),
        np.array([missing_left, False, False]),
        np.array([0.0, 2.0, -1.0]),
        np.array([4.0, 1.0, 3.0]),
        np.array([0], dtype=np.int32),
        10.0,
    )


def rows(*values: float) -> np.ndarray:
    return np.array([[0, value] for value in values], dtype=np.float32)


def test_at_or_below_goes_left_and_missing_where_the_node_says() -> None:
    x = rows(0.4, 0.5, 0.6, NAN, float("inf"), float("-inf"))
    assert stump().raw(x).tolist() == [9, 9, 12, 9, 12, 9]
    assert stump(missing_left=False).raw(x).tolist() == [9, 9, 12, 12, 12, 9]
    assert [stump().raw_one(row) for row in x] == [9, 9, 12, 9, 12, 9]


def test_the_expected_value_is_the_mean_over_cover() -> None:
    """10 + (3 x -1 + 1 x 2) / 4 = 9.75; and of two such trees, -0.25 twice."""
    assert stump().expected == 9.75
    assert joined([stump(), stump()], 1.0).expected == 0.5
    assert joined([stump(), stump()], 1.0).raw(rows(0.4)).tolist() == [-1.0]


def test_rounding_a_threshold_down_changes_no_decision() -> None:
    thresholds = np.array([0.1, -0.1, 1e-300, 1e300, -1e300, 16777217.0, 0.5])
    down = rounded_down(thresholds)
    for threshold, low in zip(thresholds, down, strict=True):
        near = np.float32(np.clip(threshold, -3e38, 3e38))
        for x in (np.nextafter(near, np.float32(-np.inf)), near, np.nextafter(near, np.float32(np.inf))):
            assert (float(x) <= threshold) == bool(x <= low)


def test_many_rows_on_two_threads_equal_one_by_one() -> None:
    x = np.random.default_rng(0).normal(size=(5000, 2)).astype(np.float32)
    assert np.array_equal(stump().raw(x, threads=2), [stump().raw_one(row) for row in x])


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"left": np.array([7, -1, -1], dtype=np.int32)}, "does not exist"),
        ({"left": np.array([-5, -1, -1], dtype=np.int32)}, "does not exist"),
        ({"left": np.array([1, -1, -1], dtype=np.int32)}, "two ways"),
        ({"left": np.array([0, -1, -1], dtype=np.int32)}, "two ways"),
        ({"value": np.zeros(2)}, "different lengths"),
        ({"value": np.array([0, NAN, 1])}, "not a number"),
        ({"value": np.array([0, np.inf, 1])}, "not a number"),
        ({"threshold": np.array([NAN, 0, 0])}, "not a number"),
        ({"cover": np.array([1, -1, 2.0])}, "negative"),
        ({"roots": np.zeros(0, dtype=np.int32), "feature": np.zeros(0, dtype=np.int32)}, "different lengths"),
        ({"base": NAN}, "not a number"),
    ],
)
def test_arrays_that_are_no_trees_are_refused(change: dict[str, object], what: str) -> None:
    with pytest.raises(TreesError, match=what):
        _ = replace(stump(), **change).packed  # type: ignore[arg-type]


def test_a_tree_too_deep_is_refused() -> None:
    inner = np.arange(70)
    feature = np.array([0 if at % 2 == 0 and at < 140 else -1 for at in range(141)], dtype=np.int32)
    left = np.where(feature == 0, np.arange(141) + 1, -1).astype(np.int32)
    right = np.where(feature == 0, np.arange(141) + 2, -1).astype(np.int32)
    zeros, roots = np.zeros(141), np.zeros(1, dtype=np.int32)
    trees = Trees(feature, zeros, left, right, zeros > 0, zeros, zeros + 1, roots, 0.0)
    assert len(inner) == (feature == 0).sum()
    with pytest.raises(TreesError, match="too deep"):
        _ = trees.packed
