"""One row of a table explained by a model: what each column adds, and what would change the score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from galena.connectors.files.tables import TableFile, open_table
from galena.domain.score import MICROPOINTS
from galena.engines.explanation import shown_parts
from galena.engines.explanation.model_reasons import SMALLEST_POINTS
from galena.engines.explanation.model_what_if import Change, what_would_change
from galena.kit.errors import InputError, NotFoundError
from galena.workflows.known_columns import known_columns
from galena.workflows.score_table import shown_values, words_of

OTHERS_SEEN = 20_000
"""Rows of the file from whose values the imagined changes are drawn."""

MOST_CATEGORIES = 12
LEAST_SHARE = 0.005
"""Values that fewer leads have are no advice."""

QUANTILES = 11
OUTER_SHARE = 0.05
"""Numbers are imagined between the 5 % and the 95 % quantile."""

CHANGEABLE = ("number", "category", "boolean")


@dataclass(frozen=True, slots=True)
class Effect:
    """What one column adds to the score, in points, with its sentence."""

    column: str
    sentence: str
    points: float


@dataclass(frozen=True, slots=True)
class ExplainedRow:
    """A score and what it is made of: `base_points` and the effects add up to it.

    Attributes:
        row: the 1-based number of the data row.
        base_points: where every lead starts: the score at the mean log-odds of the past leads.
        effects: of every column the model reads, largest first.
        changes: other values that would raise the score, each tried; one column changed at a time.
    """

    row: int
    score: float
    low: float
    high: float
    confidence: float
    usable_signal: bool
    base_points: float
    effects: tuple[Effect, ...]
    changes: tuple[Change, ...]
    missing_columns: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        return {
            "row": self.row,
            "score": self.score,
            "probability": self.score / 100,
            "probability_low": self.low,
            "probability_high": self.high,
            "confidence": self.confidence,
            "usable_signal": self.usable_signal,
            "base": self.base_points,
            "contributions": [
                {"column": each.column, "points": each.points, "text": each.sentence} for each in self.effects
            ],
            "would_change": [
                {
                    "column": each.column,
                    "from": each.before,
                    "to": each.after,
                    "score": each.score,
                    "points": each.points,
                }
                for each in self.changes
            ],
            "missing_columns": list(self.missing_columns),
        }


def explain_row(csv: TableFile, model: Any, row: int, fixed: Sequence[str] = ()) -> ExplainedRow:
    """Explain one row of a table.

    Args:
        model: as `galena.workflows.model_folder.load_model` gives it.
        row: its 1-based number among the data rows.
        fixed: columns that cannot change, which no imagined change touches.

    Raises:
        NotFoundError: there is no such row, or a fixed column does not exist.
        InputError: the table or the row cannot be read.
    """
    names = tuple(model.encoding.columns)
    for name in fixed:
        if name not in names:
            raise NotFoundError(
                f"--fixed: the model reads no column “{name}”.", facts={"columns": list(names)}
            )
    given, others = _row_and_others(csv, row)
    known = known_columns(model, given.columns, others)
    named, lead, others = known.named(given), known.as_trained(given), known.as_trained(others)
    explained = model.explain(lead)
    predicted = explained.predictions
    score = 100 * float(predicted.probability[0])
    changes: tuple[Change, ...] = ()
    if model.usable_signal:
        alternatives = _alternatives(model, others, set(fixed) | set(predicted.table.missing_columns))
        values = {name: cells[0] for name, cells in shown_values(lead, explained).items()}
        changes = what_would_change(values, alternatives, lambda rows: _scores(model, lead, rows))
    return ExplainedRow(
        row=row,
        score=score,
        low=float(predicted.low[0]),
        high=float(predicted.high[0]),
        confidence=float(predicted.confidence[0]),
        usable_signal=bool(model.usable_signal),
        base_points=float(explained.base_points),
        effects=_effects(model, named, explained),
        changes=changes,
        missing_columns=predicted.table.missing_columns,
    )


def _row_and_others(csv: TableFile, row: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    others: list[pl.DataFrame] = []
    seen = 0
    with open_table(csv) as table:
        for block in table.blocks(OTHERS_SEEN):
            if not others:
                others.append(block.frame)
            seen = block.first + block.frame.height - 1
            if row <= seen:
                why = next((each.reason for each in block.unread if each.number == row), None)
                if why is not None:
                    raise InputError(f"Row {row:,} could not be read.", facts={"reason": why})
                return block.frame[row - block.first : row - block.first + 1], others[0]
    rows = f"It has {seen:,} rows below the header." if seen else "It has a header and no rows."
    raise NotFoundError(
        f"There is no row {row:,} in the file.", facts={"file": csv.path}, remedy=f"{rows} Rows count from 1."
    )


def _effects(model: Any, lead: pl.DataFrame, explained: Any) -> tuple[Effect, ...]:
    words = words_of(model, explained.predictions.table.missing_columns)
    values = shown_values(lead, explained)
    found = [
        Effect(name, words.sentence(name, values.get(name, [None])[0]), float(points))
        for name, points in zip(model.encoding.columns, explained.points[0], strict=True)
    ]
    return tuple(sorted(found, key=lambda each: -abs(each.points)))


def shown_sum(found: ExplainedRow) -> list[tuple[str, float]]:
    """The sum as lines for people, in tenths of a point that add up as they are shown: where every lead starts, each
    effect worth a line, the rest in one, and the score."""
    large = [each for each in found.effects if abs(each.points) >= SMALLEST_POINTS]
    parts = [found.base_points, *(each.points for each in large)]
    names = ["Where every lead starts", *(each.sentence for each in large)]
    others = len(found.effects) - len(large)
    if others:
        parts.append(found.score - sum(parts))
        names.append(f"{others} more columns together" if others > 1 else "1 more column")
    tenths = shown_parts([round(10 * MICROPOINTS * part) for part in parts], round(10 * found.score))
    lines = [(name, tenth / 10) for name, tenth in zip(names, tenths, strict=True)]
    return [*lines, ("Score", round(10 * found.score) / 10)]


def _alternatives(model: Any, others: pl.DataFrame, fixed: set[str]) -> dict[str, list[str]]:
    """Values that other leads of the file have: the most frequent ones, or spread over the range of numbers."""
    read = model.reading.read(others).frame
    found: dict[str, list[str]] = {}
    for column in model.reading.columns:
        name = column.name
        if column.kind not in CHANGEABLE or name in fixed or name not in model.encoding.columns:
            continue
        texts = others[name].filter(read[name].is_not_null())
        if column.kind == "number":
            found[name] = _spread(texts, read[name].drop_nulls())
        else:
            counted = texts.value_counts().sort("count", name, descending=[True, False])
            usual = counted.filter(pl.col("count") >= LEAST_SHARE * len(texts))
            found[name] = usual[name].head(MOST_CATEGORIES).to_list()
    return found


def _spread(texts: pl.Series, numbers: pl.Series) -> list[str]:
    order = np.argsort(numbers.to_numpy(), kind="stable")
    if not len(order):
        return []
    outer = round(OUTER_SHARE * (len(order) - 1))
    places = order[np.unique(np.linspace(outer, len(order) - 1 - outer, QUANTILES).astype(int))]
    return list(dict.fromkeys(texts.gather(places.tolist()).to_list()))


def _scores(model: Any, lead: pl.DataFrame, rows: Sequence[Mapping[str, str | None]]) -> list[float]:
    given = [{**lead.row(0, named=True), **row} for row in rows]
    frame = pl.DataFrame(given, schema=dict.fromkeys(lead.columns, pl.String()))
    return [100 * float(each) for each in model.predict(frame).probability]
