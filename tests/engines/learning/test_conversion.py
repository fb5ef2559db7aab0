"""Conversion by band, tier and source; open leads are not lost ones."""

import numpy as np
import pytest

from galena.engines.learning.conversion import conversion_of

NAN = float("nan")


def test_by_hand() -> None:
    score = np.array([5.0, 15, 15, 95, 100, 95])
    won = np.array([0, 0, NAN, 1, 1, NAN])
    tier = np.array(["C", "C", "C", "A", "A", None], dtype=object)
    found = conversion_of(score, won, {"tier": tier})
    assert [line.leads for line in found.bands] == [1, 2, 0, 0, 0, 0, 0, 0, 0, 3]
    assert found.bands[1].decided == 1
    assert found.bands[9].rate.value == 1
    assert found.bands[5].rate.value is None
    assert [(line.value, line.leads, line.decided, line.wins) for line in found.by["tier"]] == [
        ("C", 3, 2, 0),
        ("A", 2, 2, 2),
        ("", 1, 0, 0),
    ]
    assert found.by["tier"][0].mean_score == pytest.approx(35 / 3)
    assert found.rises


def test_a_band_that_converts_surely_less_than_a_lower_one_is_noticed() -> None:
    score = np.repeat([15.0, 85.0], 200)
    won = np.concatenate([np.tile([1.0, 0.0], 100), np.zeros(200)])
    assert not conversion_of(score, won, {}).rises
    assert conversion_of(score, won[::-1].copy(), {}).rises
