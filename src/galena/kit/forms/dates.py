"""Dates in one spelling."""

import re
from collections.abc import Iterable
from functools import lru_cache

_ISO = re.compile(r"(\d{4})[-/. ]?(\d{1,2})[-/. ]?(\d{1,2})(?:[T ].*)?\Z")
_PARTS = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?:[T ].*)?\Z")
_WORDS = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?[\s,.-]+([a-z]{3})[a-z]*|([a-z]{3})[a-z]*[\s.-]+(\d{1,2})(?:st|nd|rd|th)?)[\s,.-]+(\d{4})",
    re.IGNORECASE,
)
_MONTHS = {
    "jan": "01", "feb": "02", "mar": "03", "apr": "04", "may": "05", "jun": "06",
    "jul": "07", "aug": "08", "sep": "09", "oct": "10", "nov": "11", "dec": "12",
}  # fmt: skip
_DUMMIES = frozenset(("19000101", "19700101", "99991231", "11111111"))


@lru_cache(maxsize=100_000)
def date_digits(text: str, day_first: bool = False) -> str | None:
    """A date as eight digits, "20140731"; None where it is no date or a dummy such as 1900-01-01.

    A day or month that does not exist is kept as it stands (a slip of the pen is evidence, too).

    Args:
        day_first: how 03/04/2014 is read.
    """
    plain = text.strip().removesuffix(".0")
    if found := _ISO.match(plain):
        year, month, day = found[1], found[2], found[3]
    elif found := _PARTS.match(plain):
        first, second, year = found.groups()
        is_day_first = (day_first and int(second) <= 12) or int(first) > 12
        day, month = (first, second) if is_day_first else (second, first)
        if len(year) == 2:
            year = ("19" if int(year) > 30 else "20") + year
    elif found := _WORDS.match(plain):
        day, year = found[1] or found[4], found[5]
        month = _MONTHS.get((found[2] or found[3]).lower(), "")
        if not month:
            return None
    else:
        return None
    digits = f"{year}{int(month):02d}{int(day):02d}"
    return None if digits in _DUMMIES or year == "0000" else digits


def reads_day_first(texts: Iterable[str]) -> bool:
    """Whether dates such as 03/04/2014 have the day first: some first number is above 12 and no second one is, or the
    parts stand between points."""
    first = second = points = 0
    for text in texts:
        if found := _PARTS.match(text.strip()):
            first += int(found[1]) > 12
            second += int(found[2]) > 12
            points += "." in text
    return first > second or (first == second and points > 0)
