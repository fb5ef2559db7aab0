"""JSON documents and JSON Lines into rows."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from galena.connectors.files.encoding import decode_pieces, undecodable
from galena.connectors.files.json_places import Cursor, Place, find_records
from galena.connectors.files.json_values import UnreadableError, ValueReader, skip_space, storable
from galena.connectors.files.lines import LineBatches, LongLine
from galena.connectors.files.unpack import Content
from galena.domain.record import Row, RowFault, excerpt
from galena.kit.errors import InputError

SAMPLE_RECORDS = 200
RAW_CHARS = 20_000
MAP_KEY = "record_key"
"""Column that holds the name of each record in an object of objects."""


def _names(rows: Iterator[Row | RowFault]) -> tuple[str, ...]:
    """Names of the first records, in order of first sight."""
    seen: dict[str, None] = {}
    for row in islice(rows, SAMPLE_RECORDS):
        if isinstance(row, Row):
            seen.update(dict.fromkeys(row.payload))
    return tuple(seen)


def _as_row(number: int, item: Any, text: str) -> Row | RowFault:
    if isinstance(item, dict):
        return Row(number, item)
    raw = {"raw": storable(re.sub("[\udc00-\udcff]", _shown, text[:RAW_CHARS]))}
    reason = str(item) if isinstance(item, UnreadableError) else _not_an_object(item)
    return RowFault(number, None, excerpt(text), reason, raw)


def _shown(found: re.Match[str]) -> str:
    return f"\\x{ord(found.group()) - 0xDC00:02X}"


def _not_an_object(item: Any) -> str:
    kinds = {str: "a text", bool: "a truth value", int: "a number", float: "a number", list: "a list"}
    return f"A record must be an object with names and values; this is {kinds.get(type(item), 'null')}."


class DocumentRows:
    """The records of one JSON document, which is held as text while they are read one by one."""

    format = "json"
    delimiter: str | None = None

    def __init__(
        self, content: Content, encoding: str, *, records_at: str | None, unpacked_bytes: int
    ) -> None:
        limit = content.limits.document_bytes
        if unpacked_bytes > limit:
            raise InputError(
                "The JSON document is too large to be read at once.",
                facts={"file": content.name, "bytes": unpacked_bytes, "limit": limit},
                remedy="Export it as JSON Lines (one object per line), which has no such limit.",
            )
        self._name = content.name
        self._reader = ValueReader(content.limits)
        with content.open() as stream:
            self._text = "".join(decode_pieces(stream, encoding))
        cursor = self._cursor(0)
        cursor.peek()
        self._place, self.notes = find_records(cursor, records_at)
        self._check_top()
        self.columns = _names(self.rows())

    def _cursor(self, position: int) -> Cursor:
        return Cursor(self._text, position, self._name, self._reader)

    def _check_top(self) -> None:
        if len(self._text) == skip_space(self._text, 0):
            raise InputError("The file is empty.", facts={"file": self._name})

    @property
    def found(self) -> list[str]:
        """Notes from reading so far."""
        count = self._reader.shown_count
        what = "value(s) hold characters or numbers that cannot be stored and are shown as U+FFFD or as text."
        return [f"{count} {what}"] if count else []

    def rows(self, skip_rows: int = 0) -> Iterator[Row | RowFault]:
        """Records and faults in order, without the first `skip_rows`.

        Raises:
            InputError: the document stops being JSON between two records.
        """
        self._reader.shown_count = 0
        cursor = self._cursor(self._place.start)
        for number, (start, item) in enumerate(self._items(cursor, self._place), start=1):
            if number > skip_rows:
                yield _as_row(number, item, self._text[start : min(cursor.position, start + RAW_CHARS)])

    def _items(self, cursor: Cursor, place: Place) -> Iterator[tuple[int, Any]]:
        if place.kind == "list":
            yield from cursor.items()
            if not place.path and cursor.peek():
                raise cursor.broken()
        elif place.kind == "map":
            for key in cursor.members():
                start, item = cursor.position, cursor.value()
                if isinstance(item, dict):
                    item = {MAP_KEY if MAP_KEY not in item else f"{MAP_KEY}_2": key, **item}
                yield start, item
        else:
            while cursor.peek():
                yield cursor.position, cursor.value()
                if cursor.peek() == ",":
                    cursor.position += 1


class LineRows:
    """The records of a JSON Lines file, one per line."""

    format = "jsonl"
    delimiter: str | None = None

    def __init__(self, content: Content, encoding: str) -> None:
        self._content = content
        self._encoding = encoding
        self._reader = ValueReader(content.limits)
        self._batches = LineBatches(content, encoding)
        self.notes: list[str] = []
        self.columns = _names(self.rows())

    @property
    def found(self) -> list[str]:
        """Notes from reading so far."""
        count = self._reader.shown_count + self._batches.nul_count
        what = "value(s) hold characters or numbers that cannot be stored and are shown as U+FFFD or as text."
        return [f"{count} {what}"] if count else []

    def rows(self, skip_rows: int = 0) -> Iterator[Row | RowFault]:
        """Records and faults in order, without the first `skip_rows`."""
        self._reader.shown_count = 0
        self._batches = LineBatches(self._content, self._encoding)
        number = 0
        for batch in self._batches:
            if isinstance(batch, LongLine):
                number += 1
                if number > skip_rows:
                    reason = f"The row has {batch.length:,} characters; the limit is {self._limit:,}."
                    yield RowFault(number, None, excerpt(batch.start), reason, {"raw": storable(batch.start)})
                continue
            for line in batch:
                if line.isspace():
                    continue
                number += 1
                if number > skip_rows:
                    yield _as_row(number, self._value(line), line.rstrip("\r\n"))

    @property
    def _limit(self) -> int:
        return self._content.limits.row_bytes

    def _value(self, line: str) -> Any:
        try:
            value, end = self._reader.read(line, skip_space(line, 0))
        except UnreadableError as error:
            wrong = undecodable(line)
            return UnreadableError(f"{error} Also, {wrong}.") if wrong and wrong not in str(error) else error
        if skip_space(line, end) < len(line):
            return UnreadableError(f"The line goes on after its object, at character {end + 1}.")
        return value
