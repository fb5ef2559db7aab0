"""Fitting an encoding: from typed columns and an outcome to inputs, without a row ever seeing its own outcome.

Each column gets the inputs its kind deserves: numbers as they are, flags for codes such as 999 and for frequent
values; dates as parts that come back; categories as shrunken log-odds so far, frequency and a flag per large level;
text as length, evidence of its words and telling words; pairs of categories that matter together one number. The
matrix returned for training is cross-fitted: whatever was learned from outcomes is computed for each row from the
other folds. The more columns, the fewer inputs each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.kit.errors import InputError
from galena.kit.tabular.encoding import Encoding, Input, Part, Use
from galena.kit.tabular.fit_numbers import Direction, fit_boolean, fit_date, fit_gaps, fit_number
from galena.kit.tabular.fit_outcomes import fit_category, fit_words
from galena.kit.tabular.fit_pairs import fit_pairs
from galena.kit.tabular.fitted import Fitted, Rows
from galena.kit.tabular.odds import base_rate, folds_of
from galena.kit.tabular.reading import ColumnReading, Reading
from galena.kit.tabular.values import Kind

# Flags and one-hot levels are worth having until a table is wide; together the inputs stay near this many.
INPUTS_WANTED: Final = 1_500
MOST_EXTRAS: Final = 12


@dataclass(frozen=True)
class _Sorted:
    column: str
    fitted: Fitted


def fit_encoding(
    frame: pl.DataFrame,
    reading: Reading,
    target: NDArray[np.float64],
    *,
    seed: int,
    monotone: Mapping[str, int] | None = None,
    groups: NDArray[np.int64] | None = None,
    folds: int = 5,
    pairs: Sequence[tuple[str, str]] | None = None,
) -> tuple[Encoding, NDArray[np.float32]]:
    """Fit an encoding on these rows alone.

    Args:
        frame: `ReadTable.frame` of the training rows.
        reading: the reading that made it.
        target: 0 or 1 per row.
        seed: of the folds the outcome-based inputs are cross-fitted with.
        monotone: per column 1 or -1 where a greater value may only raise or only lower the prediction; such a
            column keeps the one input that says so.
        groups: rows that belong together (several rows of one company) share a fold.
        folds: how many.
        pairs: columns that get an input for what they say together; looked for where not given.

    Returns:
        The encoding, and the cross-fitted matrix to train on, [rows, inputs].

    Raises:
        InputError: `monotone` names a column that is not there, or one that has no size (a category, text).
    """
    directions = dict(monotone or {})
    _require_sizes(reading, directions)
    there = set(frame.columns)
    used = [column for column in reading.used if column.name in there]
    extras = min(MOST_EXTRAS, max(0, (INPUTS_WANTED - len(used)) // max(1, len(used))))
    rows = Rows(
        target=target,
        folds=folds_of(target, folds, seed, groups),
        fold_count=folds,
        rate=base_rate(target),
        extras=extras,
        groups=None if groups is None else np.unique(groups, return_inverse=True)[1].astype(np.int64),
    )
    found: list[_Sorted] = []
    for column in used:
        series = frame.get_column(column.name)
        if series.n_unique() <= 1:
            continue
        fitted = _fit_column(column.kind, series, rows, _direction(directions.get(column.name, 0)))
        if fitted is not None:
            found.append(_Sorted(column.name, fitted))
    dates = [
        item.column for item in found if item.fitted.part.part == "date" and not directions.get(item.column)
    ]
    found += [_Sorted(gap.part.column, gap) for gap in fit_gaps(frame, dates)]
    found += [_Sorted(pair.part.column, pair) for pair in _pairs(frame, found, used, directions, rows, pairs)]
    return _assemble(frame, found)


def _pairs(
    frame: pl.DataFrame,
    found: Sequence[_Sorted],
    used: Sequence[ColumnReading],
    directions: Mapping[str, int],
    rows: Rows,
    given: Sequence[tuple[str, str]] | None,
) -> list[Fitted]:
    there = {item.column for item in found}
    kinds = {column.name: column.kind for column in used if column.name in there}
    free = [
        name for name, kind in kinds.items() if kind in ("category", "boolean") and not directions.get(name)
    ]
    sizes = [
        name for name, kind in kinds.items() if kind in ("number", "date", "boolean") and name not in free
    ]
    return fit_pairs(frame, free, sizes, rows, given)


def _require_sizes(reading: Reading, directions: Mapping[str, int]) -> None:
    kinds = {column.name: column.kind for column in reading.columns}
    for name in directions:
        kind = kinds.get(name)
        if kind in (None, "category", "text"):
            what = "there is no such column" if kind is None else f"it is read as {kind}, which has no order"
            raise InputError(
                f"Column “{name}” cannot be held to one direction: {what}",
                remedy="Name a number, date or yes/no column.",
            )


def _fit_column(kind: Kind, series: pl.Series, rows: Rows, direction: Direction) -> Fitted | None:
    if kind == "number":
        return fit_number(series, rows, direction)
    if kind == "boolean":
        return fit_boolean(series, direction)
    if kind == "date":
        return fit_date(series, direction)
    return fit_category(series, rows) if kind == "category" else fit_words(series, rows)


def _direction(value: int) -> Direction:
    return 1 if value > 0 else -1 if value < 0 else 0


def _assemble(frame: pl.DataFrame, found: list[_Sorted]) -> tuple[Encoding, NDArray[np.float32]]:
    columns = tuple(dict.fromkeys(item.column for item in found))
    place = {column: index for index, column in enumerate(columns)}
    inputs: list[Input] = []
    parts: list[Part] = []
    for item in found:
        parts.append(item.fitted.part)
        inputs += [
            Input(
                name=draft.name,
                origin=place[item.column],
                other=place[item.fitted.part.other] if item.fitted.part.part == "pair" else None,
                use=frozenset[Use](draft.use),
                monotone=draft.monotone,
            )
            for draft in item.fitted.inputs
        ]
    encoding = Encoding(columns=columns, inputs=tuple(inputs), parts=tuple(parts))
    matrix = np.empty((frame.height, len(inputs)), dtype=np.float32)
    at = 0
    for item in found:
        width = item.fitted.part.width
        if item.fitted.cross_fitted is None:
            item.fitted.part.fill(frame, matrix[:, at : at + width])
        else:
            matrix[:, at : at + width] = item.fitted.cross_fitted
        at += width
    return encoding, matrix
