"""A table of past records with a known outcome, made ready to learn from, or refused with the reason.

The outcome column may say 0/1, yes/no, true/false, won/lost or any two values of which one is named as the positive.
Rows without an outcome are left out and counted: an open lead is not a lost one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.engines.learning.outcome import Outcome, outcome_of
from galena.engines.learning.words import Words
from galena.kit.errors import InputError
from galena.kit.tabular.infer import infer_reading
from galena.kit.tabular.reading import Reading

FEWEST_ROWS: Final = 30
FEWEST_OF_A_CLASS: Final = 8


class DatasetError(InputError):
    """The table cannot be learned from; the facts say what was found, the remedy what to do."""


@dataclass(frozen=True)
class Dataset:
    """Records to learn from.

    Attributes:
        frame: the input columns as given (the outcome and what was dropped are not in it), labelled rows only.
        target: 1.0 for the positive outcome, 0.0 for the other, per row of `frame`.
        reading: how the columns are read; inferred from `frame` alone.
        times: when each record was known, as datetime64[us] (NaT where unreadable), if a time column was named.
        groups: a whole number per row, equal for rows that belong together, if a group column was named.
        in_time_order: whether the rows of the file are in order of time.
        row_numbers: the position of each row in the table as given, from 0.
        outcome: what the outcome column said and which value is the positive one.
        dropped: columns that are not used as inputs, each with the reason.
        weights: how much each row counts when members grow, on average 1; None: all alike. Judging counts all alike.
        words: what people say of leads whose outcome is open; members learn from them, too, and nothing is judged by
            them.
    """

    frame: pl.DataFrame
    target: NDArray[np.float64]
    reading: Reading
    times: NDArray[np.datetime64] | None
    groups: NDArray[np.int64] | None
    in_time_order: bool
    row_numbers: NDArray[np.int64]
    outcome: Outcome
    dropped: dict[str, str]
    time_column: str | None = None
    group_column: str | None = None
    weights: NDArray[np.float64] | None = None
    words: Words | None = None

    @property
    def rows(self) -> int:
        """How many records have an outcome."""
        return self.frame.height

    @property
    def positives(self) -> int:
        """How many of them are positive."""
        return int(self.target.sum())

    @cached_property
    def table(self) -> pl.DataFrame:
        """The used columns as typed values, read once."""
        return self.reading.read(self.frame).frame

    @cached_property
    def typed_words(self) -> Words | None:
        """The words of people with the used columns as typed values; None: nobody said anything."""
        if self.words is None or not len(self.words.grade):
            return None
        return replace(self.words, frame=self.reading.read(self.words.frame).frame)

    def without(self, columns: Sequence[str], why: str) -> "Dataset":
        """The same records without some input columns, each dropped for the reason given."""
        gone = set(columns)
        return replace(
            self,
            frame=self.frame.select(name for name in self.frame.columns if name not in gone),
            reading=Reading(
                columns=tuple(column for column in self.reading.columns if column.name not in gone),
                missing=self.reading.missing,
            ),
            dropped=self.dropped | dict.fromkeys(columns, why),
        )


def dataset_of(
    frame: pl.DataFrame,
    *,
    target: str,
    positive: str | None = None,
    drop: Sequence[str] = (),
    time: str | None = None,
    group: str | None = None,
    id_column: str | None = None,
    in_time_order: bool = False,
) -> Dataset:
    """Make a table ready to learn from.

    Args:
        frame: the table, columns of any type.
        target: the outcome column.
        positive: the value that counts as success; guessed for pairs everybody knows (yes, won, 1 ...).
        drop: columns the person does not want as inputs (known only after the outcome, say).
        time: the column that says when a record was known; it stays an input unless dropped.
        group: the column that says which rows belong together (a company's leads); never an input.
        id_column: the column that names the rows; never an input.
        in_time_order: whether the rows are in order of time.

    Raises:
        DatasetError: no such column, an empty table, one class, more than two outcomes, too few rows, no input left.
    """
    target = _column(frame, target, "the outcome")
    time = None if time is None else _column(frame, time, "the time")
    group = None if group is None else _column(frame, group, "the group")
    id_column = None if id_column is None else _column(frame, id_column, "the id")
    drop = [_column(frame, name, "to be dropped") for name in drop]
    if frame.is_empty():
        raise DatasetError("The table has no rows", remedy="Give a file with past leads, one per row.")
    outcome, values = outcome_of(frame.get_column(target), positive)
    labelled = np.flatnonzero(~np.isnan(values))
    _require_enough(outcome, len(labelled))
    dropped = {target: "the outcome"} | dict.fromkeys(drop, "dropped on request")
    inputs = frame.drop([name for name in dropped if name in frame.columns])[labelled]
    unused = {name: "says which rows belong together" for name in (group,) if name is not None}
    reading = infer_reading(inputs, id_column=id_column, unused=unused)
    _require_inputs(reading)
    given = frame[labelled]
    return Dataset(
        frame=inputs,
        target=values[labelled],
        reading=reading,
        times=_times(given, time) if time is not None else None,
        groups=_groups(given.get_column(group)) if group is not None else None,
        in_time_order=in_time_order,
        row_numbers=labelled.astype(np.int64),
        outcome=outcome,
        dropped=dropped,
        time_column=time,
        group_column=group,
    )


def _column(frame: pl.DataFrame, name: str, role: str) -> str:
    """The column of this name; spaces around it and, where that is clear, its case do not matter."""
    if name in frame.columns:
        return name
    folded: dict[str, str] = {}
    for column in frame.columns:
        key = column.strip().lstrip("\ufeff").casefold()
        folded[key] = "" if key in folded else column
    key = name.strip().casefold()
    if folded.get(key):
        return folded[key]
    near = [folded[found] for found in get_close_matches(key, list(folded), n=3, cutoff=0.6) if folded[found]]
    remedy = "Name one of the table's columns."
    if near:
        remedy = "Did you mean " + " or ".join(f"“{column}”" for column in near) + "?"
    shown = ", ".join(f"“{column}”" for column in frame.columns[:30])
    raise DatasetError(f"The table has no column “{name}” ({role})", facts={"columns": shown}, remedy=remedy)


def _require_enough(outcome: Outcome, rows: int) -> None:
    facts = {"rows": rows, f"“{outcome.positive}”": outcome.positives, "others": rows - outcome.positives}
    if outcome.unlabelled:
        facts["rows without an outcome"] = outcome.unlabelled
    if rows < FEWEST_ROWS:
        raise DatasetError(
            f"Too few rows with an outcome: {rows}, at least {FEWEST_ROWS} are needed",
            facts=facts,
            remedy="Add more past leads whose outcome is known; until then, score by rules.",
        )
    for what, count in ((outcome.positive, outcome.positives), (outcome.negative, rows - outcome.positives)):
        if count < FEWEST_OF_A_CLASS:
            raise DatasetError(
                f"Too few rows with the outcome “{what}” in column “{outcome.column}”: {count}, at least"
                f" {FEWEST_OF_A_CLASS} are needed",
                facts=facts,
                remedy="A model needs both kinds of outcome; add more past leads of the rarer kind.",
            )


def _require_inputs(reading: Reading) -> None:
    if not reading.used:
        raise DatasetError(
            "No column is left to learn from",
            facts={f"“{column.name}”": column.why for column in reading.columns},
            remedy="Add columns known about a lead before its outcome, such as source, industry, visits.",
        )


def _times(frame: pl.DataFrame, name: str) -> NDArray[np.datetime64]:
    series = frame.get_column(name)
    found = infer_reading(series.to_frame()).columns[0]
    if found.kind in ("category", "text", "boolean"):
        found = found.model_copy(update={"kind": "date", "date_formats": ("ymd", "dmy", "mdy", "d-month-y")})
    if found.kind == "date":
        read = Reading(columns=(found,)).read(series.to_frame()).frame.get_column(name)
        if read.null_count() <= len(read) / 2:
            return read.to_numpy().astype("datetime64[us]")
    # an epoch, a year, a running number: any number that grows with time gives the order
    as_number = Reading(columns=(found.model_copy(update={"kind": "number"}),))
    values = as_number.read(series.to_frame()).frame.get_column(name).to_numpy()
    if np.isnan(values).mean() <= 0.5:
        micros = np.clip(np.nan_to_num(values) * 1e6, -9e18, 9e18).astype("int64").view("datetime64[us]")
        return np.where(np.isnan(values), np.datetime64("NaT", "us"), micros)
    examples = ", ".join(
        str(value) for value in series.drop_nulls().unique(maintain_order=True).head(3).to_list()
    )
    raise DatasetError(
        f"Column “{name}” cannot be read as a time",
        facts={"examples": examples or "no value"},
        remedy="Name a column with dates such as 2026-01-31 or 31/01/2026 14:05.",
    )


def _groups(series: pl.Series) -> NDArray[np.int64]:
    """A number per distinct value; a row without one is a group of its own."""
    codes = series.cast(pl.String).rank("dense").cast(pl.Int64)
    highest = int(codes.drop_nulls().max() or 0)  # type: ignore[arg-type]
    alone = pl.int_range(highest + 1, highest + 1 + len(series), eager=True)
    return codes.fill_null(alone).to_numpy().astype(np.int64)
