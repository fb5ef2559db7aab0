"""JSON values out of a text one at a time: exact numbers, bounded depth, and nothing dropped unseen."""

import json
import math
import re
from typing import Any

from galena.connectors.files.encoding import undecodable
from galena.connectors.files.limits import ReadLimits

_SPACE = re.compile(r"[ \t\r\n\ufeff]*")
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_UNUSUAL = re.compile(r"\\u(?:0000|[dD][89a-fA-F])|[eE]\+?\d{3}|\d{309}|NaN|Infinity|[\udc00-\udcff\x00]")
_STORABLE = str.maketrans({"\x00": "\ufffd"} | {chr(c): "\ufffd" for c in range(0xD800, 0xE000)})


class UnreadableError(ValueError):
    """A JSON value that cannot be used; says why in words."""


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise UnreadableError(
            f'The name "{twice[:100]}" occurs twice in one object, so one value would be lost.'
        )
    return record


_DECODER = json.JSONDecoder(object_pairs_hook=_no_doubles, parse_constant=str)


def skip_space(text: str, position: int) -> int:
    """The place of the next character that is not white space."""
    found = _SPACE.match(text, position)
    return found.end() if found else position


class ValueReader:
    """Reads the JSON value at a place of a text.

    Attributes:
        shown_count: values in which characters or numbers the database cannot hold were shown otherwise (zero
            characters and halves of surrogate pairs as U+FFFD; NaN and infinite numbers as text).
    """

    def __init__(self, limits: ReadLimits) -> None:
        self._limits = limits
        self.shown_count = 0

    def read(self, text: str, position: int) -> tuple[Any, int]:
        """The value and the place after it.

        Raises:
            UnreadableError: bad syntax, too deep, too large, a name twice in one object, undecodable bytes.
        """
        try:
            value, end = _DECODER.raw_decode(text, position)
        except RecursionError as error:
            raise UnreadableError(self._too_deep()) from error
        except json.JSONDecodeError as error:
            raise UnreadableError(
                f"It is not valid JSON: {error.msg} at character {error.pos - position + 1}."
            ) from error
        except UnreadableError:
            raise
        except ValueError as error:
            raise UnreadableError(f"A number in it is too long: {str(error)[:80]}.") from error
        if end - position > self._limits.row_bytes:
            raise UnreadableError(
                f"The record has {end - position:,} characters; the limit is {self._limits.row_bytes:,}."
            )
        if text.count("[", position, end) + text.count("{", position, end) > self._limits.json_depth:
            self._check_depth(value)
        if _UNUSUAL.search(text, position, end):
            wrong = undecodable(text[position:end])
            if wrong:
                raise UnreadableError(f"The text is not valid in its encoding: {wrong}.")
            cleaned = storable(value)
            self.shown_count += cleaned != value or value != value
            value = cleaned
        if (end - position) * 4 > self._limits.cell_bytes:
            self._check_cells(value)
        return value, end

    def _too_deep(self) -> str:
        return f"The record is nested deeper than {self._limits.json_depth} levels."

    def _check_depth(self, value: Any) -> None:
        level = [value]
        for _ in range(self._limits.json_depth):
            level = [inner for outer in level for inner in _children(outer)]
            if not level:
                return
        if any(isinstance(item, dict | list) for item in level):
            raise UnreadableError(self._too_deep())

    def _check_cells(self, value: Any) -> None:
        cells = value.items() if isinstance(value, dict) else [("", value)]
        for name, cell in cells:
            if isinstance(cell, str) and len(cell) * 4 > self._limits.cell_bytes:
                size = len(cell.encode())
                if size > self._limits.cell_bytes:
                    raise UnreadableError(
                        f'The value of "{name[:100]}" has {size:,} bytes; the limit is {self._limits.cell_bytes:,}.'
                    )


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def storable(value: Any) -> Any:
    """The value with what PostgreSQL's JSON cannot hold shown otherwise (see `ValueReader.shown_count`)."""
    if isinstance(value, str):
        return value.translate(_STORABLE) if not value.isascii() or "\x00" in value else value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {storable(key): storable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [storable(inner) for inner in value]
    return value


def skip_value(text: str, position: int) -> int | None:
    """The place after a value that could not be read, by its brackets alone; None if it has no end."""
    if text[position : position + 1] not in ("{", "["):
        found = re.compile(r"[,\]}\r\n]").search(text, position)
        return found.start() if found else None
    depth = 0
    for token in _STRUCTURE.finditer(text, position):
        mark = token.group()
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
            if depth == 0:
                return token.end()
    return None
