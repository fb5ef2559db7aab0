"""Dates and instants: given formats, ISO 8601, and forms that can be read in one way only."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from galena.engines.ingestion.rows import BadValue

FIRST_YEAR, LAST_YEAR = 1700, 2200
EPOCH_MS = "epoch_ms"
"""The format of columns that hold milliseconds since 1970, as map servers write dates."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = (
    r"(?:[T ,]+(?:at )?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?\Z"
)
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})(?P<sep>[-/.]?)(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})" + _CLOCK, re.I
)
_NUMBERS = re.compile(
    r"(?P<first>\d{1,2})(?P<sep>[-/. ])(?P<second_>\d{1,2})(?P=sep)(?P<year>\d{4})" + _CLOCK, re.I
)
_DAY_MONTH = re.compile(
    r"(?:[a-z]{3,9}\.?,? )?(?P<day>\d{1,2})(?:st|nd|rd|th)?[-/. ]*(?P<name>[a-z]{3,9})[-/., ]*(?P<year>\d{4})"
    + _CLOCK,
    re.I,
)
_MONTH_DAY = re.compile(
    r"(?:[a-z]{3,9}\.?,? )?(?P<name>[a-z]{3,9})\.? +(?P<day>\d{1,2})(?:st|nd|rd|th)?,? +(?P<year>\d{4})"
    + _CLOCK,
    re.I,
)
_AMBIGUOUS = BadValue(
    "This date can be read as day-month or as month-day.",
    "Give the column's format in the mapping, for example '%d/%m/%Y' or '%m/%d/%Y'.",
)
_REMEDY = "Use a form like 2026-01-31, or give the column's format in the mapping."


def date_reader(formats: str | tuple[str, ...] | None) -> Callable[[Any], date]:
    """A function from a payload value to a date; it raises BadValue.

    `formats` (as in strptime, or `epoch_ms`) are tried first, then ISO 8601 and forms without doubt. Of a text
    with a time of day the written date counts, whatever its zone.
    """
    read = _moment_reader(formats)

    def to_date(value: Any) -> date:
        if isinstance(value, str) and len(value) == 10 and value[4] == "-" and value[7] == "-":
            try:
                return _believable(date.fromisoformat(value))
            except ValueError:
                pass
        moment = read(value)
        return _believable(moment.date() if isinstance(moment, datetime) else moment)

    return to_date


def instant_reader(formats: str | tuple[str, ...] | None) -> Callable[[Any], datetime]:
    """A function from a payload value to an instant in UTC; it raises BadValue.

    A time without a zone is taken as UTC, a date as its midnight. Whole seconds or milliseconds since 1970
    (10 or 13 digits) are understood.
    """
    read = _moment_reader(formats)

    def to_instant(value: Any) -> datetime:
        epoch = _epoch(value)
        moment = epoch if epoch is not None else read(value)
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time())
        _believable(moment.date())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

    return to_instant


def _moment_reader(formats: str | tuple[str, ...] | None) -> Callable[[Any], date | datetime]:
    tried = (formats,) if isinstance(formats, str) else tuple(formats or ())

    def read(value: Any) -> date | datetime:
        if isinstance(value, datetime | date):
            return value
        if EPOCH_MS in tried and (found := _of_milliseconds(value)) is not None:
            return found
        if not isinstance(value, str):
            raise BadValue("This is not a date.", _REMEDY)
        text = " ".join(value.split()) if len(value) <= 60 else ""
        for form in tried:
            try:
                return datetime.strptime(text, form)
            except ValueError:
                continue
        return _without_doubt(text)

    return read


def _of_milliseconds(value: Any) -> datetime | None:
    """The instant of milliseconds since 1970, before it too (negative)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(value))
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=1)
def _month_numbers() -> dict[str, int]:
    full = (
        "january", "february", "march", "april", "may", "june",
        "july", "august", "september", "october", "november", "december",
    )  # fmt: skip
    numbers = {name: place for place, name in enumerate(_MONTHS, 1)}
    return numbers | {name: place for place, name in enumerate(full, 1)} | {"sept": 9}


def _without_doubt(text: str) -> datetime:
    found = _YEAR_FIRST.match(text)
    if found:
        return _moment(found, int(found["month"]), int(found["day"]))
    found = _NUMBERS.match(text)
    if found:
        first, second = int(found["first"]), int(found["second_"])
        if first <= 12 and second <= 12 and first != second:
            raise BadValue(_AMBIGUOUS.reason, _AMBIGUOUS.remedy)
        return _moment(found, *((second, first) if first > 12 else (first, second)))
    found = _DAY_MONTH.match(text) or _MONTH_DAY.match(text)
    month = _month_numbers().get(found["name"].lower()) if found else None
    if found and month:
        return _moment(found, month, int(found["day"]))
    raise BadValue("This is not a date.", _REMEDY)


def _moment(found: re.Match[str], month: int, day: int) -> datetime:
    try:
        moment = datetime(int(found["year"]), month, day, *_clock(found))
    except ValueError as wrong:
        raise BadValue("There is no such day or hour.", _REMEDY) from wrong
    zone = found["zone"]
    if not zone:
        return moment
    if zone[0] not in "+-":
        return moment.replace(tzinfo=UTC)
    try:
        return datetime.strptime(
            f"{moment:%Y-%m-%d %H:%M:%S} {zone.replace(':', '')}", "%Y-%m-%d %H:%M:%S %z"
        )
    except ValueError as wrong:
        raise BadValue("There is no such time zone.", _REMEDY) from wrong


def _clock(found: re.Match[str]) -> tuple[int, int, int]:
    if found["hour"] is None:
        return 0, 0, 0
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if found["half"][0] in "pP" else 0)
    return hour, int(found["minute"]), int(found["second"] or 0)


def _epoch(value: Any) -> datetime | None:
    """The instant of whole seconds or milliseconds since 1970, when the value has 10 or 13 digits."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text.isascii() or not text.isdigit() or len(text) not in (10, 13):
        return None
    return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)


def _believable(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadValue(
            f"The year {day.year} cannot be right.", f"Years from {FIRST_YEAR} to {LAST_YEAR} are accepted."
        )
    return day
