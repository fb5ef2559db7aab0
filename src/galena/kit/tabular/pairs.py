"""What two categories say together beyond what each says by itself, as one number looked up by both."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.kit.tabular.parts import ColumnPart, OneRow, fold_case, level_codes


class PairPart(ColumnPart):
    """A number per pair of levels of two columns (categories or yes/no).

    Attributes:
        other: the second column.
        levels, other_levels: the keys of the levels known, of each column.
        table: in millionths, a row per level of the first and a column per level of the second; the last but one of
            each stands for any further level, the last for a missing value.
    """

    part: Literal["pair"] = "pair"
    other: str
    levels: tuple[str, ...]
    other_levels: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]

    @property
    def width(self) -> int:
        """One number."""
        return 1

    @cached_property
    def _numbers(self) -> NDArray[np.float32]:
        return (np.array(self.table, dtype=np.float64) / 1e6).astype(np.float32)

    def fill(self, frame: pl.DataFrame, out: NDArray[np.float32]) -> None:
        """The numbers of a table."""
        first = pair_codes(frame.get_column(self.column), self.levels)
        second = pair_codes(frame.get_column(self.other), self.other_levels)
        out[:, 0] = self._numbers[first, second]

    def one(self) -> OneRow:
        """The number of one lead."""
        column, other = self.column, self.other
        first, second = _coder(self.levels), _coder(self.other_levels)
        numbers = [[(float(number),) for number in row] for row in self._numbers]

        def compute(row: Mapping[str, Any]) -> tuple[float, ...]:
            return numbers[first(row.get(column))][second(row.get(other))]

        return compute


def pair_codes(series: pl.Series, levels: tuple[str, ...]) -> NDArray[np.int32]:
    """Per value the place of its level; len(levels) = any other, one more = missing."""
    return level_codes(series.cast(pl.String), _places(levels))


def _places(levels: tuple[str, ...]) -> dict[str, int]:
    return {level: place for place, level in enumerate(levels)}


def _coder(levels: tuple[str, ...]) -> Callable[[Any], int]:
    """`pair_codes` of one value."""
    places = _places(levels)
    exact: dict[Any, int] = {level: place for level, place in places.items() if fold_case(level) == level}
    exact[True], exact[False] = (places.get(said, len(places)) for said in ("true", "false"))
    exact[None] = len(places) + 1

    def code(value: Any) -> int:
        found = exact.get(value)
        return places.get(fold_case(value), len(places)) if found is None else found

    return code
