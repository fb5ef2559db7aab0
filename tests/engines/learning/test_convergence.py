"""Fits that Newton's whole steps would miss: rare outcomes and far-out values, against scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from galena.engines.learning.blend import line_of
from galena.engines.learning.members.additive import PENALTIES, ridge_path

ROWS = 4_000


@pytest.fixture
def rare() -> tuple[np.ndarray, np.ndarray]:
    """Two columns and what bends them; 3 % positives, nearly told by the first."""
    draw = np.random.default_rng(4)
    first = np.maximum(draw.normal(835, 480, ROWS), 0)
    columns = [first, draw.normal(33e3, 13e3, ROWS), first**2, np.maximum(first - 1800, 0)]
    x = np.column_stack(columns)
    y = (draw.random(ROWS) < 1 / (1 + np.exp(10.6 - 0.0055 * first))).astype(float)
    return ((x - x.mean(axis=0)) / x.std(axis=0)).astype(np.float32), y


@pytest.mark.parametrize("penalties", [(1.0,), (30.0,), PENALTIES])
def test_curves_settle_from_any_start(rare, penalties):
    x, y = rare
    bias, slopes = ridge_path(x, y, None, penalties, np.zeros(x.shape[1], dtype=np.int8))[-1]
    peer = LogisticRegression(C=1 / penalties[-1], tol=1e-9, max_iter=2_000).fit(x, y)
    assert bias == pytest.approx(peer.intercept_[0], abs=5e-3)
    assert slopes == pytest.approx(peer.coef_[0], abs=5e-3)


def test_a_line_through_probabilities_of_rare_outcomes_settles():
    raw = np.random.default_rng(0).beta(0.05, 1.5, ROWS)
    y = (np.random.default_rng(1).random(ROWS) < raw).astype(float)
    slope, _ = line_of(raw, y)
    peer = LogisticRegression(C=1e6).fit(raw[:, None], y).coef_[0, 0]
    assert slope == pytest.approx(peer, rel=0.02)
