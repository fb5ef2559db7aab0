"""What another way of choosing would have brought: without the bias of what was chosen."""

import numpy as np
import pytest

from galena.engines.learning.off_policy import Logged, PolicyValue, value_of
from galena.kit.errors import InputError


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-z)))


def _drop(seed: int) -> tuple[float, PolicyValue, float]:
    """The truth about a way that orders by what the old one does not see; what is estimated; and what is naive."""
    draw = np.random.default_rng(seed)
    seen, unseen = draw.normal(size=(2, 3000))
    rate = _sigmoid(-1.5 + 0.8 * seen + 0.8 * unseen)
    propensity = np.where(seen > np.quantile(seen, 0.8), 0.85, 0.15)
    chosen = draw.random(3000) < propensity
    came = (draw.random(3000) < rate).astype(np.float64)
    other = np.where(unseen > np.quantile(unseen, 0.8), 0.9, 0.02)
    logged = Logged(chosen, propensity, np.where(chosen, came, np.nan), _sigmoid(-1.2 + 0.5 * seen))
    naive = float(other[chosen] @ came[chosen] / other[chosen].sum())
    return float(other @ rate / other.sum()), value_of(logged, other), naive


def test_the_estimates_are_unbiased_and_the_naive_one_is_not() -> None:
    found = [_drop(seed) for seed in range(300)]
    truth = np.array([each[0] for each in found])
    for name in ("inverse_propensity", "self_normalised", "doubly_robust"):
        values = [getattr(each[1], name) for each in found]
        off = np.array([value.value for value in values]) - truth
        assert abs(off.mean()) < 3 * off.std() / np.sqrt(len(off)) + 0.002, name
        covered = [value.low <= true <= value.high for value, true in zip(values, truth, strict=True)]
        assert np.mean(covered) > 0.89, name
    assert np.mean([each[2] for each in found] - truth) > 0.1


def test_the_same_way_is_worth_what_it_brought() -> None:
    # Four leads sure to be chosen, of which one came out well: 1/4 by every estimate.
    logged = Logged(np.ones(4, bool), np.ones(4), np.array([1, 0, 0, 0.0]), np.full(4, 0.25))
    found = value_of(logged, np.ones(4))
    assert [found.inverse_propensity.value, found.self_normalised.value, found.doubly_robust.value] == [
        0.25
    ] * 3
    assert (found.effective, found.enough) == (4, False)


def test_by_hand() -> None:
    # Of two leads given out, with 1/2 and 1/4, the other way takes the second for sure: 4 x 1 over 3 leads it takes.
    logged = Logged(
        np.array([True, True, False, False]),
        np.array([0.5, 0.25, 0.5, 0.5]),
        np.array([0, 1.0, np.nan, np.nan]),
        np.array([0.5, 0.5, 0.5, 0.5]),
    )
    found = value_of(logged, np.array([0, 1.0, 1.0, 1.0]))
    assert found.inverse_propensity.value == pytest.approx(4 / 3)
    assert found.self_normalised.value == 1
    assert found.doubly_robust.value == pytest.approx((1.5 + 4 * 0.5) / 3)


def test_what_cannot_be_compared_is_refused() -> None:
    one = Logged(np.array([True]), np.array([0.0]), np.array([1.0]), np.zeros(1))
    with pytest.raises(InputError, match="not above 0"):
        value_of(one, np.ones(1))
    with pytest.raises(InputError, match="none of these"):
        value_of(Logged(np.array([True]), np.ones(1), np.ones(1), np.zeros(1)), np.zeros(1))
