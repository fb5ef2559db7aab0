"""A sum of one curve per input: straight lines between knots, an own value where the input is missing.

For a sum of functions of one input each, the Shapley value of an input is its function's value minus the function's
mean over the training rows, exactly (Lundberg and Lee 2017, section 2.4; Štrumbelj and Kononenko 2014).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from galena.kit.errors import InputError
from galena.kit.tabular.compiled import compiled
from galena.kit.tabular.curves import read_curve
from galena.kit.tabular.row_blocks import in_blocks

Floats = NDArray[np.float64]


class AdditiveError(InputError):
    """The arrays do not fit together as curves."""


@dataclass(frozen=True, eq=False)
class Additive:
    """raw = bias + the sum over inputs of curve(input), or of `missing` where the input is NaN.

    Attributes:
        starts: where each input's curve begins in knots and levels; one entry more than there are inputs. An input
            without knots adds 0 unless it is missing.
        knots, levels: the curves, knots rising within each; beyond its ends a curve stays level.
        missing: per input, what a missing value adds.
        mean: per input, the mean of what it adds over the training rows.
        bias: what the sum starts from.
    """

    starts: NDArray[np.int32]
    knots: Floats
    levels: Floats
    missing: Floats
    mean: Floats
    bias: float

    @classmethod
    def of_curves(
        cls,
        curves: Sequence[tuple[Floats, Floats]],
        missing: Floats,
        bias: float,
        rows: NDArray[np.float32],
        weights: Floats | None = None,
    ) -> "Additive":
        """From one (knots, levels) per input; `rows` [rows, inputs] are the training rows the means are over."""
        lengths = [len(knots) for knots, _ in curves]
        without = cls(
            starts=np.cumsum([0, *lengths]).astype(np.int32),
            knots=np.concatenate([np.asarray(knots, dtype=np.float64) for knots, _ in curves]),
            levels=np.concatenate([np.asarray(levels, dtype=np.float64) for _, levels in curves]),
            missing=np.asarray(missing, dtype=np.float64),
            mean=np.zeros(len(curves)),
            bias=float(bias),
        )
        mean = np.average(without.parts(rows), axis=0, weights=weights)
        made = cls(**{**vars(without), "mean": mean})
        made.check()
        return made

    @property
    def input_count(self) -> int:
        """How many inputs a row has."""
        return len(self.missing)

    @cached_property
    def expected(self) -> float:
        """The mean prediction over the training rows."""
        return self.bias + float(self.mean.sum())

    def check(self) -> None:
        """Raises AdditiveError where the arrays do not fit together, or hold a value that is not a number."""
        starts, inside = self.starts, np.ones(max(len(self.knots) - 1, 0), dtype=bool)
        if len(starts) != self.input_count + 1 or self.mean.shape != self.missing.shape:
            raise AdditiveError(
                "The curves do not fit the number of inputs.", facts={"inputs": self.input_count}
            )
        if starts[0] != 0 or starts[-1] != len(self.knots) or (np.diff(starts) < 0).any():
            raise AdditiveError("The curves begin where there are no knots.")
        arrays = (self.knots, self.levels, self.missing, self.mean, np.asarray(self.bias))
        if self.knots.shape != self.levels.shape or not all(np.isfinite(array).all() for array in arrays):
            raise AdditiveError("The curves hold a value that is not a number.")
        breaks = starts[1:-1]
        inside[breaks[(breaks > 0) & (breaks < len(self.knots))] - 1] = False
        if (np.diff(self.knots)[inside] <= 0).any():
            raise AdditiveError("The knots of a curve do not rise.")

    def parts(self, x: NDArray[np.float32], *, threads: int = 1) -> Floats:
        """What each input adds [rows, inputs]."""
        self._check_rows(x)
        x = np.ascontiguousarray(x, dtype=np.float32)
        found = np.empty(x.shape)

        def work(first: int, last: int) -> None:
            _add(x[first:last], self.starts, self.knots, self.levels, self.missing, found[first:last])

        in_blocks(work, len(x), threads=threads)
        return found

    def raw(self, x: NDArray[np.float32], *, threads: int = 1) -> Floats:
        """The prediction of each row of `x` [rows, inputs]."""
        total: Floats = self.parts(x, threads=threads).sum(axis=1) + self.bias
        return total

    def raw_one(self, x: NDArray[np.float32]) -> float:
        """The prediction of one row."""
        return float(self.raw(x[None, :])[0])

    def contributions(self, x: NDArray[np.float32], *, threads: int = 1) -> tuple[Floats, float]:
        """Exact Shapley values [rows, inputs] and the expected value that they start from."""
        found = self.parts(x, threads=threads)
        found -= self.mean
        return found, self.expected

    def _check_rows(self, x: NDArray[np.float32]) -> None:
        if x.ndim != 2 or x.shape[1] != self.input_count:
            raise AdditiveError(
                "The rows do not have the inputs of the curves.",
                facts={"shape": x.shape, "inputs": self.input_count},
            )


@compiled()
def _add(
    x: NDArray[np.float32],
    starts: NDArray[np.int32],
    knots: Floats,
    levels: Floats,
    missing: Floats,
    found: Floats,
) -> None:
    for row in range(x.shape[0]):
        for column in range(x.shape[1]):
            given = float(x[row, column])
            if given != given:
                found[row, column] = missing[column]
            elif starts[column + 1] == starts[column]:
                found[row, column] = 0.0
            else:
                found[row, column] = read_curve(given, starts[column], starts[column + 1], knots, levels)
