"""Reasons read off a table equal those that are walked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from galena.kit.tabular import shap_tables
from galena.kit.tabular.tree_shap import plan_of
from galena.kit.tabular.trees import Trees

INPUTS = 5
PLAYERS = np.array([1, 0, 1, 2, 2], dtype=np.int32)
"""Three players; a tree may ask one several times."""


def symmetric(seed: int, trees: int = 3) -> Trees:
    """Trees of one question per level, 2 to 6 levels; the same question may come twice."""
    rng = np.random.default_rng(seed)
    rows: list[list[float]] = []
    roots = []

    def add(asked: list[list[float]], level: int, cover: float) -> int:
        at = len(rows)
        rows.append([-1, 0, -1, -1, 0, rng.normal(), cover])
        if level < len(asked):
            share = rng.uniform(0.05, 0.95)
            left, right = (add(asked, level + 1, cover * part) for part in (share, 1 - share))
            rows[at][:5] = [*asked[level][:2], left, right, asked[level][2]]
        return at

    for _ in range(trees):
        asked = [
            [rng.integers(INPUTS), rng.normal() * 0.5, rng.integers(2)] for _ in range(rng.integers(2, 6))
        ]
        roots.append(add([*asked, asked[0]], 0, 50.0))
    feature, threshold, left, right, missing, value, cover = np.array(rows).T
    kids = (left.astype(np.int32), right.astype(np.int32))
    return Trees(
        feature.astype(np.int32), threshold, *kids, missing > 0, value, cover, np.array(roots, np.int32), 0.5
    )


def some_rows(seed: int, count: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, INPUTS)).astype(np.float32)
    x[rng.random(x.shape) < 0.2] = np.nan
    return x


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_read_off_equals_walked(seed: int) -> None:
    x = some_rows(seed, 40)
    trees = symmetric(seed)
    assert len(plan_of(trees, PLAYERS).tabled.chosen) == 3
    found, expected = trees.contributions(x, players=PLAYERS)
    assert np.abs(found.sum(axis=1) + expected - trees.raw(x)).max() < 1e-12
    one = np.array([trees.contributions(row[None, :], players=PLAYERS)[0][0] for row in x[:9]])
    assert np.array_equal(one, found[:9])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shap_tables, "MOST_QUESTIONS", 0)
        walking = symmetric(seed)
        assert plan_of(walking, PLAYERS).tabled.chosen == []
        assert np.abs(walking.contributions(x, players=PLAYERS)[0] - found).max() < 1e-12


def test_more_rows_than_a_block() -> None:
    trees, x = symmetric(3), some_rows(3, 700)
    found, _ = trees.contributions(x, players=PLAYERS)
    again, _ = trees.contributions(x[300:310], players=PLAYERS)
    assert np.array_equal(again, found[300:310])
