"""Texts with gaps: `{settings.domain}`, `{cursor}`, `{lead.site_address|upper|sql}`, `{secret.token}`."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from galena.connectors.rest.places import ABSENT, at
from galena.kit.forms.domains import registered_domain

_GAP = re.compile(r"\{([a-z_]+(?:\.[A-Za-z0-9_:]+)*)((?:\|[a-z_0-9]+)*)\}")

Wording = str | int | float | bool | None | Sequence[Any]
"""A template, or several tried in order: the first whose gaps can all be filled is used."""


def gaps_in(template: Any) -> frozenset[str]:
    """The names a template reads."""
    texts = template if isinstance(template, list | tuple) else [template]
    return frozenset(gap[1] for text in texts if isinstance(text, str) for gap in _GAP.finditer(text))


def filled(template: Wording, known: Mapping[str, Any], *, quoted: bool = False) -> str | None:
    """The text with its gaps filled; None when something that is needed is not known.

    Args:
        quoted: whether what fills gaps is written for the path of an address.
    """
    if template is None:
        return None
    if isinstance(template, list | tuple):
        return next(
            (text for each in template if (text := filled(each, known, quoted=quoted)) is not None), None
        )
    if not isinstance(template, str):
        return _plain(template)
    missing = False

    def fill(gap: re.Match[str]) -> str:
        nonlocal missing
        value = at(known, gap[1])
        for name in filter(None, gap[2].split("|")):
            value = ABSENT if value in (ABSENT, None, "") else FILTERS[name](value)
        if value in (ABSENT, None, ""):
            missing = True
            return ""
        return quote(_plain(value), safe="") if quoted else _plain(value)

    text = _GAP.sub(fill, template)
    return None if missing else text


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _sql(value: Any) -> str:
    """For between the quotes of a SQL text."""
    return _plain(value).replace("'", "''")


def _like(value: Any) -> str:
    """For between the quotes of a SQL LIKE: without its wild cards."""
    return _sql(re.sub(r"[%_\\]", " ", _plain(value))).strip()


def _instant(value: Any) -> datetime | None:
    """An instant written as milliseconds since 1970 or in ISO 8601."""
    try:
        if isinstance(value, int | float) or _plain(value).lstrip("-").isdigit():
            return datetime.fromtimestamp(int(value) / 1000, UTC)
        found = datetime.fromisoformat(_plain(value))
    except (ValueError, OverflowError, OSError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _instant_as(form: str) -> Callable[[Any], str]:
    def write(value: Any) -> str:
        found = _instant(value)
        return found.strftime(form) if found else ""

    return write


def _epoch_ms(value: Any) -> str:
    found = _instant(value)
    return str(round(found.timestamp() * 1000)) if found else ""


def _house_number(value: Any) -> str:
    found = re.match(r"\s*(\d+[A-Za-z]?)\b", _plain(value))
    return found[1] if found else ""


def _street_line(value: Any) -> str:
    """The first line of an address, without city and unit."""
    line = re.split(r"[,\n]", _plain(value), maxsplit=1)[0]
    return re.sub(r"\s+(?:#|apt\b|unit\b|ste\b|suite\b|bldg\b).*$", "", line, flags=re.IGNORECASE).strip()


_NO_NAME = re.compile(
    r"^\s*\d+\w*(?:[\s-]+1\s*/\s*2\b)?|\b(?:street|avenue|boulevard|drive|lane|road|court|circle|place|terrace|trail"
    r"|parkway|highway|cove|square|crossing|loop|north|south|east|west|blvd|pkwy|hwy|ave|cir|ter|trl|n|s|e|w|ne|nw|se|sw)\b\.?",
    re.IGNORECASE,
)


def _street_word(value: Any) -> str:
    """The longest word of the street's name: enough to ask for, whatever the abbreviations."""
    words = re.findall(r"\w+", _NO_NAME.sub(" ", _street_line(value)))
    return max(words, key=len).upper() if words else ""


def _street_start(value: Any) -> str:
    """The first four letters of the street's name: what Meadowbrook and Meadow Brook have in common."""
    found = re.search(r"\w+", _NO_NAME.sub(" ", _street_line(value)))
    return found[0][:4].upper() if found else ""


FILTERS: dict[str, Callable[[Any], str]] = {
    "upper": lambda value: _plain(value).upper(),
    "lower": lambda value: _plain(value).lower(),
    "digits": lambda value: "".join(re.findall(r"\d", _plain(value))),
    "zip5": lambda value: "".join(re.findall(r"\d", _plain(value)))[:5],
    "sql": _sql,
    "like": _like,
    "date": _instant_as("%Y-%m-%d"),
    "sql_time": _instant_as("%Y-%m-%d %H:%M:%S"),
    "iso": _instant_as("%Y-%m-%dT%H:%M:%SZ"),
    "epoch_ms": _epoch_ms,
    "house_number": _house_number,
    "street_line": _street_line,
    "street_word": _street_word,
    "street_start": _street_start,
    "domain": lambda value: registered_domain(_plain(value)) or "",
}
"""What may stand behind a bar in a gap: `{lead.site_address|street_line|upper|sql}`."""


def unknown_filters(template: Any) -> frozenset[str]:
    """Filters a template names that do not exist."""
    texts = template if isinstance(template, list | tuple) else [template]
    used = {
        name
        for text in texts
        if isinstance(text, str)
        for gap in _GAP.finditer(text)
        for name in gap[2].split("|")
        if name
    }
    return frozenset(used - FILTERS.keys())
