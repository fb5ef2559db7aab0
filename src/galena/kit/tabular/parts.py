"""The parts of an encoding: each turns the values of one column into a few numbers, by table and by lead alike.

A part has `width` numbers. `fill` writes them for a table; `one()` gives a function doing the same for one lead.
Numbers are float64 until they are stored as float32, so both ways round once, and in the same way.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

NAN: Final = float("nan")
# A float32 ends near 3.4e38; what is beyond counts as that.
LARGEST: Final = 3.0e38
_DAY_US: Final = 86_400_000_000
_EPOCH: Final = datetime(1970, 1, 1)
OneRow = Callable[[Mapping[str, Any]], tuple[float, ...]]


class ColumnPart(BaseModel):
    """What all parts share: the column they read."""

    model_config = ConfigDict(frozen=True)

    column: str

    def known(self, series: pl.Series) -> NDArray[np.bool_]:
        """Per value, whether it is there and like those of the training."""
        return series.is_not_null().to_numpy()

    def known_one(self, value: Any) -> bool:
        """`known` of one value."""
        return value is not None


class NumberPart(ColumnPart):
    """A number as it is, then a flag per special value.

    Attributes:
        low, high: the range seen in training.
        apart: codes that mean something else than their size (999 for never); there the number itself is missing.
        flags: values that get a flag of their own (the codes apart and frequent values such as 0).
    """

    part: Literal["number"] = "number"
    low: float = 0.0
    high: float = 0.0
    apart: tuple[float, ...] = ()
    flags: tuple[float, ...] = ()

    @property
    def width(self) -> int:
        """The number itself and its flags."""
        return 1 + len(self.flags)

    def fill(self, frame: pl.DataFrame, out: NDArray[np.float32]) -> None:
        """The numbers of a table; NaN where the number is missing, also in its flags."""
        values = frame.get_column(self.column).to_numpy()
        missing = np.isnan(values)
        main = np.clip(values, -LARGEST, LARGEST)
        for code in self.apart:
            main[values == code] = NAN
        out[:, 0] = main
        for index, flag in enumerate(self.flags, 1):
            out[:, index] = np.where(missing, NAN, values == flag)

    def one(self) -> OneRow:
        """The numbers of one lead."""
        column, flags, apart = self.column, self.flags, self.apart
        nothing = (NAN,) * self.width

        def compute(row: Mapping[str, Any]) -> tuple[float, ...]:
            value = row.get(column)
            if value is None:
                return nothing
            main = NAN if value in apart else min(max(value, -LARGEST), LARGEST)
            return (main, *[1.0 if value == flag else 0.0 for flag in flags]) if flags else (main,)

        return compute

    @cached_property
    def _near(self) -> tuple[float, float]:
        margin = (self.high - self.low) * 0.25
        return self.low - margin, self.high + margin

    def known(self, series: pl.Series) -> NDArray[np.bool_]:
        """Within the range seen, a quarter of it wider on both sides."""
        values = series.to_numpy()
        return (values >= self._near[0]) & (values <= self._near[1])

    def known_one(self, value: Any) -> bool:
        """`known` of one number."""
        return value is not None and self._near[0] <= value <= self._near[1]


class BooleanPart(ColumnPart):
    """Yes = 1, no = 0, missing = NaN."""

    part: Literal["boolean"] = "boolean"

    @property
    def width(self) -> int:
        """One number."""
        return 1

    def fill(self, frame: pl.DataFrame, out: NDArray[np.float32]) -> None:
        """The numbers of a table."""
        out[:, 0] = frame.get_column(self.column).cast(pl.Float64).to_numpy()

    def one(self) -> OneRow:
        """The numbers of one lead."""
        column = self.column

        def compute(row: Mapping[str, Any]) -> tuple[float, ...]:
            value = row.get(column)
            return (NAN,) if value is None else (1.0,) if value else (0.0,)

        return compute


DateUnit = Literal["age_days", "weekday", "month", "day", "hour"]


class DatePart(ColumnPart):
    """A date as parts that come back: weekday (1 = Monday), month, day of month, hour; and its age in days.

    The age is counted back from the newest training date and never negative: a trend is not drawn on beyond
    what was seen.
    """

    part: Literal["date"] = "date"
    units: tuple[DateUnit, ...]
    newest: datetime
    oldest: datetime

    @property
    def width(self) -> int:
        """One number per unit."""
        return len(self.units)

    def fill(self, frame: pl.DataFrame, out: NDArray[np.float32]) -> None:
        """The numbers of a table."""
        series = frame.get_column(self.column)
        for index, unit in enumerate(self.units):
            out[:, index] = self._many(series, unit)

    def _many(self, series: pl.Series, unit: DateUnit) -> NDArray[np.float64]:
        if unit == "age_days":
            micros = (self._newest_us - series.cast(pl.Int64).cast(pl.Float64)).to_numpy()
            return np.clip(micros / _DAY_US, 0.0, self._span_days)
        parts = {"weekday": series.dt.weekday, "month": series.dt.month, "day": series.dt.day}
        read = parts[unit]() if unit in parts else series.dt.hour()
        return read.cast(pl.Float64).to_numpy()

    @cached_property
    def _newest_us(self) -> int:
        return micros_of(self.newest)

    @cached_property
    def _span_days(self) -> float:
        return (self._newest_us - micros_of(self.oldest)) / _DAY_US

    def one(self) -> OneRow:
        """The numbers of one lead."""
        column, nothing = self.column, (NAN,) * self.width
        readers = tuple(self._reader(unit) for unit in self.units)

        def compute(row: Mapping[str, Any]) -> tuple[float, ...]:
            value = row.get(column)
            return nothing if value is None else tuple([read(value) for read in readers])

        return compute

    def _reader(self, unit: DateUnit) -> Callable[[datetime], float]:
        if unit == "age_days":
            newest, span = self._newest_us, self._span_days
            return lambda value: min(max((newest - micros_of(value)) / _DAY_US, 0.0), span)
        readers: dict[str, Callable[[datetime], float]] = {
            "weekday": lambda value: float(value.isoweekday()),
            "month": lambda value: float(value.month),
            "day": lambda value: float(value.day),
        }
        return readers.get(unit, lambda value: float(value.hour))


class GapPart(ColumnPart):
    """The days from another date column to this one, kept within the range seen in training."""

    part: Literal["gap"] = "gap"
    since: str
    low: float
    high: float

    @property
    def width(self) -> int:
        """One number."""
        return 1

    def fill(self, frame: pl.DataFrame, out: NDArray[np.float32]) -> None:
        """The numbers of a table."""
        later, earlier = (
            frame.get_column(name).cast(pl.Int64).cast(pl.Float64).to_numpy()
            for name in (self.column, self.since)
        )
        out[:, 0] = np.clip((later - earlier) / _DAY_US, self.low, self.high)

    def one(self) -> OneRow:
        """The numbers of one lead."""
        column, since, low, high = self.column, self.since, self.low, self.high

        def compute(row: Mapping[str, Any]) -> tuple[float, ...]:
            later, earlier = row.get(column), row.get(since)
            if later is None or earlier is None:
                return (NAN,)
            return (min(max((micros_of(later) - micros_of(earlier)) / _DAY_US, low), high),)

        return compute


def micros_of(value: datetime) -> int:
    """Microseconds since 1970 of an instant without a zone, exactly."""
    gap = (value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)) - _EPOCH
    return (gap.days * 86_400 + gap.seconds) * 1_000_000 + gap.microseconds


def fold_case(text: str) -> str:
    """The key of a category: case and doubled spaces do not make a new one."""
    return " ".join(text.casefold().split())


class CategoryPart(ColumnPart):
    """A category as numbers looked up per level: conversion so far, frequency, and a flag per large level.

    Attributes:
        levels: the keys of the levels known, most frequent first.
        rows: how many training rows each had.
        table: per level its numbers, in millionths (whole, so that they are kept exactly).
        unknown: the numbers of a level never seen; None stands for NaN.
        absent: the numbers of a missing value; likewise.
    """

    part: Literal["category"] = "category"
    levels: tuple[str, ...]
    rows: tuple[int, ...] = Field(default=())
    table: tuple[tuple[int, ...], ...]
    unknown: tuple[int | None, ...]
    absent: tuple[int | None, ...]

    @property
    def width(self) -> int:
        """Numbers per level."""
        return len(self.unknown)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {level: index for index, level in enumerate(self.levels)}

    @cached_property
    def _numbers(self) -> NDArray[np.float64]:
        """The table with two more rows: the unknown level, then the missing value."""
        last = [
            [NAN if number is None else float(number) for number in row]
            for row in (self.unknown, self.absent)
        ]
        return np.array([*self.table, *last], dtype=np.float64).reshape(-1, self.width) / 1e6

    def codes(self, series: pl.Series) -> NDArray[np.int32]:
        """Per value the row of the table; len(levels) = unknown, one more = missing."""
        return level_codes(series, self._place)

    def fill(self, frame: pl.DataFrame, out: NDArray[np.float32]) -> None:
        """The numbers of a table."""
        out[:] = self._numbers.astype(np.float32)[self.codes(frame.get_column(self.column))]

    def one(self) -> OneRow:
        """The numbers of one lead."""
        column, place = self.column, self._place
        rows = [tuple(row) for row in self._numbers.tolist()]
        unknown, absent, rows = rows[-2], rows[-1], rows[:-2]
        exact = {level: rows[index] for level, index in place.items() if fold_case(level) == level}

        def compute(row: Mapping[str, Any]) -> tuple[float, ...]:
            value = row.get(column)
            if value is None:
                return absent
            found = exact.get(value)
            if found is None:
                index = place.get(fold_case(value))
                found = unknown if index is None else rows[index]
            return found

        return compute

    def known(self, series: pl.Series) -> NDArray[np.bool_]:
        """A level seen in training."""
        return self.codes(series) < len(self.levels)

    def known_one(self, value: Any) -> bool:
        """`known` of one value."""
        return value is not None and fold_case(value) in self._place


def level_codes(series: pl.Series, place: Mapping[str, int]) -> NDArray[np.int32]:
    """Per value the place of its level; `len(place)` = unknown, one more = missing."""
    unknown = len(place)
    distinct = series.unique().drop_nulls()
    codes = [place.get(fold_case(value), unknown) for value in distinct.to_list()]
    if not codes:
        return np.full(len(series), unknown + 1, dtype=np.int32)
    found = series.replace_strict(
        distinct, pl.Series(codes, dtype=pl.Int32), default=None, return_dtype=pl.Int32
    )
    return found.fill_null(unknown + 1).to_numpy()
