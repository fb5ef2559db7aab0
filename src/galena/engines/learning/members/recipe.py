"""What every kind of member can do, so that training treats all alike."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from galena.kit.tabular.additive import Additive
from galena.kit.tabular.encoding import Encoding
from galena.kit.tabular.model import MemberKind
from galena.kit.tabular.net import Net
from galena.kit.tabular.trees import Trees

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Lesson:
    """Rows to learn from.

    Attributes:
        x: [rows, inputs] of this member; NaN = missing.
        y: 1 or 0 per row.
        weight: per row, mean about 1; None = all equal.
        monotone: per input 1, -1 or 0.
        seed: of everything drawn.
        versions: the same rows with what was learned from outcomes cross-fitted in other ways; may be empty.
    """

    x: Matrix
    y: Floats
    weight: Floats | None
    monotone: NDArray[np.int8]
    seed: int
    versions: tuple[Matrix, ...] = ()

    def bag(self, number: int) -> "Lesson":
        """The lesson of one of several like predictors: its own version of the rows, its own seed."""
        every = (self.x, *self.versions)
        return replace(self, x=every[number % len(every)], seed=self.seed + 101 * number, versions=())


class Grown(Protocol):
    """A predictor that has learned, at several efforts."""

    def path(self, x: Matrix) -> Floats:
        """Raw predictions [efforts, rows] after each of the efforts it was grown for."""

    def model(self) -> Trees | Net | Additive:
        """The arrays of the last effort; their raw prediction is the last row of `path`."""


class Recipe(Protocol):
    """A kind of member with its settings."""

    @property
    def name(self) -> str:
        """Unique within an ensemble."""

    @property
    def kind(self) -> MemberKind:
        """What sort of predictor."""

    def inputs(self, encoding: Encoding) -> NDArray[np.int32]:
        """Which inputs of the encoding it reads."""

    def efforts(self, rows: int) -> tuple[float, ...]:
        """How much to train (rounds, epochs), or how freely (penalty), least first; one of them will be chosen."""

    def grown_for(self, effort: float, share: float) -> float:
        """The effort for all rows, where `effort` was best for a share of them."""

    def grow(self, lesson: Lesson, efforts: Sequence[float]) -> Grown:
        """Learn; `efforts` as from `efforts`, least first."""


def inputs_for(encoding: Encoding, use: str) -> NDArray[np.int32]:
    """The inputs meant for this kind of member."""
    return np.array([at for at, each in enumerate(encoding.inputs) if use in each.use], dtype=np.int32)


def prior_log_odds(y: Floats, weight: Floats | None = None) -> float:
    """Log-odds of the share of positives, kept finite."""
    rate = (np.average(y, weights=weight) * len(y) + 0.5) / (len(y) + 1.0)
    return float(np.log(rate / (1 - rate)))
