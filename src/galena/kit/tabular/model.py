"""A fitted model for any table: what reads it, its members, their blend, calibration and explanation.

Each member's raw prediction becomes log-odds (`intercept + slope * raw`); the blend is their weighted mean z; the
calibrator turns z into the probability. Contributions go the same way: a member's Shapley values (DeepSHAP for nets)
times its slope and weight, summed over members and over the inputs made of one column, are what the column adds to z
above the mean lead's z; an input made of two columns is a player of its own, whose share is halved between them. They
pass through the calibrator by the secant: with p0 and z0 of the mean lead, points are
contributions x 100 (p - p0) / (z - z0). So 100 p0 plus a lead's points is its score, up to rounding.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import log
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.kit.errors import InputError
from galena.kit.tabular.additive import Additive
from galena.kit.tabular.calibration import Calibrator, sigmoid_one
from galena.kit.tabular.encoding import Encoding
from galena.kit.tabular.net import Net
from galena.kit.tabular.reading import Reading
from galena.kit.tabular.results import Explanation, Explanations, Prediction, Predictions
from galena.kit.tabular.score import Progress, explain, explain_one, predict, predict_one
from galena.kit.tabular.trees import Trees

Floats = NDArray[np.float64]
MemberKind = Literal["boosting", "forest", "net", "additive"]

__all__ = [
    "Explanation",
    "Explanations",
    "Member",
    "ModelError",
    "Prediction",
    "Predictions",
    "Progress",
    "TabularModel",
]


class ModelError(InputError):
    """The parts of a model do not fit together."""


@dataclass(frozen=True, eq=False)
class Member:
    """One predictor of the blend.

    Attributes:
        name: unique within the model.
        kind: what sort of predictor, for people.
        model: the predictor; its raw prediction may have any scale.
        inputs: which inputs of the encoding it reads, in its own order.
        slope, intercept: log-odds of its own calibrated prediction = intercept + slope * raw.
    """

    name: str
    kind: MemberKind
    model: Trees | Net | Additive
    inputs: NDArray[np.int32]
    slope: float
    intercept: float

    def log_odds(self, x: NDArray[np.float32], threads: int = 1) -> Floats:
        """Of each encoded row `x` [rows, inputs of the encoding]."""
        return self.intercept + self.slope * self.model.raw(self._own(x), threads=threads)

    def contributions(
        self, x: NDArray[np.float32], origins: NDArray[np.int32], columns: int, threads: int = 1
    ) -> tuple[Floats, float]:
        """What each column adds to this member's log-odds [rows, columns], and the log-odds of the mean lead."""
        own, players = self._own(x), origins[self.inputs]
        if isinstance(self.model, Trees):
            found, expected = self.model.contributions(own, players=players, threads=threads)
        else:
            by_input, expected = self.model.contributions(own, threads=threads)
            found = np.zeros((len(x), columns))
            np.add.at(found.T, players, by_input.T)
        wide = np.zeros((len(x), columns))
        wide[:, : found.shape[1]] = found * self.slope
        return wide, self.intercept + self.slope * expected

    def _own(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        all_of_them = self.in_order and (self.reads_all or x.shape[1] == len(self.inputs))
        return x if all_of_them else np.ascontiguousarray(x[:, self.inputs])

    @cached_property
    def in_order(self) -> bool:
        """Whether its inputs are the first of the encoding, in the same places."""
        return np.array_equal(self.inputs, np.arange(len(self.inputs)))

    @cached_property
    def reads_all(self) -> bool:
        """Whether it reads rows of the encoding as they are: trees do not mind further inputs."""
        return self.in_order and isinstance(self.model, Trees)


@dataclass(frozen=True, eq=False)
class TabularModel:
    """Everything that turns a row of a table into a probability and its reasons.

    Attributes:
        reading, encoding: from values to inputs.
        members, weights: the predictors and their shares of the blend, which sum to 1.
        calibrator: from the blend's log-odds to the probability.
        base_rate: the share of positive outcomes in training.
        usable_signal: false if the columns tell nothing: then every lead gets the base rate and no contributions.
        importance: per column of the encoding, its share of the model's importance, 0-1.
        meta: anything else worth keeping, as JSON values.
    """

    reading: Reading
    encoding: Encoding
    members: tuple[Member, ...]
    weights: Floats
    calibrator: Calibrator
    base_rate: float
    usable_signal: bool
    importance: Floats
    meta: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises ModelError where the parts do not fit together."""
        check_parts(self)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that explanations speak about."""
        return self.encoding.columns

    @cached_property
    def origins(self) -> NDArray[np.int32]:
        """For each input of the encoding, the player it belongs to: its column, or a player of its own behind the
        columns where it is made of two."""
        after = iter(range(len(self.columns), len(self.columns) + len(self.encoding.inputs)))
        own = [each.origin if each.other is None else next(after) for each in self.encoding.inputs]
        return np.array(own, dtype=np.int32)

    @cached_property
    def shared(self) -> tuple[tuple[int, int], ...]:
        """The columns of each player behind the columns."""
        return tuple((each.origin, each.other) for each in self.encoding.inputs if each.other is not None)

    def contributions(self, x: NDArray[np.float32], threads: int = 1) -> Floats:
        """What each column adds to the blended log-odds of encoded rows, above the mean lead's [rows, columns].

        An input made of two columns is explained as a player of its own, and its share halved between them.
        """
        columns, players = len(self.columns), len(self.columns) + len(self.shared)
        total = np.zeros((len(x), players))
        for weight, member in zip(self.weights, self.members, strict=True):
            found, _ = member.contributions(x, self.origins, players, threads)
            found *= weight
            total += found
        if not self.shared:
            return total
        by_column = total[:, :columns].copy()
        for place, pair in enumerate(self.shared, columns):
            for column in pair:
                by_column[:, column] += total[:, place] / 2
        return by_column

    @cached_property
    def weight_list(self) -> list[float]:
        """The weights, for the way of one lead."""
        found: list[float] = self.weights.tolist()
        return found

    @cached_property
    def importance_shares(self) -> Floats:
        """The importance, summing to 1."""
        total = float(self.importance.sum())
        return (
            self.importance / total
            if total > 0
            else np.full(len(self.columns), 1 / max(len(self.columns), 1))
        )

    @cached_property
    def base_interval(self) -> tuple[float, float]:
        """The interval of the base rate: what every lead gets where there is no usable signal."""
        if not 0 < self.base_rate < 1:
            return self.base_rate, self.base_rate
        z = log(self.base_rate / (1 - self.base_rate))
        low, high = self.calibrator.offsets_one(z)
        return min(sigmoid_one(z + low), self.base_rate), max(sigmoid_one(z + high), self.base_rate)

    @cached_property
    def base_log_odds(self) -> float:
        """z of the mean lead: the weighted expected values of the members."""
        expected = [member.intercept + member.slope * member.model.expected for member in self.members]
        return float(self.weights @ np.array(expected))

    @cached_property
    def base_points(self) -> float:
        """The score of the mean lead, 0-100."""
        if not self.usable_signal:
            return 100 * self.base_rate
        return 100 * float(self.calibrator.probability(np.asarray(self.base_log_odds)))

    def predict(
        self, frame: pl.DataFrame, *, threads: int | None = None, progress: Progress | None = None
    ) -> Predictions:
        """Probabilities of the rows of a table with any column types and column order.

        Columns the table lacks count as missing values (the result's `table` names them). `progress` is called with
        (rows done, rows). `threads`: all usable processors unless given.
        """
        return predict(self, frame, threads, progress)

    def predict_one(self, row: Mapping[str, object]) -> Prediction:
        """`predict` of one lead, fast; columns the mapping lacks count as missing."""
        return predict_one(self, row)

    def explain(
        self, frame: pl.DataFrame, *, threads: int | None = None, progress: Progress | None = None
    ) -> Explanations:
        """`predict`, and what each column contributes to each row's score."""
        return explain(self, frame, threads, progress)

    def explain_one(self, row: Mapping[str, object]) -> Explanation:
        """`explain` of one lead, fast."""
        return explain_one(self, row)


def check_parts(model: TabularModel) -> None:
    """Raises ModelError (or the part's own error) where the parts of a model do not fit together."""
    inputs, columns = len(model.encoding.inputs), len(model.encoding.columns)
    if not set(model.encoding.columns) <= set(model.reading.names):
        raise ModelError("The encoding needs columns that the reading does not give.")
    if len(model.weights) != len(model.members) or len({m.name for m in model.members}) != len(model.members):
        raise ModelError("The weights do not fit the members, or two members have one name.")
    if model.members and not (
        np.isfinite(model.weights).all()
        and (model.weights >= 0).all()
        and abs(float(model.weights.sum()) - 1) < 1e-6
    ):
        raise ModelError(
            "The weights of the members do not sum to 1.", facts={"weights": model.weights.tolist()}
        )
    if model.usable_signal and not model.members:
        raise ModelError("A model with a usable signal has no members.")
    if model.importance.shape != (columns,) or not np.isfinite(model.importance).all():
        raise ModelError("The importance does not fit the columns.", facts={"columns": columns})
    if (model.importance < 0).any() or not 0 <= model.base_rate <= 1:
        raise ModelError("The model has a negative importance, or a base rate outside 0 to 1.")
    origins = [at for each in model.encoding.inputs for at in (each.origin, each.other) if at is not None]
    if any(not 0 <= at < columns for at in origins):
        raise ModelError("An input of the encoding comes from no column.")
    model.calibrator.check()
    for member in model.members:
        _check_member(member, inputs)


def _check_member(member: Member, inputs: int) -> None:
    own = member.inputs
    if own.ndim != 1 or not len(own) or own.min() < 0 or own.max() >= inputs:
        raise ModelError(
            "A member reads inputs that the encoding does not have.", facts={"member": member.name}
        )
    if not np.isfinite([member.slope, member.intercept]).all():
        raise ModelError("A member's slope or intercept is not a number.", facts={"member": member.name})
    if isinstance(member.model, Trees):
        _ = member.model.packed
        fits = member.model.input_count <= len(own)
    else:
        member.model.check()
        fits = member.model.input_count == len(own)
    if not fits:
        raise ModelError("A member's inputs do not fit its predictor.", facts={"member": member.name})
