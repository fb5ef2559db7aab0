"""What fitting the inputs of one column takes and gives."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from galena.kit.tabular.encoding import Part, Use

ALL: tuple[Use, ...] = ("trees", "net", "additive")
TREES: tuple[Use, ...] = ("trees",)
SMOOTH: tuple[Use, ...] = ("net", "additive")


@dataclass(frozen=True)
class Rows:
    """The training rows as every column sees them: outcomes, folds, the average, how many extra inputs each column
    may have, and which rows belong together (numbered from 0)."""

    target: NDArray[np.float64]
    folds: NDArray[np.int64]
    fold_count: int
    rate: float
    extras: int
    groups: NDArray[np.int64] | None = None

    def at(self, some: NDArray[np.int64]) -> "Rows":
        """Some of the rows."""
        groups = None if self.groups is None else self.groups[some]
        return replace(self, target=self.target[some], folds=self.folds[some], groups=groups)


@dataclass(frozen=True)
class Draft:
    """An input before its column has a place; `flag` says that it is 1 for one level and else 0."""

    name: str
    use: tuple[Use, ...] = ALL
    monotone: Literal[-1, 0, 1] = 0
    flag: bool = False


@dataclass(frozen=True)
class Fitted:
    """A part, its inputs, and their values for training where these differ from what the part computes."""

    part: Part
    inputs: tuple[Draft, ...]
    cross_fitted: NDArray[np.float64] | None = None
