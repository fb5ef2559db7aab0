"""Where in a JSON document its records are."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from galena.connectors.files.json_values import UnreadableError, ValueReader, skip_space, skip_value
from galena.kit.errors import InputError

MAX_LEVELS = 4
"""How deep below the top a list of records is looked for."""

_PAGING = {
    "count",
    "total",
    "next",
    "previous",
    "page",
    "offset",
    "limit",
    "status",
    "success",
    "type",
    "kind",
}
_FEW_SCALARS = 3
_KEYS = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the document that may hold the records.

    Attributes:
        path: names from the top, joined by dots; "" for the document itself.
        start, end: its first character and the one after its last.
        count: how many objects it holds.
        kind: "list", "map" (an object of like objects), "object" (one record) or "stream" (one after another).
    """

    path: str
    start: int
    end: int
    count: int
    kind: str


@dataclass
class Cursor:
    """A place in a text that moves forward over JSON values.

    Attributes:
        text, position: the document and the place in it.
        name: of the file, for errors.
        reader: reads single values.
    """

    text: str
    position: int
    name: str
    reader: ValueReader

    def peek(self) -> str:
        """The next character that is not white space; "" at the end."""
        self.position = skip_space(self.text, self.position)
        return self.text[self.position : self.position + 1]

    def value(self) -> Any:
        """The next value, or the UnreadableError that says why it cannot be read; moves behind it either way."""
        start = self.position
        try:
            item, self.position = self.reader.read(self.text, start)
        except UnreadableError as error:
            end = skip_value(self.text, start)
            if end is None or end == start:
                self.position = len(self.text) if end is None else start
                raise self.broken() from error
            self.position = end
            return error
        return item

    def items(self) -> Iterator[tuple[int, Any]]:
        """Start and value of each element of the list here; ends behind the list.

        Raises:
            InputError: the list is cut off or not well formed between its elements.
        """
        self.position += 1
        while self.peek() != "]":
            start = self.position
            yield start, self.value()
            self._separator("]")
        self.position += 1

    def members(self) -> Iterator[str]:
        """Names of the object here, each with the cursor at its value, which the caller moves behind.

        Raises:
            InputError: as `items`.
        """
        self.position += 1
        while self.peek() != "}":
            try:
                key, self.position = _KEYS.raw_decode(self.text, self.position)
            except (json.JSONDecodeError, RecursionError) as error:
                if not self.text.find('"', self.position + 1) > 0:
                    self.position = len(self.text)
                raise self.broken() from error
            if self.peek() != ":" or not isinstance(key, str):
                raise self.broken()
            self.position += 1
            self.peek()
            yield key
            self._separator("}")
        self.position += 1

    def _separator(self, closing: str) -> None:
        mark = self.peek()
        if mark == ",":
            self.position += 1
        elif mark != closing:
            raise self.broken()

    def broken(self) -> InputError:
        """The error for a document that does not go on as it should here."""
        if skip_space(self.text, self.position) >= len(self.text):
            return InputError(
                "The JSON document is cut off before its end.",
                facts={"file": self.name, "characters": len(self.text)},
                remedy="Fetch the file again.",
            )
        line = self.text.count("\n", 0, self.position) + 1
        return InputError(
            "The file is not valid JSON.",
            facts={
                "file": self.name,
                "line": line,
                "near": repr(self.text[self.position : self.position + 40]),
            },
            remedy="Mend it there, or export the data as CSV or JSON Lines.",
        )


@dataclass
class _Seen:
    """Lists, objects of objects and scalars met on the way down."""

    lists: list[Place] = field(default_factory=list)
    maps: list[Place] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    scalar_count: int = 0


def find_records(cursor: Cursor, records_at: str | None) -> tuple[Place, list[str]]:
    """Where the records are, with notes; the document begins at the cursor.

    A list at the top holds them. Several values one after another are a stream of records. In an object the list
    with the most objects holds them, or an object of many like objects; but an object that has itself several plain
    values and is mostly made of them is one record, and so is one without any list of objects.

    Raises:
        InputError: not well formed; `records_at` names nothing that holds objects.
    """
    start = cursor.position
    if cursor.peek() == "[":
        if records_at:
            raise _no_such_path(cursor, records_at, ["(the top is a list)"])
        if not cursor.text.rstrip().endswith("]"):
            cursor.position = len(cursor.text)
            raise cursor.broken()
        return Place("", cursor.position, len(cursor.text), -1, "list"), []
    seen = _Seen()
    top = cursor.position
    _walk_object(cursor, "", 1, seen)
    if records_at:
        for place in (*seen.lists, *seen.maps):
            if place.path == records_at:
                return place, []
        raise _no_such_path(cursor, records_at, seen.paths)
    end = cursor.position
    if cursor.peek():
        return Place("", start, len(cursor.text), -1, "stream"), [
            "The file holds JSON objects one after another."
        ]
    best = max(seen.lists + seen.maps, key=lambda place: place.count, default=None)
    if best is None or best.count == 0 or _is_one_record(best, seen, end - top):
        return Place("", top, end, 1, "object"), []
    note = f'The {best.count} records were found under "{best.path}".' if best.path else ""
    return best, [note or f"Each of the {best.count} named objects was read as a record."]


def _is_one_record(best: Place, seen: _Seen, length: int) -> bool:
    share = (best.end - best.start) / max(length, 1)
    return seen.scalar_count >= _FEW_SCALARS and share < 0.5


def _no_such_path(cursor: Cursor, wanted: str, paths: list[str]) -> InputError:
    return InputError(
        "There are no records at that place of the JSON document.",
        facts={"file": cursor.name, "records_at": wanted, "found": ", ".join(paths[:20]) or "nothing"},
        remedy="Name a list of objects by its path, such as data.permits, or leave it out.",
    )


def _walk_object(cursor: Cursor, path: str, level: int, seen: _Seen) -> None:
    start = cursor.position
    objects, others = 0, 0
    keys: set[str] = set()
    for key in cursor.members():
        below = f"{path}.{key}" if path else key
        mark = cursor.peek()
        if len(seen.paths) < 100:
            seen.paths.append(below)
        if mark == "[":
            others += 1
            _walk_list(cursor, below, seen)
        elif mark == "{" and level < MAX_LEVELS and objects < 3:
            objects += 1
            _walk_object(cursor, below, level + 1, seen)
        elif mark == "{":
            objects += 1
            value = cursor.value()
            keys = keys or set(value) if isinstance(value, dict) else keys
        else:
            others += 1
            cursor.value()
            seen.scalar_count += level == 1 and key.lower() not in _PAGING
    if objects >= 3 and others == 0 and _alike(cursor, start):
        seen.maps.append(Place(path, start, cursor.position, objects, "map"))


def _walk_list(cursor: Cursor, path: str, seen: _Seen) -> None:
    start, count, total = cursor.position, 0, 0
    for _, item in cursor.items():
        total += 1
        count += isinstance(item, dict | UnreadableError)
    if (count and count * 2 > total) or not total:
        seen.lists.append(Place(path, start, cursor.position, count, "list"))


def _alike(cursor: Cursor, start: int) -> bool:
    """Whether the first objects of an object of objects have the same names."""
    look = Cursor(cursor.text, start, cursor.name, cursor.reader)
    shapes: list[frozenset[str]] = []
    for _ in look.members():
        value = look.value()
        shapes.append(frozenset(value) if isinstance(value, dict) else frozenset())
        if len(shapes) == 3:
            break
    common = frozenset.intersection(*shapes)
    return bool(common) and len(common) * 2 >= max(map(len, shapes))
