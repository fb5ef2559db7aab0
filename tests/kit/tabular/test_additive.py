"""Sums of curves: values, exact contributions, and what is refused."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from galena.kit.tabular.additive import Additive, AdditiveError

NAN = float("nan")
ROWS = np.array([[0, 1, 3], [4, NAN, 5], [2, 3, 7]], dtype=np.float32)


def curves() -> Additive:
    """Input 0: from (0, 0) to (4, 8); input 1: (1, 5), (2, 5), (3, 9), -2 if missing; input 2 only says missing: 1."""
    return Additive.of_curves(
        [
            (np.array([0.0, 4.0]), np.array([0.0, 8.0])),
            (np.array([1.0, 2.0, 3.0]), np.array([5.0, 5.0, 9.0])),
            (np.zeros(0), np.zeros(0)),
        ],
        np.array([0.0, -2.0, 1.0]),
        0.5,
        ROWS,
    )


def test_values_and_contributions_by_hand() -> None:
    """Parts: [0, 5, 0], [8, -2, 0], [4, 9, 0]; their means are 4, 4, 0, so the mean row has 0.5 + 8."""
    model = curves()
    assert model.raw(ROWS).tolist() == [5.5, 6.5, 13.5]
    assert [model.raw_one(row) for row in ROWS] == [5.5, 6.5, 13.5]
    found, expected = model.contributions(ROWS)
    assert expected == 8.5
    assert found.tolist() == [[-4, 1, 0], [4, -6, 0], [0, 5, 0]]


def test_values_between_and_beyond_knots() -> None:
    x = np.array([[1, 2.5, NAN], [-9, 99, 0], [np.inf, -np.inf, 0]], dtype=np.float32)
    assert curves().parts(x).tolist() == [[2, 7, 1], [0, 9, 0], [8, 5, 0]]


def test_contributions_are_the_mean_over_orders_of_joining() -> None:
    """Shapley's definition with absent inputs averaged over the rows, for the first row."""
    model, found = curves(), curves().contributions(ROWS)[0][0]

    def worth(known: set[int]) -> float:
        rows = ROWS.copy()
        rows[:, sorted(known)] = ROWS[0, sorted(known)]
        return float(model.raw(rows).mean())

    orders = list(permutations(range(3)))
    for player in range(3):
        gains = [worth({*o[: o.index(player)], player}) - worth(set(o[: o.index(player)])) for o in orders]
        assert found[player] == pytest.approx(np.mean(gains))


def test_weighted_means() -> None:
    model = Additive.of_curves(
        [(np.array([0.0, 4.0]), np.array([0.0, 8.0]))],
        np.zeros(1),
        0.0,
        ROWS[:, :1],
        np.array([1.0, 3.0, 0.0]),
    )
    assert model.expected == 6.0


@pytest.mark.parametrize(
    "change",
    [
        {"starts": np.array([0, 2, 5], dtype=np.int32)},
        {"starts": np.array([0, 9, 5, 5], dtype=np.int32)},
        {"knots": np.array([0, 4, 1, 1, 3.0])},
        {"knots": np.array([0, 4, 1, NAN, 3.0])},
        {"levels": np.zeros(4)},
        {"missing": np.array([0, np.inf, 0])},
        {"bias": NAN},
    ],
)
def test_arrays_that_are_no_curves_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(AdditiveError):
        replace(curves(), **change).check()


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(AdditiveError, match="inputs"):
        curves().raw(np.zeros((2, 2), dtype=np.float32))
