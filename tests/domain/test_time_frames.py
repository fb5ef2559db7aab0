"""Days and time frames in words."""

from datetime import date

import pytest

from galena.domain.time_frames import read_time_frame
from galena.kit.errors import InputError

TODAY = date(2026, 11, 21)  # a Saturday


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2027-03-01", date(2027, 3, 1)),
        ("2027-03", date(2027, 3, 1)),
        ("March 2027", date(2027, 3, 1)),
        ("march", date(2027, 3, 1)),
        ("November", TODAY),
        ("Q2", date(2027, 4, 1)),
        ("q4", TODAY),
        ("spring 2027", date(2027, 3, 1)),
        ("after the summer", date(2027, 9, 1)),
        ("in 3 months", date(2027, 2, 21)),
        ("two weeks", date(2026, 12, 5)),
        ("next week", date(2026, 11, 23)),
        ("next quarter", date(2027, 1, 1)),
        ("next year", date(2027, 1, 1)),
        ("tomorrow", date(2026, 11, 22)),
    ],
)
def test_reads(text: str, day: date) -> None:
    assert read_time_frame(text, TODAY) == day


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-02-30", "2026-11-20", "2020-05", "in 40 years", "the 3rd"]
)
def test_refuses_what_it_cannot_know(text: str) -> None:
    with pytest.raises(InputError):
        read_time_frame(text, TODAY)


def test_months_end_where_they_end() -> None:
    assert read_time_frame("in 3 months", date(2026, 11, 30)) == date(2027, 2, 28)
