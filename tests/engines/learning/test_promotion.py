"""Champion and challenger: the better one wins, equal ones seldom, patience never."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from galena.engines.learning.metrics import loss_of
from galena.engines.learning.promotion import Verdict, verdict_on


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-z)))


def _market(seed: int, count: int, noise: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcomes, the champion (who sees the truth through noise) and a challenger who sees it clearly."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(-1, 1.2, count)
    target = (rng.random(count) < _sigmoid(truth)).astype(np.float64)
    return target, _sigmoid(truth + rng.normal(0, noise, count)), _sigmoid(truth)


def _equal(seed: int, count: int) -> Verdict:
    """Both see the truth through noise of the same size."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(-1, 1.2, count)
    target = (rng.random(count) < _sigmoid(truth)).astype(np.float64)
    one, other = (_sigmoid(truth + rng.normal(0, 0.5, count)) for _ in range(2))
    return verdict_on(target, one, other, draws=200, seed=seed)


def test_the_better_model_takes_over() -> None:
    target, champion, challenger = _market(0, 2000, 1.0)
    found = verdict_on(target, champion, challenger)
    assert found.verdict == "better"
    assert found.promote
    assert found.certainty > 0.99
    assert found.difference.low is not None
    assert found.difference.low > 0
    assert found.difference.value == pytest.approx(found.champion_log_loss - found.challenger_log_loss)
    assert found.auc_difference.value is not None
    assert found.auc_difference.value > 0
    assert "it may take over" in found.sentence


def test_the_other_way_round_is_worse() -> None:
    target, champion, challenger = _market(0, 2000, 1.0)
    found = verdict_on(target, challenger, champion)
    assert found.verdict == "worse"
    assert not found.promote
    assert "the champion stays" in found.sentence


def test_certainty_is_the_t_tests_or_less() -> None:
    target, champion, challenger = _market(3, 500, 0.4)
    gained = loss_of(target, champion) - loss_of(target, challenger)
    by_t = 1 - ttest_1samp(gained, 0, alternative="greater").pvalue
    found = verdict_on(target, champion, challenger)
    assert 0.5 <= found.certainty <= by_t + 1e-9
    assert found.certainty == pytest.approx(by_t, abs=0.03)


def test_too_few_leads_decide_nothing() -> None:
    target, champion, challenger = _market(0, 60, 3.0)
    found = verdict_on(target, champion, challenger)
    assert found.verdict == "undecided"
    assert "too few" in found.sentence


def test_equal_predictions_are_undecided() -> None:
    target, champion, _ = _market(0, 500, 1.0)
    found = verdict_on(target, champion, champion)
    assert found.verdict == "undecided"
    assert found.certainty == found.certainty_any_time == 0.5
    assert found.difference.value == 0
    assert "95 % are needed" in found.sentence


def test_a_challenger_that_orders_worse_does_not_take_over() -> None:
    # The champion orders well and promises ten times too much; the challenger knows little more than the rate.
    rng = np.random.default_rng(0)
    truth = rng.normal(-3, 1.0, 3000)
    target = (rng.random(3000) < _sigmoid(truth)).astype(np.float64)
    found = verdict_on(
        target, _sigmoid(truth + 4), np.full(3000, target.mean()) + 1e-6 * rng.normal(size=3000)
    )
    assert found.verdict == "better"
    assert not found.promote
    assert "orders leads surely worse" in found.sentence


def test_leads_of_a_group_are_one_observation() -> None:
    target, champion, challenger = _market(5, 400, 0.6)
    alone = verdict_on(target, champion, challenger)
    groups = np.repeat(np.arange(400), 20)
    copied = [np.repeat(each, 20) for each in (target, champion, challenger)]
    grouped = verdict_on(*copied, groups=groups)
    flattered = verdict_on(*copied)
    assert grouped.certainty == pytest.approx(alone.certainty, abs=0.02)
    assert flattered.certainty > alone.certainty


def test_weights_leave_leads_out() -> None:
    target, champion, challenger = _market(0, 600, 1.0)
    half = np.repeat([1.0, 0.0], 300)
    weighted = verdict_on(target, champion, challenger, weights=half)
    alone = verdict_on(target[:300], champion[:300], challenger[:300])
    assert weighted.champion_log_loss == pytest.approx(alone.champion_log_loss)
    assert weighted.difference.value == pytest.approx(alone.difference.value)


def test_one_outcome_only_is_no_comparison() -> None:
    found = verdict_on(np.zeros(300), np.full(300, 0.2), np.full(300, 0.1))
    assert found.verdict == "undecided"
    assert found.champion_auc.value is None
    assert "NaN" not in found.model_dump_json()


def test_no_leads_at_all() -> None:
    empty = np.zeros(0)
    assert verdict_on(empty, empty, empty).verdict == "undecided"


@pytest.mark.slow
def test_equal_models_seldom_take_over() -> None:
    # 400 comparisons of equals: 5 % may say better; two standard errors are .022.
    better = [_equal(seed, 300).verdict == "better" for seed in range(400)]
    assert np.mean(better) <= 0.05 + 0.022


@pytest.mark.slow
def test_patience_does_not_win() -> None:
    # Equals compared after every hundred leads up to two thousand: looked at once it goes wrong often.
    once, any_time = 0, 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        truth = rng.normal(-1, 1.2, 2000)
        target = (rng.random(2000) < _sigmoid(truth)).astype(np.float64)
        one, other = (_sigmoid(truth + rng.normal(0, 0.5, 2000)) for _ in range(2))
        looks = [
            verdict_on(target[:seen], one[:seen], other[:seen], draws=0) for seen in range(100, 2001, 100)
        ]
        once += any(look.certainty >= 0.95 for look in looks)
        any_time += any(look.certainty_any_time >= 0.95 for look in looks)
    assert once / 200 > 0.1
    assert any_time / 200 <= 0.05
