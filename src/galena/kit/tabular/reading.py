"""How each column of a table is read: its kind, its number style, its date formats; the record a model keeps.

The same reading serves a whole table (`read`) and one lead (`read_one`); both give the same values.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict

from galena.kit.tabular.many_columns import batches, plain_numbers, stripped, truths, typed_numbers
from galena.kit.tabular.numbers import NumberStyle
from galena.kit.tabular.values import DTYPES, MISSING, Kind, read_series, value_reader

_EXAMPLES = 3


class ColumnReading(BaseModel):
    """How one column is read.

    Attributes:
        name: as in the table.
        kind: what its values are; "unused" columns are not read at all.
        why: for an unused column, the reason as a sentence part ("constant", "an id: every value differs").
        number_style: "point" for 1,234.5 and "comma" for 1.234,5.
        date_formats: the orders tried, first fit wins (see `galena.kit.tabular.dates`).
        missing: further words that mean "not known" in this column alone.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    kind: Kind
    why: str = ""
    number_style: NumberStyle = "point"
    date_formats: tuple[str, ...] = ("ymd",)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """Values of a column that were there but could not be read as its kind (infinite numbers among them)."""

    name: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class ReadTable:
    """A table as read: exactly the used columns, typed; what was missing, left over or unreadable beside it."""

    frame: pl.DataFrame
    missing_columns: tuple[str, ...] = ()
    extra_columns: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


class Reading(BaseModel):
    """How a table is read; `missing` are the words that mean "not known" in every text column."""

    model_config = ConfigDict(frozen=True)

    columns: tuple[ColumnReading, ...]
    missing: tuple[str, ...] = MISSING

    @cached_property
    def used(self) -> tuple[ColumnReading, ...]:
        """The columns a model may see, in order."""
        return tuple(column for column in self.columns if column.kind != "unused")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the used columns, in order."""
        return tuple(column.name for column in self.used)

    @cached_property
    def _readers(self) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
        return tuple(
            (c.name, value_reader(c.kind, c.number_style, c.date_formats, self._missing_in(c)))
            for c in self.used
        )

    def _missing_in(self, column: ColumnReading) -> frozenset[str]:
        return frozenset(self.missing) | frozenset(column.missing)

    def column(self, name: str) -> ColumnReading:
        """The reading of the column of this name; KeyError if the reading does not know it."""
        return next(column for column in self.columns if column.name == name)

    def read(self, frame: pl.DataFrame) -> ReadTable:
        """A table of any column types and any column order as typed columns; a column it lacks is all null."""
        known = {column.name for column in self.columns}
        columns: dict[str, pl.Series] = {}
        missing_columns: list[str] = []
        unreadable: list[Unreadable] = []
        plain = self._plain(frame)
        there = set(frame.columns)
        for column in self.used:
            if column.name not in there:
                missing_columns.append(column.name)
                columns[column.name] = pl.Series([None] * frame.height, dtype=DTYPES[column.kind])
                continue
            if column.name in plain:
                columns[column.name] = plain[column.name]
                continue
            given = frame.get_column(column.name)
            read, bad = read_series(
                given, column.kind, column.number_style, column.date_formats, self._missing_in(column)
            )
            columns[column.name] = read
            if bad.any():
                unreadable.append(_unreadable(column.name, given, bad))
        extra = tuple(name for name in frame.columns if name not in known)
        table = pl.DataFrame(columns) if columns else pl.DataFrame(height=frame.height)
        return ReadTable(table, tuple(missing_columns), extra, tuple(unreadable))

    def _plain(self, frame: pl.DataFrame) -> dict[str, pl.Series]:
        """The columns that can be read together with others, read; each exactly as by itself."""
        schema = frame.schema
        asked = [column for column in self.used if column.name in schema and not column.missing]
        found: dict[str, pl.Series] = {}
        typed = [column.name for column in asked if column.kind == "number"]
        found |= _series(typed_numbers(frame, typed))
        texts = {column.name: column for column in asked if schema[column.name] == pl.String}
        for names in batches(list(texts), frame.height):
            said = stripped(frame, names, sorted(self.missing))
            of_kind = {kind: [name for name in names if texts[name].kind == kind] for kind in DTYPES}
            points = [name for name in of_kind["number"] if texts[name].number_style == "point"]
            found |= _series(plain_numbers(said.select(points)))
            found |= _series(truths(said.select(of_kind["boolean"])))
            found |= _series(said.select(*of_kind["category"], *of_kind["text"]))
        return found

    def read_one(self, row: Mapping[str, object]) -> dict[str, object]:
        """One lead of any value types as typed values, equal to `read` of a table of that one row."""
        get = row.get
        return {name: reader(get(name)) for name, reader in self._readers}


def _series(frame: pl.DataFrame) -> dict[str, pl.Series]:
    return {column.name: column for column in frame.get_columns()}


def _unreadable(name: str, given: pl.Series, bad: pl.Series) -> Unreadable:
    found = given.filter(bad)
    examples = dict.fromkeys(str(value) for value in found.head(1000).to_list())
    return Unreadable(name, len(found), tuple(examples)[:_EXAMPLES])
