"""An alarm says that something moved, and is silent about chance."""

import pytest

from galena.engines.learning.shifts import differ, has_moved, usual


def test_the_usual_share_is_the_middle_one() -> None:
    assert usual([0.1, 0.9, 0.2]) == 0.2
    assert usual([]) is None


@pytest.mark.parametrize(
    ("before", "hits", "of", "moved"),
    [
        (0.10, 100, 1000, False),
        (0.10, 120, 1000, False),  # 2.1 spreads of 0.0095
        (0.10, 124, 1000, False),  # 2.5 spreads
        (0.10, 130, 1000, True),  # 3.2 spreads, three tenths more
        (0.10, 70, 1000, True),
        (0.50, 560, 1000, False),  # 3.8 spreads, but only an eighth more
        (0.02, 9, 100, False),  # fewer than ten leads moved
        (0.0, 40, 1000, True),
        (0.1, 0, 0, False),
    ],
)
def test_a_share_that_moved(before: float, hits: int, of: int, moved: bool) -> None:
    assert has_moved(before, hits, of) is moved


def test_conversions_differ_when_chance_does_not_explain_it() -> None:
    # Both together 40 of 200; the spread of the difference is 0.2 x 0.8 x (1/100 + 1/100) under the root: 0.0566.
    assert differ(10, 100, 30, 100)  # 3.5 spreads apart
    assert not differ(14, 100, 26, 100)  # 2.1 spreads
    assert not differ(0, 19, 100, 100)  # too few
    assert not differ(0, 100, 0, 100)
