"""How smooth members see an input: its scaled value, pieces of its range, and a flag where it is missing.

A piece rises from 0 to 1 between two neighbouring quantiles of the input ("piecewise-linear encoding", Gorishniy,
Rubachev, Babenko 2022): a sum of pieces is a curve of straight lines, and a net's first layer can bend where it likes.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from galena.engines.learning.members.recipe import Floats, Matrix

END: Final = 4.0
"""Scaled values end this many standard deviations from the mean."""
RESOLVED: Final = 1e-9
"""No piece is narrower than this share of its input's range."""


@dataclass(frozen=True, eq=False)
class Pieces:
    """Columns made of inputs; all arrays have one entry per column.

    A column is (x - shift) * scale kept between low and high, or `missing` where the input is missing.

    Attributes:
        origin: the input.
        linear: whether the column is the whole scaled value, not a piece or a flag.
    """

    origin: NDArray[np.int32]
    shift: Floats
    scale: Floats
    low: Floats
    high: Floats
    missing: Floats
    linear: NDArray[np.bool_]

    def apply(self, x: Matrix) -> Matrix:
        """The columns of rows [rows, inputs]."""
        found = np.empty((len(x), len(self.origin)), dtype=np.float32)
        for column, origin in enumerate(self.origin.tolist()):
            given = x[:, origin].astype(np.float64)
            made = np.clip(
                (given - self.shift[column]) * self.scale[column], self.low[column], self.high[column]
            )
            found[:, column] = np.where(np.isnan(given), self.missing[column], made)
        return found


def pieces_of(
    x: Matrix, count: int, *, monotone: NDArray[np.int8] | None = None, linear: bool = True
) -> Pieces:
    """Columns for every input of `x` that varies: `count` pieces at most where it has more than two values.

    Inputs with a monotone direction get pieces only: their signs can be held.
    """
    rows: list[tuple[float, ...]] = []
    for at in range(x.shape[1]):
        values = x[:, at].astype(np.float64)
        known = values[~np.isnan(values)]
        if not len(known):
            continue
        held = monotone is not None and bool(monotone[at])
        rows += _columns(at, known, count, linear=linear and not held)
        if len(known) < len(values):
            rows.append((at, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0))
    table = np.array(rows, dtype=np.float64).reshape(-1, 7)
    origin, shift, scale, low, high, missing, whole = table.T
    return Pieces(origin.astype(np.int32), shift, scale, low, high, missing, whole > 0.5)


def _columns(at: int, known: Floats, count: int, *, linear: bool) -> list[tuple[float, ...]]:
    least, greatest = float(known.min()), float(known.max())
    if least == greatest:
        return []
    distinct = np.unique(known)
    if len(distinct) == 2 or count < 1:
        if len(distinct) == 2 or not linear:
            return [(at, least, 1 / (greatest - least), 0.0, 1.0, 0.0, 0.0)]
        return [_scaled(at, known)]
    found = [_scaled(at, known)] if linear else []
    few = len(distinct) <= count
    knots = distinct if few else _apart(np.quantile(known, np.linspace(0, 1, count + 1)))
    if linear and len(knots) == 2:
        return found
    for low, high in zip(knots[:-1].tolist(), knots[1:].tolist(), strict=True):
        found.append((at, low, 1 / (high - low), 0.0, 1.0, 0.0, 0.0))
    return found


def _apart(quantiles: Floats) -> Floats:
    """Quantiles that inputs (of single precision) can tell apart.

    A quantile that falls a rounding error past a value that many rows share lies between two values by less than a
    stored curve resolves: its piece would be a jump that the curve draws as a slope.
    """
    knots = np.unique(quantiles.astype(np.float32)).astype(np.float64)
    apart = np.append(True, np.diff(knots) > RESOLVED * (knots[-1] - knots[0]))
    found: Floats = knots[apart]
    return found


def _scaled(at: int, known: Floats) -> tuple[float, ...]:
    mean, deviation = float(known.mean()), float(known.std())
    return (at, mean, 1 / deviation if deviation else 0.0, -END, END, 0.0, 1.0)
