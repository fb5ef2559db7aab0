"""Rules as a member: their points become log-odds, and they lose weight as evidence grows."""

import numpy as np
import pytest

from galena.engines.learning.rules_member import PRIOR_LABELS, cross_fitted, fit_blend, fitted_line, weight_of


def market(
    count: int, seed: int = 0, skill: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Points that say 0.05 per point, a model that knows the truth to `skill`, and outcomes of it."""
    draw = np.random.default_rng(seed)
    points = draw.uniform(0, 100, count)
    other = draw.normal(size=count)
    truth = -2.5 + 0.05 * points + 1.5 * other
    target = (draw.uniform(size=count) < 1 / (1 + np.exp(-truth))).astype(np.float64)
    said = -2.5 + 0.05 * points + 1.5 * skill * other
    return points, 1 / (1 + np.exp(-said)), target, np.arange(count) % 5


def test_the_line_is_the_one_the_outcomes_were_drawn_from() -> None:
    draw = np.random.default_rng(1)
    points = draw.uniform(0, 100, 40_000)
    target = (draw.uniform(size=40_000) < 1 / (1 + np.exp(3 - 0.06 * points))).astype(np.float64)
    line = fitted_line(points, target)
    assert line.slope == pytest.approx(0.06, abs=0.003)
    assert line.intercept == pytest.approx(-3, abs=0.15)


def test_points_that_mislead_tell_next_to_nothing() -> None:
    points = np.repeat([0.0, 100.0], 50)
    line = fitted_line(points, 1 - points / 100)
    assert 0 <= line.slope < 0.01
    assert fitted_line(np.full(60, 12.0), np.arange(60) % 2.0).slope < 0.01


def test_points_that_part_cleanly_keep_a_finite_slope() -> None:
    points = np.repeat([10.0, 90.0], 50)
    assert 0.05 < fitted_line(points, (points > 50).astype(np.float64)).slope < 1


def test_a_lead_is_judged_by_a_line_that_has_not_seen_it() -> None:
    points, _, target, folds = market(500)
    found = cross_fitted(points, target, folds)
    mine = folds == 3
    line = fitted_line(points[~mine], target[~mine])
    assert found[mine] == pytest.approx(line.log_odds(points[mine]))


def test_the_models_share_grows_with_evidence() -> None:
    shares = []
    for count in (60, 300, 3_000, 30_000):
        points, said, target, folds = market(count)
        z_model = np.log(said / (1 - said))
        shares.append(weight_of(cross_fitted(points, target, folds), z_model, target))
    assert shares == sorted(shares)
    assert shares[0] < 0.4 < 0.95 < shares[-1]


def test_evidence_is_counted_by_the_rarer_outcome() -> None:
    z_rules, z_model = np.zeros(1_000), np.r_[np.full(20, 4.0), np.full(980, -4.0)]
    target = np.r_[np.ones(20), np.zeros(980)]
    assert weight_of(z_rules, z_model, target) == pytest.approx(1.0 * 40 / (40 + PRIOR_LABELS))


def test_a_model_that_knows_nothing_has_no_share() -> None:
    points, said, target, folds = market(2_000)
    noise = np.random.default_rng(9).permutation(said)
    blend, judged = fit_blend("won", points, noise, target, folds)
    assert blend.weight < 0.1
    assert _loss(judged.blend, target) < _loss(judged.rules, target) + 0.005


def test_the_blend_of_two_that_know_different_things_beats_both() -> None:
    draw = np.random.default_rng(5)
    a, b = draw.normal(size=(2, 6_000))
    target = (draw.uniform(size=6_000) < 1 / (1 + np.exp(-1.5 * a - 1.5 * b))).astype(np.float64)
    blend, judged = fit_blend("won", 50 + 10 * a, 1 / (1 + np.exp(-b)), target, np.arange(6_000) % 5)
    assert 0.3 < blend.weight < 0.7
    assert _loss(judged.blend, target) < min(_loss(judged.rules, target), _loss(judged.model, target)) - 0.01
    assert blend.labels == 6_000


def test_a_model_without_usable_signal_leaves_it_to_the_rules() -> None:
    points, said, target, folds = market(600)
    blend, judged = fit_blend("won", points, said, target, folds, usable_signal=False)
    assert blend.weight == 0.0
    assert judged.blend == pytest.approx(judged.rules)


def test_a_gain_that_chance_would_make_gives_no_share() -> None:
    draw = np.random.default_rng(2)
    z_rules, target = draw.normal(size=120), (draw.uniform(size=120) < 0.3).astype(np.float64)
    assert weight_of(z_rules, z_rules + draw.normal(size=120) * 0.05, target) == 0.0


def test_a_model_alone_has_all_the_weight() -> None:
    points, said, target, folds = market(300)
    blend, judged = fit_blend("won", points, said, target, folds, rules_have_a_say=False)
    assert blend.weight == 1.0
    assert judged.blend == pytest.approx(said)


def test_the_same_again_gives_the_same() -> None:
    points, said, target, folds = market(800)
    assert (
        fit_blend("won", points, said, target, folds)[0] == fit_blend("won", points, said, target, folds)[0]
    )


def _loss(p: np.ndarray, target: np.ndarray) -> float:
    return float(-np.mean(target * np.log(p) + (1 - target) * np.log(1 - p)))


def test_the_line_rests_on_leads_that_no_fold_judged_too() -> None:
    # Points that say nothing, 30 of 100 won earlier, and two folds in which luck had it otherwise.
    points, folds = np.full(60, 50.0), np.repeat([0, 1], 30)
    target = np.concatenate([np.arange(30) % 2, np.arange(30) % 5 == 0]).astype(np.float64)
    earlier = (np.full(400, 50.0), (np.arange(400) % 10 < 3).astype(np.float64))
    alone, together = (
        1 / (1 + np.exp(-cross_fitted(points, target, folds, more))) for more in (None, earlier)
    )
    # Half of the first fold won and a fifth of the second: each is taken for the other.
    assert (alone[0], alone[-1]) == (pytest.approx(0.2, abs=0.04), pytest.approx(0.5, abs=0.04))
    assert together[0] == pytest.approx((120 + 6) / 430, abs=0.03)
    assert together[-1] == pytest.approx((120 + 15) / 430, abs=0.03)
