"""A day, or a time frame in words ("in 3 months", "spring 2027", "Q2"), as the first day it means."""

import calendar
import re
from datetime import date, timedelta

from galena.kit.errors import InputError

_UNITS = {"day": 1, "week": 7}
_SMALL = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "nine": 9,
    "twelve": 12,
}
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_MONTHS = {
    **{name.lower(): number for number, name in enumerate(calendar.month_name) if name},
    **{name.lower(): number for number, name in enumerate(calendar.month_abbr) if name},
    "sept": 9,
}
_LAPSE = re.compile(
    r"(?:in |after )?(?:about |around )?(\d{1,3}|[a-z]+) (day|week|month|quarter|year)s?(?: from now)?"
)
_QUARTER = re.compile(r"q([1-4])(?:[ /]?(\d{4}))?")
_NAMED = re.compile(
    r"(after |)(?:early |mid |late |in |beginning of |end of )*([a-z]+)(?:,? (?:of )?(\d{4}))?"
)
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
MOST_YEARS = 10


def read_time_frame(text: str, today: date) -> date:
    """The first day of a time frame, never before `today`.

    Understood: a day (2027-03-01), a month (2027-03, March 2027, March), a quarter (Q2, Q2 2027), a season (spring
    2027), a lapse (in 3 months, two weeks), next week, next month, next quarter, next year, tomorrow.

    Raises:
        InputError: it is none of these, lies in the past, or more than ten years ahead.
    """
    words = " ".join(text.lower().replace("the ", "").replace("mid-", "mid ").strip(" .").split())
    found = _read(words, today)
    remedy = (
        "Write a day such as 2027-03-01, or a time frame such as `in 3 months`, `spring 2027` or `Q2 2027`."
    )
    if found is None:
        raise InputError(f"{text!r} is neither a day nor a time frame.", remedy=remedy)
    if found < today:
        raise InputError(f"{text!r} is past: today is {today}.", remedy=remedy)
    if found.year > today.year + MOST_YEARS:
        raise InputError(f"{text!r} is more than {MOST_YEARS} years ahead.", remedy=remedy)
    return found


def _read(words: str, today: date) -> date | None:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", words):
            return date.fromisoformat(words)
        if month := _MONTH.fullmatch(words):
            return max(
                date(int(month[1]), int(month[2]), 1), _if_this_month(today, int(month[1]), int(month[2]))
            )
    except ValueError:
        return None
    if words in ("today", "tomorrow"):
        return today + timedelta(days=int(words == "tomorrow"))
    if words.startswith("next "):
        return _next(words.removeprefix("next "), today)
    if lapse := _LAPSE.fullmatch(words):
        count = int(lapse[1]) if lapse[1].isdigit() else _SMALL.get(lapse[1])
        return None if count is None else _after(today, count, lapse[2])
    if quarter := _QUARTER.fullmatch(words):
        return _coming(today, int(quarter[1]) * 3 - 2, quarter[2], months=3)
    if named := _NAMED.fullmatch(words):
        return _in_named(today, named[2], named[3], after=bool(named[1]))
    return None


def _in_named(today: date, name: str, year: str | None, *, after: bool) -> date | None:
    """A month or season; with "after", the day after its end."""
    first, months = (_MONTHS[name], 1) if name in _MONTHS else (_SEASONS.get(name), 3)
    if first is None:
        return None
    found = _coming(today, first, year, months=months)
    if not after:
        return found
    end = months_after(found.replace(day=1), months)
    return end


def _after(today: date, count: int, unit: str) -> date:
    if unit in _UNITS:
        return today + timedelta(days=count * _UNITS[unit])
    return months_after(today, count * {"month": 1, "quarter": 3, "year": 12}[unit])


def _next(word: str, today: date) -> date | None:
    if word == "week":
        return today + timedelta(days=7 - today.weekday())
    if word == "month":
        return months_after(today.replace(day=1), 1)
    if word == "quarter":
        return months_after(today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1), 3)
    if word == "year":
        return date(today.year + 1, 1, 1)
    if word in _SEASONS or word in _MONTHS:
        return _coming(today + timedelta(days=1), _SEASONS.get(word) or _MONTHS[word], None, months=1)
    return None


def _coming(today: date, month: int, year: str | None, *, months: int) -> date:
    """The first day of a span of months, today while it lasts; without a year the next one that is not over."""
    for candidate in [int(year)] if year else [today.year - 1, today.year, today.year + 1]:
        first = date(candidate, month, 1)
        if first >= today:
            return first
        if months_after(first, months) > today:
            return today
    return first


def _if_this_month(today: date, year: int, month: int) -> date:
    return today if (today.year, today.month) == (year, month) else date.min


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
