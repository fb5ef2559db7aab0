"""The area under the ROC curve: pairs counted one by one, DeLong's variance, strata and groups."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from galena.engines.learning.ranks import area_of, codes_of, null_variance, variance_of


def _table(seed: int, count: int = 40, levels: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    target = (rng.random(count) < 0.4).astype(np.float64)
    target[:4] = [0, 1, 0, 1]
    return target, rng.integers(0, levels, count) / levels + 0.1 * target


@given(st.integers(0, 10_000), st.booleans())
def test_area_equals_scikit_learn(seed: int, weighted: bool) -> None:
    target, score = _table(seed)
    weights = np.random.default_rng(seed).integers(1, 5, len(target)).astype(np.float64) if weighted else None
    found = area_of(target, score, weights=weights)
    assert found.value == pytest.approx(roc_auc_score(target, score, sample_weight=weights), abs=1e-12)
    assert found.influence.sum() == pytest.approx(0, abs=1e-9)


@given(st.integers(0, 10_000))
def test_variance_is_delongs(seed: int) -> None:
    target, score = _table(seed)
    won, lost = score[target == 1], score[target == 0]
    beats = (won[:, None] > lost) + 0.5 * (won[:, None] == lost)
    by_hand = beats.mean(1).var(ddof=1) / len(won) + beats.mean(0).var(ddof=1) / len(lost)
    assert area_of(target, score).variance() == pytest.approx(by_hand, abs=1e-12)


@given(st.integers(0, 10_000))
def test_strata_compare_pairs_of_one_stratum_only(seed: int) -> None:
    target, score = _table(seed)
    strata = np.random.default_rng(seed + 1).integers(0, 4, len(target))
    right = pairs = 0.0
    for won in np.flatnonzero(target == 1):
        for lost in np.flatnonzero(target == 0):
            if strata[won] == strata[lost]:
                pairs += 1
                right += (score[won] > score[lost]) + 0.5 * (score[won] == score[lost])
    found = area_of(target, score, strata=strata)
    assert found.pairs == pairs
    assert found.value == pytest.approx(right / pairs, abs=1e-12)


def test_what_differs_between_strata_only_is_not_knowledge() -> None:
    # The second month wins more often and every lead in it has the higher score: the plain area is flattered.
    target = np.array([0, 0, 0, 1] * 10 + [0, 1, 1, 1] * 10, dtype=np.float64)
    score = np.repeat([0.2, 0.7], 40)
    assert area_of(target, score).value == pytest.approx(0.75)
    assert area_of(target, score, strata=np.repeat([0, 1], 40)).value == 0.5


def test_null_variance_is_that_of_shuffled_outcomes() -> None:
    target, score = _table(3, count=60, levels=6)
    strata = np.arange(60) % 3
    rng = np.random.default_rng(0)
    areas = []
    for _ in range(3000):
        shuffled = target.copy()
        for stratum in range(3):
            inside = np.flatnonzero(strata == stratum)
            shuffled[inside] = rng.permutation(target[inside])
        areas.append(area_of(shuffled, score, strata=strata).value)
    assert null_variance(target, score, strata) == pytest.approx(np.var(areas), rel=0.1)


def test_groups_count_as_one_observation() -> None:
    # Each row three times over: as groups the variance is that of the single rows (but for the factors of n - 1).
    target, score = _table(5, count=200, levels=100)
    once = area_of(target, score).variance()
    thrice = area_of(np.repeat(target, 3), np.repeat(score, 3))
    assert thrice.variance() == pytest.approx(once / 3, rel=0.02)
    assert thrice.variance(np.repeat(np.arange(200), 3)) == pytest.approx(once, rel=0.02)
    assert variance_of(np.array([1.0, -1.0]), np.array([0, 0])) == 0


def test_no_pair_no_area() -> None:
    found = area_of(np.zeros(5), np.arange(5.0))
    assert np.isnan(found.value)
    assert found.pairs == 0
    assert np.isnan(null_variance(np.zeros(5), np.arange(5.0)))


def test_codes() -> None:
    codes = codes_of(np.array(["b", "a", "b"], dtype=object))
    assert codes is not None
    assert codes.tolist() == [0, 1, 0]
    assert codes_of(None) is None
