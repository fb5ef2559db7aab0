"""How a fitted model predicts and explains: tables in chunks, one lead without detours."""

import os
from collections.abc import Callable, Iterator, Mapping
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.kit.tabular.calibration import sigmoid_one
from galena.kit.tabular.reading import ReadTable
from galena.kit.tabular.results import Explanation, Explanations, Prediction, Predictions

if TYPE_CHECKING:
    from galena.kit.tabular.model import Member, TabularModel

Progress = Callable[[int, int], None]
Floats = NDArray[np.float64]

CHUNK_ROWS = 32_768
CHUNK_NUMBERS = 8_000_000
"""At most so many inputs (rows x inputs) are encoded at once: 32 MB."""


def usable_threads(asked: int | None) -> int:
    """As asked, else one per processor this process may use."""
    return max(1, asked if asked is not None else len(os.sched_getaffinity(0)))


def predict(
    model: "TabularModel", frame: pl.DataFrame, threads: int | None, progress: Progress | None
) -> Predictions:
    """See `TabularModel.predict`."""
    table = model.reading.read(frame)
    found = _Columns(model, table.frame.height)
    if model.usable_signal:
        for first, rows in _chunks(model, table.frame):
            x = model.encoding.transform(rows)
            found.write(first, member_log_odds(model, x, usable_threads(threads)), _density(model, rows))
            if progress:
                progress(first + rows.height, table.frame.height)
    return found.predictions(table)


def explain(
    model: "TabularModel", frame: pl.DataFrame, threads: int | None, progress: Progress | None
) -> Explanations:
    """See `TabularModel.explain`."""
    table = model.reading.read(frame)
    found = _Columns(model, table.frame.height)
    points = np.zeros((table.frame.height, len(model.columns)))
    if model.usable_signal:
        for first, rows in _chunks(model, table.frame):
            x = model.encoding.transform(rows)
            z = member_log_odds(model, x, usable_threads(threads))
            found.write(first, z, _density(model, rows))
            points[first : first + len(x)] = points_of(model, x, z @ model.weights, usable_threads(threads))
            if progress:
                progress(first + rows.height, table.frame.height)
    return Explanations(found.predictions(table), model.columns, model.base_points, points)


def member_log_odds(model: "TabularModel", x: NDArray[np.float32], threads: int) -> Floats:
    """Each member's log-odds of encoded rows [rows, members]."""
    return np.column_stack([member.log_odds(x, threads) for member in model.members])


def points_of(model: "TabularModel", x: NDArray[np.float32], z: Floats, threads: int) -> Floats:
    """What each column adds to the scores of encoded rows whose blended log-odds are z [rows, columns]."""
    total = model.contributions(x, threads)
    total *= 100 * model.calibrator.secant(z, model.base_log_odds)[:, None]
    return total


def _chunks(model: "TabularModel", frame: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
    size = max(1_024, min(CHUNK_ROWS, CHUNK_NUMBERS // max(len(model.encoding.inputs), 1)))
    for first in range(0, frame.height, size):
        yield first, frame.slice(first, size)


def _density(model: "TabularModel", rows: pl.DataFrame) -> Floats:
    """Per row, the share of the model's importance whose values are known and familiar."""
    density: Floats = model.encoding.known(rows) @ model.importance_shares
    return np.clip(density, 0.0, 1.0)


class _Columns:
    """The columns of `Predictions`, filled chunk by chunk; without a usable signal they are all the base rate."""

    def __init__(self, model: "TabularModel", rows: int) -> None:
        self.model = model
        self.probability = np.full(rows, model.base_rate)
        low, high = model.base_interval
        self.low = np.full(rows, low)
        self.high = np.full(rows, high)
        self.confidence = np.zeros(rows)
        self.members = np.full((rows, len(model.members)), model.base_rate)

    def write(self, first: int, z: Floats, density: Floats) -> None:
        """The rows from `first` on, from their members' log-odds."""
        here, model = slice(first, first + len(z)), self.model
        blend = z @ model.weights
        disagreement = np.sqrt(((z - blend[:, None]) ** 2).mean(axis=1))
        self.members[here] = 1 / (1 + np.exp(-np.clip(z, -700, 700)))
        self.probability[here] = model.calibrator.probability(blend)
        self.low[here], self.high[here] = model.calibrator.interval(blend, disagreement)
        self.confidence[here] = (1 - self.members[here].std(axis=1)) * density

    def predictions(self, table: ReadTable) -> Predictions:
        """All rows."""
        return Predictions(self.probability, self.low, self.high, self.confidence, self.members, table)


def predict_one(model: "TabularModel", row: Mapping[str, object]) -> Prediction:
    """See `TabularModel.predict_one`."""
    values = model.reading.read_one(row)
    if not model.usable_signal:
        return _without_signal(model, values)
    x = model.encoding.transform_one(values)
    return _prediction(model, values, [_one_log_odds(member, x) for member in model.members])


def explain_one(model: "TabularModel", row: Mapping[str, object]) -> Explanation:
    """See `TabularModel.explain_one`."""
    values = model.reading.read_one(row)
    if not model.usable_signal:
        nothing = np.zeros(len(model.columns))
        return Explanation(_without_signal(model, values), model.columns, model.base_points, nothing)
    x = model.encoding.transform_one(values)
    z = [_one_log_odds(member, x) for member in model.members]
    blend = _blended(model, z)
    points = points_of(model, x[None, :], np.array([blend]), usable_threads(None))[0]
    return Explanation(_prediction(model, values, z), model.columns, model.base_points, points)


def _without_signal(model: "TabularModel", values: dict[str, object]) -> Prediction:
    rate, (low, high) = model.base_rate, model.base_interval
    return Prediction(rate, low, high, 0.0, (rate,) * len(model.members), values)


def _one_log_odds(member: "Member", x: NDArray[np.float32]) -> float:
    return member.intercept + member.slope * member.model.raw_one(x if member.reads_all else x[member.inputs])


def _blended(model: "TabularModel", z: list[float]) -> float:
    return sum(weight * own for weight, own in zip(model.weight_list, z, strict=True))


def _prediction(model: "TabularModel", values: dict[str, object], z: list[float]) -> Prediction:
    blend = _blended(model, z)
    spread = sum((own - blend) ** 2 for own in z) / len(z)
    probability, low, high = model.calibrator.one(blend, sqrt(spread))
    members = tuple(sigmoid_one(own) for own in z)
    mean = sum(members) / len(members)
    apart = sqrt(sum((p - mean) ** 2 for p in members) / len(members))
    known = float(model.encoding.known_one(values) @ model.importance_shares)
    return Prediction(probability, low, high, (1 - apart) * min(known, 1.0), members, values)
