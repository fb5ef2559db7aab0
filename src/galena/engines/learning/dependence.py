"""What a column does to the score: per range of its values the points it adds and the rate that was observed."""

from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from galena.engines.learning.metrics import Number
from galena.engines.learning.ranks import Floats

RANGES = 8
MOST_LEVELS = 10
UNKNOWN = "not known"
OTHERS = "other values"


class ValueRange(BaseModel):
    """Leads whose value lies in one range (or is one of a category's values).

    Attributes:
        label: the range in words.
        leads: how many past leads.
        points: mean points (of a score 0-100) the column adds for them; null if none of them was explained.
        rate: share of them that was positive.
    """

    model_config = ConfigDict(frozen=True)
    label: str
    leads: int
    points: Number
    rate: Number


class Dependence(BaseModel):
    """A column's ranges in order (numbers, dates) or by number of leads (categories), "not known" last."""

    model_config = ConfigDict(frozen=True)
    column: str
    kind: str
    ranges: tuple[ValueRange, ...]


def dependence_of(
    kind: str, values: pl.Series, target: Floats, explained: NDArray[np.int64], points: Floats
) -> Dependence:
    """How one column (as read) bears on scores and outcomes.

    `explained` are the row numbers whose `points` (of this column) are given.
    """
    labels, codes = _numeric(values) if kind in ("number", "date") else _named(kind, values)
    of_explained = codes[explained]
    ranges = []
    for number, label in enumerate(labels):
        inside, shown = codes == number, of_explained == number
        if inside.any():
            ranges.append(
                ValueRange(
                    label=label,
                    leads=int(inside.sum()),
                    points=float(points[shown].mean()) if shown.any() else None,
                    rate=float(target[inside].mean()),
                )
            )
    return Dependence(column=values.name, kind=kind, ranges=tuple(ranges))


def short(value: float) -> str:
    """A number as people write it: thousands separated, at most four digits that matter."""
    if value == round(value) and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _numeric(values: pl.Series) -> tuple[list[str], NDArray[np.int64]]:
    dated = values.dtype.is_temporal()
    numbers = (values.cast(pl.Datetime("us")).dt.epoch("us") if dated else values).cast(pl.Float64).to_numpy()
    known = np.isfinite(numbers)
    codes = np.zeros(len(numbers), np.int64)
    labels: list[str] = []
    if known.any():
        distinct = np.unique(numbers[known])
        if len(distinct) <= RANGES:
            codes[known] = np.searchsorted(distinct, numbers[known])
            labels = [_value(value, dated) for value in distinct.tolist()]
        else:
            cuts = np.quantile(numbers[known], np.linspace(0, 1, RANGES + 1)[1:-1], method="lower")
            edges = np.unique(
                np.append(cuts[cuts < distinct[-1]], distinct[-2] if cuts[0] == distinct[-1] else [])
            )
            codes[known] = np.searchsorted(edges, numbers[known], side="left")
            labels = _range_labels([_value(edge, dated) for edge in edges.tolist()])
            if edges[0] == distinct[0]:
                labels[0] = _value(edges[0], dated)
                labels[1] = labels[1] if len(edges) == 1 else f"above {labels[1]}"
    codes[~known] = len(labels)
    return [*labels, UNKNOWN], codes


def _value(value: float, dated: bool) -> str:
    return str(np.datetime64(int(value), "us").astype("datetime64[D]")) if dated else short(value)


def _range_labels(edges: list[str]) -> list[str]:
    between = [f"{low} to {high}" for low, high in pairwise(edges)]
    return [f"up to {edges[0]}", *between, f"above {edges[-1]}"]


def _named(kind: str, values: pl.Series) -> tuple[list[str], NDArray[np.int64]]:
    if kind == "text":
        words = values.is_not_null().replace_strict({True: "filled in", False: None}, return_dtype=pl.String)
    elif kind == "boolean":
        words = values.cast(pl.Boolean).replace_strict({True: "yes", False: "no"}, return_dtype=pl.String)
    else:
        words = values.cast(pl.String)
    counts = words.drop_nulls().value_counts(sort=True).sort("count", words.name, descending=[True, False])
    names: list[str] = counts.get_column(words.name).to_list()
    kept = names if len(names) <= MOST_LEVELS + 1 else names[:MOST_LEVELS]
    place = {name: number for number, name in enumerate(kept)}
    labels = [*kept, OTHERS, UNKNOWN]
    codes = [len(kept) + 1 if word is None else place.get(word, len(kept)) for word in words.to_list()]
    return labels, np.asarray(codes, np.int64)
