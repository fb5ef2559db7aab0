"""One converter per canonical field, compiled once: from a payload value to the value as JSON holds it.

The policy on values that are wrong:

* A value that cannot be what its field wants sends the whole row to quarantine, with the reason.
* E-mail addresses and phone numbers are the exception, because they are often mistyped and the row is worth
  keeping without them: the value becomes unknown and the import counts a warning.
* Texts such as "n/a" or "null" mean unknown, and so do a mapping's own `nulls`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from galena.domain.playbook import Field, FieldMapping, FieldType
from galena.engines.ingestion.contacts import to_email
from galena.engines.ingestion.dates import date_reader, instant_reader
from galena.engines.ingestion.numbers import scaled, to_boolean, to_integer, to_number
from galena.engines.ingestion.payload import clean, picker, plain_text
from galena.engines.ingestion.rows import BadValue

LONGEST_TEXT = 100_000
NULL_TEXTS = frozenset(("null", "n/a", "#n/a", "nan", "(null)", "<null>", "\\n", "#ref!", "#value!"))
"""Mean unknown in any field."""

NULL_WORDS = NULL_TEXTS | {"na", "none", "nil", "-", "--", "—", ".", "?", "unknown", "not available", "tbd"}
"""Mean unknown in fields that are not plain text (in a text "None" may be the answer)."""

FORGIVEN = frozenset((FieldType.EMAIL, FieldType.PHONE))
"""Types of which a wrong value becomes unknown with a warning, while the row stands."""

Converter = Callable[[Any], Any]
"""From a payload value to a JSON value; None is unknown; raises BadValue."""


def converter(field: Field, mapping: FieldMapping, nulls: tuple[str, ...] = ()) -> Converter:
    """The whole way of one value: trim, unknown texts, value map, split, type, bounds, allowed values.

    Phone numbers are passed on as text: they need the row's country (see the reader).
    """
    unknown = _unknown_texts(field, (*nulls, *mapping.nulls))
    known_texts = {text.strip().casefold(): value for text, value in mapping.values.items()}
    typed = _typed(field, mapping)
    is_list = field.type is FieldType.LIST
    pattern = re.compile(mapping.pattern) if mapping.pattern else None

    def convert(value: Any) -> Any:
        if isinstance(value, str):
            value = value.strip()
            folded = value.casefold()
            if not value or folded in unknown:
                return None
            if mapping.split is not None and not is_list:
                value = _part(value, mapping.split, mapping.part)
                folded = value.casefold()
            if known_texts:
                value = known_texts.get(folded, value)
        elif known_texts and isinstance(value, bool | int | float):
            value = known_texts.get(plain_text(value).casefold(), value)
        if value is None or value == "" or value != value:  # not equal to itself: not a number
            return None
        if pattern is not None and not pattern.fullmatch(str(value)):
            raise BadValue(
                "This is not how such a value is written.",
                "See whether the cells of this row are shifted; if the value is right, widen the mapping's pattern.",
            )
        return typed(value)

    return convert


def attribute_value(value: Any) -> Any:
    """An attribute of a signal: a number when it is written as one, else text; None when unknown."""
    if isinstance(value, bool | int):
        return value
    text = plain_text(value)
    if not text or text.casefold() in NULL_TEXTS:
        return None
    if isinstance(value, dict | list):
        return clean(value)
    looks_numeric = text[0] in "-+.$€£(0123456789" and not (
        len(text) > 1 and text[0] == "0" and text[1].isdigit()
    )
    if looks_numeric and len(text) <= 24:
        try:
            return to_number(text)
        except BadValue:
            pass
    return clean(text)[:LONGEST_TEXT]


def _unknown_texts(field: Field, own: tuple[str, ...]) -> frozenset[str]:
    common = NULL_TEXTS if field.type in (FieldType.TEXT, FieldType.LIST) else NULL_WORDS
    return common | {text.strip().casefold() for text in own}


def _part(text: str, separator: str, part: int) -> str:
    pieces = text.split(separator) if separator else [text]
    return pieces[part].strip() if -len(pieces) <= part < len(pieces) else ""


def _typed(field: Field, mapping: FieldMapping) -> Converter:
    if field.type in (FieldType.NUMBER, FieldType.INTEGER):
        return _number_converter(field, mapping)
    if field.type is FieldType.DATE:
        return _date_converter(field, mapping)
    if field.type is FieldType.INSTANT:
        return _instant_converter(field, mapping)
    if field.type is FieldType.LIST:
        return _list_converter(field, mapping)
    if field.type is FieldType.BOOLEAN:
        return to_boolean
    if field.type is FieldType.EMAIL:
        return to_email
    return _text_converter(field)


def _number_converter(field: Field, mapping: FieldMapping) -> Converter:
    share = percent_is_share(field)
    whole = field.type is FieldType.INTEGER
    scale = mapping.unit_scale

    def to_bounded(value: Any) -> float | int:
        if whole and scale == 1.0:
            number: float | int = to_integer(value)
        else:
            number = (
                scaled(to_number(value, percent_is_share=share), scale)
                if scale != 1.0
                else to_number(value, percent_is_share=share)
            )
            number = to_integer(number) if whole else number
        return _within(field, number)

    return to_bounded


def percent_is_share(field: Field) -> bool:
    """Whether "12 %" in this field is 0.12: its greatest value is 1, or its unit says so."""
    return field.maximum == 1 or field.unit.casefold() in ("share", "rate", "ratio", "fraction", "0-1")


def _within(field: Field, number: float | int) -> float | int:
    if field.minimum is not None and number < field.minimum:
        raise BadValue(f"This is below {field.minimum:g}, the least {field.label} can be.")
    if field.maximum is not None and number > field.maximum:
        raise BadValue(f"This is above {field.maximum:g}, the most {field.label} can be.")
    return number


def _date_converter(field: Field, mapping: FieldMapping) -> Converter:
    to_date = date_reader(mapping.format)

    def to_text(value: Any) -> str:
        day = to_date(value)
        _within(field, day.year)
        return day.isoformat()

    return to_text


def _instant_converter(field: Field, mapping: FieldMapping) -> Converter:
    to_instant = instant_reader(mapping.format)

    def to_text(value: Any) -> str:
        moment = to_instant(value)
        _within(field, moment.year)
        return moment.isoformat()

    return to_text


def _text_converter(field: Field) -> Converter:
    allowed = {text.casefold(): text for text in field.values}

    def to_text(value: Any) -> str:
        text = plain_text(value)
        if len(text) > LONGEST_TEXT:
            raise BadValue(f"This text has {len(text):,} characters; {LONGEST_TEXT:,} are accepted.")
        if "\0" in text or not text.isprintable():
            text = clean(text)
        if allowed:
            found = allowed.get(text.casefold())
            if found is None:
                choices = ", ".join(field.values[:8]) + (" ..." if len(field.values) > 8 else "")
                raise BadValue(
                    f"{field.label} cannot be this; it is one of: {choices}.",
                    "Add it to the mapping's value map.",
                )
            return found
        return text

    return to_text


def _list_converter(field: Field, mapping: FieldMapping) -> Converter:
    items = {
        name: (picker(mapping.items.get(name, name)), _item_converter(kind))
        for name, kind in field.items.items()
    }

    def to_item(element: Any) -> Any:
        if not items:
            return clean(plain_text(element))
        if not isinstance(element, Mapping):
            raise BadValue("Each element of this list must be an object with named values.")
        return {name: convert(pick(element)) for name, (pick, convert) in items.items()}

    def to_list(value: Any) -> list[Any] | None:
        elements = _elements(value, mapping.split)
        known = [element for element in elements if element is not None and element != ""]
        # A list that is given without entries says that there are none, and not that nobody knows.
        return [to_item(element) for element in known] or (None if elements else [])

    return to_list


def _elements(value: Any, separator: str | None) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    if not isinstance(value, str):
        return [value]
    if value[:1] in "[{":
        try:
            parsed = orjson.loads(value)
        except orjson.JSONDecodeError as wrong:
            if separator is None and value[0] == "{":
                raise BadValue("This list is not valid JSON.") from wrong
        else:
            return parsed if isinstance(parsed, list) else [parsed]
    if separator is None:
        separator = next((mark for mark in (";", "|", "\n", ",") if mark in value), ";")
    return [part.strip() for part in value.split(separator or ";")]


def _item_converter(kind: str) -> Converter:
    typed: dict[str, Converter] = {
        "text": lambda value: clean(plain_text(value)),
        "number": to_number,
        "boolean": to_boolean,
        "date": lambda value: date_reader(None)(value).isoformat(),
        "instant": lambda value: instant_reader(None)(value).isoformat(),
    }
    convert = typed[kind]

    def to_value(value: Any) -> Any:
        text = plain_text(value)
        return None if not text or text.casefold() in NULL_WORDS else convert(value)

    return to_value
