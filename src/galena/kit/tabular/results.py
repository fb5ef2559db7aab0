"""What a fitted model answers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galena.kit.tabular.reading import ReadTable

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Predictions:
    """One entry per row, in order.

    Attributes:
        probability: calibrated, 0-1.
        low, high: 90 % interval for the lead's true rate.
        confidence: 0-1: one minus the standard deviation of the members' probabilities, times the share of the
            model's importance whose values are known and familiar.
        members: each member's own probability [rows, members].
        table: the rows as read.
    """

    probability: Floats
    low: Floats
    high: Floats
    confidence: Floats
    members: Floats
    table: ReadTable


@dataclass(frozen=True, eq=False)
class Prediction:
    """`Predictions` of one lead; `values` are its columns as read."""

    probability: float
    low: float
    high: float
    confidence: float
    members: tuple[float, ...]
    values: dict[str, object]


@dataclass(frozen=True, eq=False)
class Explanations:
    """Why: base_points + points.sum(axis=1) == 100 * probability, up to rounding (1e-9).

    Attributes:
        predictions: of the same rows.
        columns: the names of the columns of `points`.
        base_points: the score of the mean lead.
        points: what each column adds or takes [rows, columns].
    """

    predictions: Predictions
    columns: tuple[str, ...]
    base_points: float
    points: Floats


@dataclass(frozen=True, eq=False)
class Explanation:
    """`Explanations` of one lead."""

    prediction: Prediction
    columns: tuple[str, ...]
    base_points: float
    points: Floats
