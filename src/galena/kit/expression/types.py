"""The types of values: five scalars and lists; integers are NUMBER (float64)."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Type:
    """What kind of value a name or an expression has.

    Attributes:
        name: number, boolean, text, date, instant, list, or null (the bare word NULL, before it is placed).
        items: of a list, the fields of one item in order; a list of scalars has the single field `item`.
        scalars: whether the list holds bare scalars instead of records.
    """

    name: str
    items: tuple[tuple[str, "Type"], ...] = ()
    scalars: bool = False

    def __str__(self) -> str:
        if self.name != "list":
            return self.name
        if self.scalars:
            return f"list of {self.items[0][1]}"
        return "list of records (" + ", ".join(f"{name} {kind}" for name, kind in self.items) + ")"

    @property
    def fields(self) -> dict[str, "Type"]:
        """The fields of one item of a list, by name."""
        return dict(self.items)


NUMBER = Type("number")
BOOLEAN = Type("boolean")
TEXT = Type("text")
DATE = Type("date")
INSTANT = Type("instant")
NULL = Type("null")

SCALARS = (NUMBER, BOOLEAN, TEXT, DATE, INSTANT)
ITEM = "item"
"""The name of the single value inside a list of scalars."""

Schema = Mapping[str, Type]
"""The names an expression may use, with their types."""

_COLUMNS: dict[Type, pl.DataType] = {
    NUMBER: pl.Float64(),
    BOOLEAN: pl.Boolean(),
    TEXT: pl.String(),
    DATE: pl.Date(),
    INSTANT: pl.Datetime("us", "UTC"),
}


def list_of(items: Mapping[str, Type]) -> Type:
    """The type of a list of records with these fields (scalars only, at least one)."""
    _refuse_nested(items.values())
    return Type("list", tuple(items.items()))


def list_of_scalars(kind: Type) -> Type:
    """The type of a list of bare scalars, such as tags; inside list functions a value is named `item`."""
    _refuse_nested([kind])
    return Type("list", ((ITEM, kind),), scalars=True)


def column_type(kind: Type) -> pl.DataType:
    """The Polars data type of a column (or of a struct field) that holds values of `kind`."""
    if kind.name != "list":
        return _COLUMNS[kind]
    if kind.scalars:
        return pl.List(column_type(kind.items[0][1]))
    return pl.List(pl.Struct({name: column_type(item) for name, item in kind.items}))


def polars_schema(schema: Schema) -> pl.Schema:
    """The columns of a frame of leads: names and Polars types, in the order of `schema`."""
    return pl.Schema({name: column_type(kind) for name, kind in schema.items()})


def _refuse_nested(kinds: object) -> None:
    known = list(kinds)  # type: ignore[call-overload]
    if not known or any(kind not in SCALARS for kind in known):
        raise ValueError("a list holds records of scalars, with at least one field")
