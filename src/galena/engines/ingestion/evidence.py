"""What the values of a column show: how many fit a type, in which order dates are written, what is unique."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from galena.domain.playbook import Field, FieldMapping, FieldType
from galena.engines.ingestion.contacts import to_phone
from galena.engines.ingestion.payload import plain_text
from galena.engines.ingestion.rows import BadValue
from galena.engines.ingestion.values import NULL_WORDS, converter

_NUMERIC_DATE = re.compile(
    r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?:[T ]+(\d{1,2}:\d{2})(:\d{2})?( ?[ap]m)?)?\Z", re.I
)


@dataclass(frozen=True, slots=True)
class Column:
    """The known values of one column of a sample.

    Attributes:
        values: non-empty values, in order.
        share_known: how many of the rows have one, 0-1.
        share_distinct: how many of the known values differ from each other, 0-1.
    """

    name: str
    values: tuple[Any, ...]
    share_known: float
    share_distinct: float


def column_of(name: str, sample: Sequence[Mapping[str, Any]]) -> Column:
    """The evidence of a column in sample rows."""
    cells = [row.get(name) for row in sample]
    known = tuple(
        cell for cell in cells if plain_text(cell).casefold() not in NULL_WORDS and plain_text(cell)
    )
    distinct = len({plain_text(cell) for cell in known})
    return Column(name, known, len(known) / max(1, len(cells)), distinct / max(1, len(known)))


def share_fitting(column: Column, field: Field, formats: tuple[str, ...] = ()) -> float:
    """How many of the column's known values the field would accept, 0-1; 0 when there are none."""
    convert = converter(field, FieldMapping(column=column.name, format=formats or None))
    phone = field.type is FieldType.PHONE
    fitting = sum(_fits(value, convert, phone) for value in column.values)
    return fitting / max(1, len(column.values))


def looks_like_text(column: Column) -> float:
    """How many of the known values are neither numbers, dates nor e-mail addresses, 0-1."""
    plain = sum(
        not re.fullmatch(r"[-+$€£(]?[\d.,/: -]+\)?%?|\S+@\S+\.\S+", plain_text(v)) for v in column.values
    )
    return plain / max(1, len(column.values))


def date_formats(values: Iterable[Any]) -> tuple[str, ...]:
    """The formats of a column of dates like 03/04/2014, decided over the whole column; empty when none is needed.

    A first number above 12 anywhere shows day-month, a second one month-day; when nothing decides, dashes and
    points are read as day-month, and slashes as month-day.
    """
    found = [
        match for value in values if isinstance(value, str) and (match := _NUMERIC_DATE.match(value.strip()))
    ]
    if not found:
        return ()
    day_first = sum(int(match[1]) > 12 for match in found)
    month_first = sum(int(match[3]) > 12 for match in found)
    separator = found[0][2]
    is_day_first = day_first > month_first if day_first or month_first else separator != "/"
    formats = dict.fromkeys(_format_of(match, is_day_first) for match in found)
    return tuple(formats)


def dates_undecided(values: Iterable[Any]) -> bool:
    """Whether a column of numeric dates leaves open which number is the month."""
    found = [
        match for value in values if isinstance(value, str) and (match := _NUMERIC_DATE.match(value.strip()))
    ]
    return bool(found) and not any(int(match[1]) > 12 or int(match[3]) > 12 for match in found)


def _format_of(match: re.Match[str], day_first: bool) -> str:
    year = "%Y" if len(match[4]) == 4 else "%y"
    form = match[2].join(("%d", "%m", year) if day_first else ("%m", "%d", year))
    if match[5]:
        form += " %I:%M" if match[7] else " %H:%M"
        form += "%S".join((":", "")) if match[6] else ""
        form += (" %p" if match[7].startswith(" ") else "%p") if match[7] else ""
    return form


def _fits(value: Any, convert: Any, phone: bool) -> bool:
    if isinstance(value, datetime | date) and phone:
        return False
    try:
        result = convert(value)
        if phone and result is not None:
            text = plain_text(value)
            to_phone(text, "US")
            return sum(character.isdigit() for character in text) >= 7 and not re.fullmatch(r"\d+\.\d+", text)
    except (BadValue, ValueError, TypeError, OverflowError):
        return False
    return result is not None
