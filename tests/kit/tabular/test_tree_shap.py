"""Exact Shapley values of trees: against all subsets, and against the libraries that grew the trees."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from galena.kit.tabular import tree_shap
from galena.kit.tabular.tree_shap import quadrature
from galena.kit.tabular.trees import Trees, TreesError

INPUTS = 4


def grown(seed: int, trees: int = 2, depth: int = 4, inputs: int = INPUTS) -> Trees:
    """Random trees: inputs asked again on a path, children without training rows, missing values both ways."""
    rng = np.random.default_rng(seed)
    rows: list[list[float]] = []
    roots = []

    def add(level: int, cover: float) -> int:
        at = len(rows)
        rows.append([-1, 0, -1, -1, 0, rng.normal(), cover])
        if level < depth and (level == 0 or rng.random() < 0.8):
            share = 0.0 if rng.random() < 0.05 else rng.uniform(0.05, 0.95)
            rows[at][:2] = [rng.integers(inputs), rng.normal() * 0.7]
            rows[at][4] = rng.random() < 0.5
            rows[at][2] = add(level + 1, cover * share)
            rows[at][3] = add(level + 1, cover * (1 - share))
        return at

    for _ in range(trees):
        roots.append(add(0, 100.0))
    feature, threshold, left, right, missing, value, cover = np.array(rows).T
    return Trees(
        feature.astype(np.int32),
        threshold,
        left.astype(np.int32),
        right.astype(np.int32),
        missing > 0,
        value,
        cover,
        np.array(roots, dtype=np.int32),
        0.25,
    )


def some_rows(seed: int, rows: int, inputs: int = INPUTS) -> NDArray[np.float32]:
    """Random rows with missing and infinite values."""
    rng = np.random.default_rng(seed + 1)
    x = rng.normal(size=(rows, inputs)).astype(np.float32)
    x[rng.random(x.shape) < 0.15] = np.nan
    x[rng.random(x.shape) < 0.03] = np.inf
    return x


def worth(trees: Trees, x: NDArray[np.float32], known: set[int], players: NDArray[np.int32]) -> float:
    """The game as it is defined: known players' nodes are taken as the lead goes, others both ways by cover."""

    def walk(node: int) -> float:
        if trees.feature[node] < 0:
            return float(trees.value[node])
        left, right = trees.left[node], trees.right[node]
        if int(players[trees.feature[node]]) in known:
            given = x[trees.feature[node]]
            goes_left = trees.missing_left[node] if np.isnan(given) else given <= trees.threshold[node]
            return walk(left if goes_left else right)
        total = trees.cover[node]
        share = trees.cover[left] / total if total > 0 else 0.5
        return share * walk(left) + (1 - share) * walk(right)

    return trees.base + sum(walk(root) for root in trees.roots)


def by_subsets(trees: Trees, x: NDArray[np.float32], players: NDArray[np.int32]) -> list[float]:
    """Shapley's formula, subset by subset."""
    count = int(players.max()) + 1
    found = []
    for player in range(count):
        others = [other for other in range(count) if other != player]
        total = 0.0
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for subset in combinations(others, size):
                with_player = worth(trees, x, {*subset, player}, players)
                total += weight * (with_player - worth(trees, x, set(subset), players))
        found.append(total)
    return found


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_equals_the_sum_over_all_subsets(seed: int) -> None:
    trees, x = grown(seed), some_rows(seed, 2)
    players = np.arange(INPUTS, dtype=np.int32)
    found, expected = trees.contributions(x)
    assert expected == pytest.approx(worth(trees, x[0], set(), players), abs=1e-7)
    for row in range(2):
        assert found[row] == pytest.approx(by_subsets(trees, x[row], players), abs=1e-7)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_inputs_of_one_player_are_explained_together(seed: int) -> None:
    trees, x = grown(seed), some_rows(seed, 1)
    players = np.array([1, 0, 1, 2], dtype=np.int32)
    found, _ = trees.contributions(x, players=players)
    assert found[0] == pytest.approx(by_subsets(trees, x[0], players), abs=1e-7)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.integers(1, 14))
def test_contributions_sum_to_the_prediction(seed: int, depth: int) -> None:
    trees = grown(seed, trees=3, depth=min(depth, 9), inputs=12)
    x = some_rows(seed, 40, 12)
    found, expected = trees.contributions(x)
    assert np.abs(found.sum(axis=1) + expected - trees.raw(x)).max() < 1e-11
    one = np.array([trees.contributions(x[at : at + 1])[0][0] for at in range(5)])
    assert np.abs(one - found[:5]).max() < 1e-12
    two_threads, _ = trees.contributions(np.tile(x, (30, 1)), threads=2)
    assert np.array_equal(two_threads[:40], trees.contributions(np.tile(x, (30, 1)))[0][:40])


def test_a_path_through_many_players() -> None:
    """Thirty different inputs on one path: a polynomial of degree 29, exact with 15 points."""
    inputs = 30
    nodes = 2 * inputs + 1
    feature, left, right = (np.full(nodes, -1, dtype=np.int32) for _ in range(3))
    inner = np.arange(inputs) * 2
    feature[inner], left[inner], right[inner] = np.arange(inputs), inner + 1, inner + 2
    value = np.random.default_rng(3).normal(size=nodes)
    cover = np.ones(nodes)
    for at in inner[::-1]:
        cover[at] = cover[at + 1] + cover[at + 2]
    roots = np.zeros(1, dtype=np.int32)
    trees = Trees(feature, np.zeros(nodes), left, right, np.ones(nodes, dtype=bool), value, cover, roots, 0.0)
    x = np.random.default_rng(4).normal(size=(9, inputs)).astype(np.float32)
    found, expected = trees.contributions(x)
    one, _ = trees.contributions(x[:1])
    assert np.abs(found.sum(axis=1) + expected - trees.raw(x)).max() < 1e-12
    assert np.abs(one[0] - found[0]).max() < 1e-13


def test_quadrature_is_exact_for_polynomials() -> None:
    """k points integrate t^(2k-1) over [0, 1] to 1 / 2k."""
    at, weight = quadrature(8)
    for count in range(1, 9):
        assert weight[count] @ at[count] ** (2 * count - 1) == pytest.approx(1 / (2 * count), abs=1e-14)


def test_a_tree_of_one_leaf_contributes_nothing() -> None:
    none = np.full(1, -1, dtype=np.int32)
    trees = Trees(
        none, np.zeros(1), none, none, np.zeros(1, dtype=bool), np.array([2.0]), np.ones(1), none + 1, 1.0
    )
    found, expected = trees.contributions(np.zeros((9, 3), dtype=np.float32))
    assert expected == 3.0
    assert found.shape == (9, 3)
    assert not found.any()
    assert trees.raw(np.zeros((9, 3), dtype=np.float32)).tolist() == [3.0] * 9


def test_rows_with_too_few_inputs_are_refused() -> None:
    with pytest.raises(TreesError, match="inputs"):
        grown(1).contributions(np.zeros((2, 1), dtype=np.float32))


def test_one_row_of_a_large_ensemble_is_shared_out_among_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_shap, "SHARED_NODES", 10)
    trees, x = grown(5, trees=7), some_rows(5, 1)
    alone, _ = trees.contributions(x)
    for threads in (2, 3, 20):
        shared, _ = trees.contributions(x, threads=threads)
        assert np.abs(shared - alone).max() < 1e-12
