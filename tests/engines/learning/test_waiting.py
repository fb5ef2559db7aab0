"""Outcomes that are still waited for: neither taken for lost nor forgotten."""

import numpy as np
import pytest

from galena.engines.learning.waiting import Known, evened, ripe, ripe_age_days, waiting_of

TRUE_RATE = 0.25


def _market(seed: int, rows: int = 1500, history_days: float = 60.0) -> Known:
    """Meetings are booked within days; a no takes three weeks."""
    draw = np.random.default_rng(seed)
    age = draw.uniform(0, history_days, rows)
    good = draw.random(rows) < TRUE_RATE
    waited = np.where(good, draw.gamma(2, 2.5, rows), 14 + draw.gamma(2, 5, rows))
    told = waited <= age
    return Known(np.where(told, good.astype(np.float64), np.nan), np.where(told, waited, np.nan), age)


def test_the_estimator_by_hand() -> None:
    # Told after 1, 2, 2, 4 days by leads 10 days old, and after 1, 2 by leads 3 days old. By day 4 one of the four old
    # ones that were told by then was told at 4: F(2) = 1 - 1/4 would be right; with fewer than five at risk it is left.
    few = waiting_of(np.array([1, 2, 2, 4, 1, 2.0]), np.array([10, 10, 10, 10, 3, 3.0]))
    assert few.share.tolist() == [pytest.approx(1 - 3 / 5), 1.0, 1.0]
    many = waiting_of(np.array([1, 2, 2, 4] * 2 + [1, 2.0]), np.array([10.0] * 8 + [3.0] * 2))
    # Before 4: 1 - 2/8; before 2: of ten told by day 2 or sooner, eight... 5 at 2 among 8: (1 - 5/8) x 6/8.
    assert many.days.tolist() == [1, 2, 4]
    assert many.share.tolist() == pytest.approx([(1 - 5 / 8) * 0.75, 0.75, 1.0])
    assert many.told_by(np.array([0.5, 1.5, 3, 9])).tolist() == pytest.approx([0, 0.28125, 0.75, 1])
    assert many.age_of(0.9) == 4


def test_weighted_and_ripe_rates_are_nearer_to_the_truth_than_naive_ones() -> None:
    found = []
    for seed in range(40):
        known = _market(seed)
        weight, mature = evened(known), ripe(known)
        label = np.nan_to_num(known.label)
        found.append(
            (
                label.sum() / len(label),  # open leads taken for lost
                float(np.nanmean(known.label)),  # open leads left out
                float(weight @ label / weight.sum()),
                float(known.label[mature].mean()),
            )
        )
    lost, left_out, weighted, matured = (np.array(found) - TRUE_RATE).mean(axis=0)
    assert lost < -0.015
    assert left_out > 0.07
    assert abs(weighted) < 0.005
    assert abs(matured) < 0.008


def test_young_leads_are_not_learned_from() -> None:
    known = _market(1)
    age = ripe_age_days(known)
    assert age is not None
    assert 25 < age < 45
    assert known.age_days[ripe(known)].min() >= age
    assert known.is_told[ripe(known)].all()
    assert (evened(known)[~known.is_told] == 0).all()


def test_while_little_is_known_every_outcome_counts() -> None:
    known = Known(np.array([1, 0, np.nan]), np.array([2, 3, np.nan]), np.array([5, 5, 1.0]))
    assert ripe_age_days(known) is None
    assert ripe(known).tolist() == [True, True, False]
    assert evened(known).tolist() == [1, 1, 0]
