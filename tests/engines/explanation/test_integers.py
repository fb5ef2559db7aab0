"""Whole points that add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.domain.score import MICROPOINTS
from galena.engines.explanation.integers import shown_parts, shown_points, signed

POINTS = st.integers(-100 * MICROPOINTS, 100 * MICROPOINTS)


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        # 10.4 + 9.3 + 0.3 = 20.0: floors 10 + 9 + 0 = 19, the missing point goes to the largest remainder.
        ([10.4, 9.3, 0.3], (11, 9, 0)),
        ([0.5], (1,)),
        # 14.6 - 4.2 = 10.4, shown 10: floors 14 - 5 = 9, the point goes to -4.2 (remainder 0.8).
        ([14.6, -4.2], (14, -4)),
        ([1 / 3, 1 / 3, 1 / 3], (1, 0, 0)),
        ([], ()),
    ],
)
def test_largest_remainder(parts: list[float], shown: tuple[int, ...]) -> None:
    assert shown_parts([round(part * MICROPOINTS) for part in parts]) == shown


@given(st.lists(POINTS, max_size=60))
def test_shown_parts_add_up_to_the_shown_sum(parts: list[int]) -> None:
    shown = shown_parts(parts)
    assert sum(shown) == shown_points(sum(parts))
    for part, whole in zip(parts, shown, strict=True):
        assert abs(whole * MICROPOINTS - part) < MICROPOINTS


@given(st.lists(POINTS, min_size=1, max_size=20), POINTS)
def test_shown_changes_add_up_to_the_shown_difference(parts: list[int], before: int) -> None:
    total = shown_points(before + sum(parts)) - shown_points(before)
    assert sum(shown_parts(parts, total)) == total


def test_signs() -> None:
    assert [signed(points) for points in (14, -4, 0)] == ["+14", "−4", "0"]


def test_halves_round_up() -> None:
    assert [shown_points(half) for half in (74_500_000, 74_499_999, -500_000)] == [75, 74, 0]
