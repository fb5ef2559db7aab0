"""YAML read together with where everything stands, so that a mistake can be shown by line and column.

Only plain data is read: mappings, lists, texts, numbers, truth values. Tags, anchors and aliases are refused,
so a file says what it says where it says it, and cannot grow when it is read. Mapping keys are always texts;
dates stay texts.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Path = tuple[str | int, ...]
"""The way to a value: keys and list indexes from the top."""

_PLAIN_TAG = "tag:yaml.org,2002:"
_DEEPEST = 40
_DEEPEST_BRACKETS = 200


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text; both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class YamlMistake:
    """Something in the text that cannot be read as plain data."""

    what: str
    position: Position
    remedy: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    style: str | None


@dataclass(slots=True)
class Document:
    """A YAML text as data, with the position of each key and value.

    Attributes:
        data: what the text says; None when it is empty or cannot be read at all.
        mistakes: what could not be read; `data` leaves it out.
        written: for numbers, truth values and nulls, the characters as they were written.
    """

    text: str
    data: Any = None
    mistakes: list[YamlMistake] = field(default_factory=list)
    written: dict[Path, str] = field(default_factory=dict)
    _values: dict[Path, Position] = field(default_factory=dict)
    _keys: dict[Path, Position] = field(default_factory=dict)
    _spans: dict[Path, _Span] = field(default_factory=dict)

    def has(self, path: Path) -> bool:
        """Whether the text has a value at this path."""
        return path in self._values

    def value_at(self, path: Path) -> Position:
        """Where the value of a path stands; of its nearest parent when it is not in the text."""
        return _nearest(self._values, path)

    def key_at(self, path: Path) -> Position:
        """Where the key of a path stands; for list items and unknown paths, as `value_at`."""
        return self._keys.get(path) or self.value_at(path)

    def inside(self, path: Path, text: str, offset: int) -> Position:
        """Where the character `offset` of a text value stands in the file.

        `text` is the value as its reader saw it, perhaps stripped. Holds for plain, quoted and block texts: white
        space may be folded, so the visible characters are counted.
        """
        span = self._spans.get(path)
        if span is None:
            return self.value_at(path)
        wanted = sum(not character.isspace() for character in text[:offset])
        places = list(_visible_characters(self.text, span))
        if not places:
            return self.value_at(path)
        place = places[wanted] if wanted < len(places) else places[-1] + 1
        return _position_of(self.text, place)


def read_yaml(text: str) -> Document:
    """The text as data with positions; whatever is wrong is listed in `mistakes`, nothing is raised."""
    document = Document(text)
    if (place := _too_nested(text)) is not None:
        what = "brackets are nested too deeply"
        document.mistakes.append(YamlMistake(what, _position_of(text, place), "Use fewer levels."))
        return document
    try:
        # A parser keeps state, so each text gets its own.
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        document.mistakes.append(_syntax_mistake(error))
        return document
    except YAMLError as error:
        document.mistakes.append(_character_mistake(text, error))
        return document
    except (ValueError, RecursionError) as error:
        document.mistakes.append(
            YamlMistake(f"this is not YAML: {error}", Position(1, 1), "Check the file's syntax.")
        )
        return document
    if root is not None:
        data = _Builder(document).build(root, ())
        document.data = None if data is _LEFT else data
    return document


class _Left:
    """Stands for a value that was refused."""


_LEFT = _Left()


class _Builder:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.seen: set[int] = set()

    def build(self, node: Node, path: Path) -> Any:
        position = Position(node.start_mark.line + 1, node.start_mark.column + 1)
        self.document._values[path] = position
        if getattr(node, "anchor", None) or id(node) in self.seen:
            return self.refuse(
                "anchors and aliases (&name, *name) are not read here", position, "Write the value out."
            )
        self.seen.add(id(node))
        tag = str(node.tag)
        if not tag.startswith(_PLAIN_TAG) or "/" in tag:
            return self.refuse("a tag (!name) is not read here", position, "Remove the tag.", tag)
        if len(path) > _DEEPEST:
            return self.refuse("this is nested too deeply", position, "Use fewer levels.")
        if isinstance(node, MappingNode):
            return self.mapping(node, path)
        if isinstance(node, SequenceNode):
            built = (self.build(item, (*path, index)) for index, item in enumerate(node.value))
            # A refused item keeps its place as None, so that the positions of the others stay true.
            return [None if item is _LEFT else item for item in built]
        assert isinstance(node, ScalarNode)
        return self.scalar(node, path, position)

    def refuse(self, what: str, position: Position, remedy: str, value: str = "") -> _Left:
        self.document.mistakes.append(YamlMistake(what, position, remedy, value))
        return _LEFT

    def mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            position = Position(key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not isinstance(key_node, ScalarNode):
                self.refuse("a key must be a plain name", position, "Write a name before the colon.")
                continue
            key = str(key_node.value)
            if (*path, key) in self.document._keys:
                first = self.document._keys[(*path, key)]
                self.refuse(
                    f"the key {key!r} is given twice, first on line {first.line}",
                    position,
                    "Remove one of the two.",
                    key,
                )
                continue
            self.document._keys[(*path, key)] = position
            value = self.build(value_node, (*path, key))
            if value is not _LEFT:
                result[key] = value
        return result

    def scalar(self, node: ScalarNode, path: Path, position: Position) -> Any:
        span = _Span(node.start_mark.index, node.end_mark.index, node.style)
        self.document._spans[path] = span
        text = str(node.value)
        kind = str(node.tag).removeprefix(_PLAIN_TAG)
        if node.style is not None or kind not in ("int", "float", "bool", "null"):
            return text
        self.document.written[path] = text
        try:
            return _plain_value(kind, text)
        except (ValueError, OverflowError):
            return self.refuse("this number cannot be read", position, "Write it in digits.", text[:40])


def _too_nested(text: str) -> int | None:
    """Where brackets are opened hundreds deep: the parser would take minutes to find that out."""
    depth = 0
    for found in re.finditer(r"[\[{\]}]", text):
        depth = depth + 1 if found.group() in "[{" else max(depth - 1, 0)
        if depth > _DEEPEST_BRACKETS:
            return found.start()
    return None


def _plain_value(kind: str, text: str) -> Any:
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    digits = text.replace("_", "")
    if kind == "int":
        return _whole_number(digits)
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _whole_number(digits: str) -> int:
    bare = digits.lstrip("+-").lower()
    if bare.startswith(("0x", "0o", "0b")):
        return int(digits, 0)
    if len(bare) > 30:
        raise ValueError(digits)
    return int(digits)


def _visible_characters(text: str, span: _Span) -> Iterator[int]:
    """Offsets in the file of the visible characters of a scalar, in order."""
    start, end = span.start, span.end
    if span.style in ("|", ">"):
        start = text.find("\n", start) + 1 or end
    if span.style in ("'", '"'):
        start, end = start + 1, end - 1
    place = start
    while place < end:
        character = text[place]
        if character == "'" and span.style == "'" and text[place + 1 : place + 2] == "'":
            yield place
            place += 2
        elif character == "\\" and span.style == '"':
            escape = re.compile(r"\\(x..|u.{4}|U.{8}|.)", re.S).match(text, place)
            length = len(escape.group(0)) if escape else 1
            if text[place + 1 : place + 2] not in tuple("nrtvf 0_NLP\n"):
                yield place
            place += length
        else:
            if not character.isspace():
                yield place
            place += 1


def _position_of(text: str, offset: int) -> Position:
    line_start = text.rfind("\n", 0, offset) + 1
    return Position(text.count("\n", 0, offset) + 1, offset - line_start + 1)


def _nearest(positions: dict[Path, Position], path: Path) -> Position:
    while path and path not in positions:
        path = path[:-1]
    return positions.get(path, Position(1, 1))


def _syntax_mistake(error: MarkedYAMLError) -> YamlMistake:
    mark = error.problem_mark or error.context_mark
    position = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
    what = " ".join(part for part in (error.context, error.problem) if part)
    remedy = "Check indentation, colons and quotes here and on the line above."
    if "mapping values are not allowed" in what:
        remedy = "Put the text in quotes if it contains a colon, and check the indentation."
    elif "\\t" in what:
        remedy = "Indent with spaces; YAML does not allow tabs."
    elif "another document" in what:
        remedy = "Remove the line with three dashes; a file holds one document."
    elif "unexpected end of stream" in what:
        remedy = "Close the quote or the bracket that was opened."
    return YamlMistake(f"this is not YAML: {what}", position, remedy)


def _character_mistake(text: str, error: YAMLError) -> YamlMistake:
    offset = getattr(error, "position", 0)
    position = _position_of(text, offset if isinstance(offset, int) else 0)
    return YamlMistake(
        "the file holds a character that YAML does not allow", position, "Save it as UTF-8 text."
    )
