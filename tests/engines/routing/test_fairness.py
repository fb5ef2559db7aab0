"""The Gini coefficient and what drops leave owing: sums one can redo by hand."""

import pytest

from galena.engines.routing.fairness import credit_after, gini, level


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], 0.0),
        ([0, 0], 0.0),
        ([5, 5, 5], 0.0),
        # Mean difference over all ordered pairs: (0+1+1+0)/4 = 0.5; half of it over the mean 1.5.
        ([1, 2], 1 / 6),
        # One of four has all: 1 - 1/4.
        ([0, 0, 0, 8], 0.75),
    ],
)
def test_gini(values: list[float], expected: float) -> None:
    assert gini(values) == pytest.approx(expected)


def test_credit_grows_with_leads_that_went_elsewhere_and_is_paid_by_a_full_drop() -> None:
    assert credit_after(1.0, contested=2, filled=False) == 3.0
    assert credit_after(1.0, contested=0, filled=False) == 1.0
    assert credit_after(3.0, contested=0, filled=True) == 0.0


def test_the_level_counts_leads_owed_and_weight() -> None:
    assert level(4, 2.0, 2.0) == 1.0
