"""How members are weighed: arithmetic that can be redone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from galena.engines.learning.blend import (
    FLOOR,
    Blend,
    best_effort,
    blend_without_evidence,
    fit_blend,
    line_of,
    mean_loss,
    onto_simplex,
    shares_of,
)


def told(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """True log-odds and outcomes drawn by them."""
    draw = np.random.default_rng(seed)
    z = draw.normal(-0.5, 1.5, rows)
    return z, (draw.random(rows) < 1 / (1 + np.exp(-z))).astype(float)


@settings(deadline=None)
@given(
    values=arrays(np.float64, st.integers(1, 8), elements=st.floats(-5, 5)),
    floor=st.floats(0, 0.12),
)
def test_shares_sum_to_one_above_the_floor(values, floor):
    found = onto_simplex(values, floor)
    assert found.sum() == pytest.approx(1)
    assert (found >= floor - 1e-12).all()


def test_a_point_with_room_is_its_own_projection():
    assert onto_simplex(np.array([0.5, 0.3, 0.2]), 0.05) == pytest.approx([0.5, 0.3, 0.2])
    # 0.9 + 0.1 + 0 with a floor of 0.1: the third rises by 0.1, the others give 0.05 each, the second stops at 0.1
    assert onto_simplex(np.array([0.9, 0.1, 0.0]), 0.1) == pytest.approx([0.8, 0.1, 0.1])


def test_the_better_member_counts_more_and_none_is_lost():
    z, y = told(4_000)
    draw = np.random.default_rng(1)
    member_z = np.column_stack([z, 0.1 * draw.normal(size=len(z)) + y.mean(), -z])
    shares = shares_of(member_z, y)
    assert shares[0] == pytest.approx(1 - 2 * FLOOR, abs=1e-6)
    assert shares[1:] == pytest.approx([FLOOR, FLOOR], abs=1e-6)


def test_little_evidence_leaves_shares_nearly_equal():
    z, y = told(20)
    shares = shares_of(np.column_stack([z, z + np.random.default_rng(2).normal(0, 1, 20)]), y)
    assert abs(shares[0] - 0.5) < 0.15


def test_members_that_agree_share_equally():
    z, y = told(200)
    assert shares_of(np.column_stack([z, z, z]), y) == pytest.approx([1 / 3] * 3)


def test_a_line_undoes_a_change_of_scale():
    z, y = told(20_000)
    slope, intercept = line_of((z - 3) / 10, y)
    assert slope == pytest.approx(10, rel=0.05)
    assert intercept == pytest.approx(3, abs=0.15)


def test_a_line_never_falls():
    z, y = told(2_000)
    slope, intercept = line_of(-z, y)
    assert slope >= 0
    assert 1 / (1 + np.exp(-intercept)) == pytest.approx(y.mean(), abs=0.02)


def test_the_best_effort_is_the_one_of_least_loss():
    z, y = told(2_000)
    path = np.stack([0.2 * z, z, 3 * z])
    assert best_effort(path, y) == 1
    assert mean_loss(path[1], y) < mean_loss(path[0], y)


def test_a_blend_of_lines_is_what_its_parts_say():
    z, y = told(3_000)
    paths = [np.stack([0.5 * z, z]), (z / 5)[None, :]]
    blend = fit_blend(paths, y)
    by_hand = sum(
        weight * (intercept + slope * path[effort])
        for weight, intercept, slope, path, effort in zip(
            blend.weights, blend.intercepts, blend.slopes, paths, blend.efforts, strict=True
        )
    )
    assert blend.z(paths) == pytest.approx(by_hand)
    assert blend.weights.sum() == pytest.approx(1)


def test_without_evidence_all_count_alike():
    blend = blend_without_evidence([np.zeros((3, 5)), np.ones((1, 5))])
    assert isinstance(blend, Blend)
    assert blend.weights.tolist() == [0.5, 0.5]
    assert blend.efforts == (1, 0)
    assert blend.z([np.zeros((3, 5)), np.ones((1, 5))]).tolist() == [0.5] * 5
