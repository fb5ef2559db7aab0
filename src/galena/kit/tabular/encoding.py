"""Typed columns as numbers a model computes with; every number knows which column it comes from.

An encoding is fitted once (`galena.kit.tabular.fit_encoding`) and then only applied. It is a list of parts, one or
more per column; each part turns a column's values into a few inputs. A whole table (`transform`) and one lead
(`transform_one`) give the same float32 numbers bit for bit.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from galena.kit.tabular.pairs import PairPart
from galena.kit.tabular.parts import BooleanPart, CategoryPart, DatePart, GapPart, NumberPart
from galena.kit.tabular.words import WordsPart

# Rows are filled in column by column: so many fit the processor's cache.
_ROWS_AT_ONCE = 16_384
Use = Literal["trees", "net", "additive"]
Part = Annotated[
    NumberPart | BooleanPart | DatePart | GapPart | CategoryPart | WordsPart | PairPart,
    Field(discriminator="part"),
]


class Input(BaseModel):
    """One number a model reads.

    Attributes:
        name: for people, e.g. "Lead Source: conversion so far".
        origin: index into the encoding's columns; its contribution counts for that column.
        other: of an input made of two columns the second one; each column is given half of its contribution.
        use: which kinds of member read it.
        monotone: 1 if a greater value may only raise the prediction, -1 only lower it, 0 free.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    origin: int
    other: int | None = None
    use: frozenset[Use]
    monotone: Literal[-1, 0, 1] = 0


class Encoding(BaseModel):
    """What turns a read table into inputs.

    Attributes:
        columns: the columns used, in order.
        inputs: the inputs, in the order of the matrix's columns.
        parts: what computes them; part after part, the inputs follow in order.
    """

    model_config = ConfigDict(frozen=True)

    columns: tuple[str, ...]
    inputs: tuple[Input, ...]
    parts: tuple[Part, ...]

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs of columns that have an input of their own."""
        return tuple((part.column, part.other) for part in self.parts if isinstance(part, PairPart))

    @cached_property
    def _one(self) -> tuple[Any, ...]:
        return tuple(part.one() for part in self.parts)

    @cached_property
    def _known(self) -> tuple[tuple[str, Any], ...]:
        return tuple((column, self._main_part(column)) for column in self.columns)

    def _main_part(self, column: str) -> Any:
        return next((part for part in self.parts if part.column == column), None)

    def transform(self, frame: pl.DataFrame) -> NDArray[np.float32]:
        """The inputs of every row, [rows, inputs]; NaN = missing. `frame` is `ReadTable.frame`."""
        matrix = np.empty((frame.height, len(self.inputs)), dtype=np.float32)
        for first in range(0, frame.height, _ROWS_AT_ONCE):
            some, block = frame.slice(first, _ROWS_AT_ONCE), matrix[first : first + _ROWS_AT_ONCE]
            at = 0
            for part in self.parts:
                part.fill(some, block[:, at : at + part.width])
                at += part.width
        return matrix

    def transform_one(self, row: Mapping[str, object]) -> NDArray[np.float32]:
        """The inputs of one lead, [inputs], from `Reading.read_one`; equal to `transform` bit for bit."""
        numbers: list[float] = []
        for compute in self._one:
            numbers += compute(row)
        return np.array(numbers, dtype=np.float32)

    def known(self, frame: pl.DataFrame) -> NDArray[np.bool_]:
        """Per row and column, whether the value is there and like those seen in training: a known category, a
        number or date within (or near) the range seen."""
        matrix = np.empty((frame.height, len(self.columns)), dtype=np.bool_)
        for index, (column, part) in enumerate(self._known):
            series = frame.get_column(column)
            matrix[:, index] = part.known(series) if part is not None else series.is_not_null().to_numpy()
        return matrix

    def known_one(self, row: Mapping[str, object]) -> NDArray[np.bool_]:
        """`known` of one lead, [columns]."""
        get = row.get
        return np.array(
            [
                get(column) is not None and (part is None or part.known_one(get(column)))
                for column, part in self._known
            ],
            dtype=np.bool_,
        )

    def unseen(self, frame: pl.DataFrame) -> dict[str, int]:
        """Per category column, how many values were never seen in training; columns without any are left out."""
        counts: dict[str, int] = {}
        for column, part in self._known:
            if isinstance(part, CategoryPart):
                series = frame.get_column(column)
                count = int((series.is_not_null().to_numpy() & ~part.known(series)).sum())
                if count:
                    counts[column] = count
        return counts
