"""Values of a lead as they come: made the one form each type has, or None when they are not of that type."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from galena.kit.expression.nodes import FIELD_LIMIT
from galena.kit.expression.types import BOOLEAN, DATE, INSTANT, NUMBER, TEXT, Type

MICROSECOND = timedelta(microseconds=1)
_ISO_DATE = 10


def to_number(value: Any) -> float | None:
    """A float within the range of fields, from a float, an int or a decimal; else None."""
    if isinstance(value, bool) or not isinstance(value, float | int | Decimal):
        return None
    try:
        made = float(value)
    except (OverflowError, ValueError):
        return None
    return made if -FIELD_LIMIT <= made <= FIELD_LIMIT else None


def to_boolean(value: Any) -> bool | None:
    """True or False; else None."""
    return value if isinstance(value, bool) else None


def to_text(value: Any) -> str | None:
    """A text; else None."""
    return str(value) if isinstance(value, str) else None


def to_date(value: Any) -> date | None:
    """A date, from a date, an instant (its day in UTC) or a text that begins YYYY-MM-DD; else None."""
    if isinstance(value, str):
        if value[4:5] != "-" or value[7:8] != "-":
            return None
        try:
            return date.fromisoformat(value[:_ISO_DATE])
        except ValueError:
            return None
    if isinstance(value, datetime):
        instant = to_instant(value)
        return instant.date() if instant else None
    return value if isinstance(value, date) else None


def to_instant(value: Any) -> datetime | None:
    """An instant in UTC, from one (naive means UTC), a date (its first moment) or an ISO text; else None."""
    try:
        if isinstance(value, str):
            if value[4:5] != "-" or value[7:8] != "-":
                return None
            value = datetime.fromisoformat(value)
        if isinstance(value, datetime):
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return None


READERS: Mapping[Type, Callable[[Any], Any]] = {
    NUMBER: to_number,
    BOOLEAN: to_boolean,
    TEXT: to_text,
    DATE: to_date,
    INSTANT: to_instant,
}
"""How a value of each scalar type is read."""


def to_records(value: Any, fields: Sequence[tuple[str, Callable[[Any], Any]]]) -> list[Any] | None:
    """The items of a list of records, each a tuple of the named fields (one field: bare); else None."""
    if value.__class__ is not list and not isinstance(value, list | tuple):
        return None
    if len(fields) == 1:
        name, read = fields[0]
        return [read(item.get(name)) if isinstance(item, Mapping) else None for item in value]
    empty = (None,) * len(fields)
    return [
        tuple([read(item.get(name)) for name, read in fields]) if isinstance(item, Mapping) else empty
        for item in value
    ]


def to_scalars(value: Any, read: Callable[[Any], Any]) -> list[Any] | None:
    """The items of a list of bare scalars; else None."""
    if not isinstance(value, list | tuple):
        return None
    return [read(item) for item in value]


def as_of_utc(as_of: datetime) -> datetime:
    """`as_of` in UTC.

    Raises:
        ValueError: it has no time zone.
    """
    if as_of.tzinfo is None:
        raise ValueError("as_of must have a time zone")
    return as_of.astimezone(UTC)
