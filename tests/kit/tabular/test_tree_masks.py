"""Many rows through trees at once: bit for bit what each row finds on its own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from galena.kit.tabular.tree_masks import EXITS, keys_of
from galena.kit.tabular.trees import Trees

NAN, INF = float("nan"), float("inf")
EDGES = np.array([NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 1e-45, -1e-45, 3.4e38, -3.4e38], dtype=np.float32)


def grown(seed: int, trees: int, depth: int, stop: float) -> Trees:
    """Random trees over four inputs, whose thresholds are values that the rows have, too."""
    rng = np.random.default_rng(seed)
    rows: list[list[float]] = []

    def add(level: int) -> int:
        at = len(rows)
        rows.append([-1, 0, -1, -1, 0, rng.normal(), rng.uniform(0, 9)])
        if level < depth and rng.random() > stop:
            threshold = rng.choice([0.0, -0.0, 0.5, -1.0, INF, -INF, 1e-300, 1e300, rng.normal()])
            rows[at][:2] = [rng.integers(4), threshold]
            rows[at][4] = rng.random() < 0.5
            rows[at][2], rows[at][3] = add(level + 1), add(level + 1)
        return at

    roots = [add(0) for _ in range(trees)]
    return trees_of(rows, roots)


def trees_of(rows: list[list[float]], roots: list[int]) -> Trees:
    feature, threshold, left, right, missing, value, cover = np.array(rows).T
    whole = (feature.astype(np.int32), left.astype(np.int32), right.astype(np.int32))
    return Trees(
        whole[0], threshold, whole[1], whole[2], missing > 0, value, cover, np.array(roots, np.int32), 0.1
    )


def some_rows(seed: int, count: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 4)).round(1).astype(np.float32)
    edge = rng.random(x.shape) < 0.3
    x[edge] = rng.choice(EDGES, int(edge.sum()))
    return x


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 9), st.sampled_from([0.0, 0.15, 0.4]))
def test_rows_together_equal_rows_alone(seed: int, depth: int, stop: float) -> None:
    """Heads of a whole tree, and heads that rows walk on from (more than 64 leaves)."""
    trees, x = grown(seed, 3, depth, stop), some_rows(seed, 300)
    assert trees.raw(x).tolist() == [trees.raw_one(row) for row in x]
    assert trees.raw(x[:20]).tolist() == trees.raw(x[:3]).tolist() + trees.raw(x)[3:20].tolist()


def test_questions_that_are_the_same_are_put_once() -> None:
    """A symmetric tree of depth 6: 63 nodes, six questions, 64 exits."""
    rows = [
        [level, 0.1 * level, 2 * at + 1, 2 * at + 2, level % 2, 0, 64 >> level]
        for level in range(6)
        for at in range(2**level - 1, 2 ** (level + 1) - 1)
    ]
    rows += [[-1, 0, -1, -1, 0, leaf, 1] for leaf in range(64)]
    trees = trees_of([[*map(float, row)] for row in rows], [0])
    assert len(trees.masked.masks) == 6
    assert len(trees.masked.exits) == EXITS
    x = np.random.default_rng(0).normal(size=(500, 6)).astype(np.float32)
    bits = (x > 0.1 * np.arange(6)).astype(int)
    assert trees.raw(x).tolist() == (bits @ (1 << np.arange(6)[::-1]) + 0.1).tolist()


def test_keys_have_the_order_of_the_numbers() -> None:
    ordered = np.array([-INF, -3.4e38, -1.0, -1e-45, 0.0, 1e-45, 1.0, 3.4e38, INF, NAN], dtype=np.float32)
    keys = keys_of(ordered)
    assert (np.diff(keys.astype(np.int64)) > 0).all()
    assert keys_of(np.array([-0.0], dtype=np.float32))[0] == keys[4] == 0


def test_trees_of_one_leaf() -> None:
    trees = trees_of([[-1, 0, -1, -1, 0, 2.5, 1], [-1, 0, -1, -1, 0, 1.0, 1]], [0, 1])
    assert trees.raw(np.zeros((40, 1), dtype=np.float32)) == pytest.approx(np.full(40, 3.6))
