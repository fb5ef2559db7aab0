"""A lead's signals in the order of time, and what can be read from one of them.

The same readings serve one lead and frames, so that both see the same numbers and texts.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

from galena.domain.playbook import Where
from galena.domain.signal import Signal
from galena.kit.errors import InputError

DAY_US = 86_400_000_000
"""Microseconds in a day."""

VALUE_LIMIT = 1e100
"""A number beyond this, either way, is taken for a mistake and skipped."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_at_us = attrgetter("at_us")
_NUMBER = re.compile(r"\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*", re.ASCII)


class Moment(NamedTuple):
    """A signal, with its time in whole microseconds since 1970 (UTC)."""

    at_us: int
    kind: str
    attributes: Mapping[str, Any]


def microseconds(at: datetime) -> int:
    """An aware instant as whole microseconds since 1970 (UTC).

    Raises:
        InputError: the instant has no time zone.
    """
    if at.tzinfo is None:
        raise InputError(
            "An instant has no time zone",
            facts={"instant": at.isoformat()},
            remedy="Give it one, such as UTC.",
        )
    return (at - _EPOCH) // _MICROSECOND


def instant(at_us: int) -> datetime:
    """The aware instant (UTC) of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=at_us)


def timeline(signals: Iterable[Signal], as_of: datetime) -> list[Moment]:
    """The signals up to as_of (included), oldest first; later ones are not known yet."""
    end_us = microseconds(as_of)
    moments = [Moment(microseconds(signal.at), signal.kind, signal.attributes) for signal in signals]
    known = [moment for moment in moments if moment.at_us <= end_us]
    known.sort(key=_at_us)
    return known


def attribute(moment: Moment, name: str) -> Any:
    """An attribute of a signal, or one of those every signal has: hour_of_day, weekday, text_length."""
    if name == "hour_of_day":
        return moment.at_us % DAY_US // 3_600_000_000
    if name == "weekday":
        return (moment.at_us // DAY_US + 3) % 7 + 1  # 1970-01-01 was a Thursday, day 4
    if name == "text_length":
        text = moment.attributes.get("text")
        return len(text) if isinstance(text, str) else None
    return moment.attributes.get(name)


def number(value: Any) -> float | None:
    """The number in an attribute: numbers, yes/no as 1/0, texts that are a plain number; else None."""
    if isinstance(value, str):
        if _NUMBER.fullmatch(value) is None:
            return None
    elif not isinstance(value, (int, float)):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if abs(found) <= VALUE_LIMIT else None


def plain_text(value: Any) -> str | None:
    """An attribute as text: texts, numbers without a needless `.0`, `true` and `false`; else None."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)) and math.isfinite(value):
        return str(int(value)) if value == int(value) else repr(value)
    return None


def identity(value: Any) -> str | None:
    """What makes two values of an attribute the same one; 5, 5.0 and "5" are."""
    found = number(value)
    return plain_text(value) if found is None else plain_text(found)


def condition(where: Where) -> Callable[[Moment], bool]:
    """A function that tells whether a signal meets `where`."""
    wanted = {text.lower() for text in where.equals}
    phrases = tuple(text.lower() for text in where.contains)
    ranged = where.at_least is not None or where.at_most is not None
    low = -math.inf if where.at_least is None else where.at_least
    high = math.inf if where.at_most is None else where.at_most

    def holds(moment: Moment) -> bool:
        value = attribute(moment, where.attribute)
        text = (plain_text(value) or "").lower() if wanted or phrases else ""
        if wanted and (value is None or text not in wanted):
            return False
        if phrases and not any(phrase in text for phrase in phrases):
            return False
        if ranged:
            found = number(value)
            return found is not None and low <= found <= high
        return True

    return holds


def channel(moment: Moment, channels: Mapping[str, str]) -> str | None:
    """The channel of a signal: its attribute `channel`, else that of its kind, else None."""
    own = moment.attributes.get("channel")
    return own.lower() if isinstance(own, str) and own else channels.get(moment.kind)
