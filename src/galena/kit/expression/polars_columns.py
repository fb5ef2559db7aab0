"""Columns of a frame as they come: made the one form each type has, as `values` does for one lead."""

from collections.abc import Mapping
from typing import TypeGuard

import polars as pl

from galena.kit.errors import InputError
from galena.kit.expression.nodes import FIELD_LIMIT
from galena.kit.expression.types import BOOLEAN, DATE, INSTANT, NUMBER, TEXT, Type, column_type
from galena.kit.expression.values import READERS


def is_list(kind: pl.DataType | None) -> TypeGuard[pl.List]:
    """Whether a column type is a list."""
    return isinstance(kind, pl.List)


def read_column(
    columns: Mapping[str, pl.DataType], name: str, kind: Type, source: pl.Expr | None = None
) -> pl.Expr:
    """The values of column `name` (or of `source`) as `kind`; an absent column is NULL throughout.

    Raises:
        InputError: the column's type does not fit.
    """
    found = columns.get(name)
    if found is None or found == pl.Null:
        return pl.lit(None, dtype=column_type(kind))
    column = pl.col(name) if source is None else source
    if kind.name == "list":
        if is_list(found):
            return column
    else:
        made = _scalar(column, found, kind)
        if made is not None:
            return made
    raise InputError(
        f"The column {name} does not hold {kind}",
        facts={"column": name, "type": str(found), "expected": str(column_type(kind))},
        remedy="Convert the column first; polars_schema() gives the types.",
    )


def _scalar(column: pl.Expr, found: pl.DataType, kind: Type) -> pl.Expr | None:
    if kind == NUMBER and found.is_numeric():
        number = column.cast(pl.Float64)
        return number if found.is_integer() else pl.when(number.abs() <= FIELD_LIMIT).then(number)
    if kind == BOOLEAN and found == pl.Boolean:
        return column
    if kind == TEXT and found in (pl.String, pl.Categorical, pl.Enum):
        return column.cast(pl.String)
    if kind in (DATE, INSTANT) and found == pl.String:
        return _from_text(column, kind)
    if found == pl.Datetime:
        instant = _utc(column, found)
        return instant.dt.date() if kind == DATE else instant if kind == INSTANT else None
    if found == pl.Date and kind == DATE:
        return column
    if found == pl.Date and kind == INSTANT:
        return column.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return None


def _utc(column: pl.Expr, found: pl.DataType) -> pl.Expr:
    micro = column.dt.cast_time_unit("us")
    zone = found.time_zone if isinstance(found, pl.Datetime) else None
    return micro.dt.replace_time_zone("UTC") if zone is None else micro.dt.convert_time_zone("UTC")


def _from_text(column: pl.Expr, kind: Type) -> pl.Expr:
    """Texts go through the reader of single values, each distinct text once, so that both read alike."""
    read, wanted = READERS[kind], column_type(kind)

    def convert(texts: pl.Series) -> pl.Series:
        distinct = texts.unique()
        values = pl.Series([read(text) for text in distinct], dtype=wanted)
        table = pl.DataFrame({"text": distinct, "value": values})
        found = pl.DataFrame({"text": texts}).join(table, on="text", how="left", maintain_order="left")
        return found["value"].alias(texts.name)

    return column.map_batches(convert, return_dtype=wanted, is_elementwise=True)
