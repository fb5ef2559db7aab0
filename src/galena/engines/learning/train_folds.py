"""The work of one fold: encode its training rows, grow every member, predict the rows it has not seen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.engines.learning.members.recipe import Floats, Grown, Lesson, Matrix, Recipe
from galena.engines.learning.splits import Fold
from galena.kit.tabular.encoding import Encoding
from galena.kit.tabular.fit_encoding import fit_encoding
from galena.kit.tabular.reading import Reading

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Material:
    """Everything folds are cut from.

    Attributes:
        frame: typed columns, one row per record (`ReadTable.frame`).
        weight: per row, or None.
        monotone: column -> direction.
    """

    frame: pl.DataFrame
    reading: Reading
    target: Floats
    groups: NDArray[np.int64] | None
    weight: Floats | None
    monotone: dict[str, int]
    seed: int


@dataclass(eq=False)
class FoldWork:
    """One fold, encoded once when its first member grows, and let go after its last."""

    material: Material
    fold: Fold
    number: int
    rows_most: int
    recipes: tuple[Recipe, ...]
    paths: dict[str, Floats] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _encoded: tuple[Encoding, Matrix, Matrix, Rows] | None = None

    def grow(self, recipe: Recipe, efforts: Sequence[float]) -> None:
        """Grow one member on the training rows; its path [efforts, judged rows] is kept."""
        encoding, train, judged, rows = self._matrices()
        inputs = recipe.inputs(encoding)
        lesson = lesson_of(self.material, encoding, train, rows, inputs, self.number)
        path = recipe.grow(lesson, efforts).path(np.ascontiguousarray(judged[:, inputs]))
        with self._lock:
            self.paths[recipe.name] = path
            if len(self.paths) == len(self.recipes):
                self._encoded = None

    def _matrices(self) -> tuple[Encoding, Matrix, Matrix, Rows]:
        with self._lock:
            if self._encoded is None:
                rows = thinned(self.fold.train, self.rows_most, self.material.seed + self.number)
                encoding, train = encoded(self.material, rows, self.number)
                judged = encoding.transform(self.material.frame[self.fold.test])
                self._encoded = encoding, train, judged, rows
            return self._encoded


def encoded(material: Material, rows: Rows, number: int) -> tuple[Encoding, Matrix]:
    """The encoding of these rows alone, and their cross-fitted inputs."""
    groups = material.groups
    return fit_encoding(
        material.frame[rows],
        material.reading,
        material.target[rows],
        seed=material.seed * 1_000 + number,
        monotone=material.monotone,
        groups=None if groups is None else groups[rows],
    )


def lesson_of(
    material: Material, encoding: Encoding, train: Matrix, rows: Rows, inputs: NDArray[np.int32], number: int
) -> Lesson:
    """What one member is given."""
    weight = None if material.weight is None else material.weight[rows]
    return Lesson(
        x=np.ascontiguousarray(train[:, inputs]),
        y=material.target[rows],
        weight=weight,
        monotone=np.array([encoding.inputs[at].monotone for at in inputs.tolist()], dtype=np.int8),
        seed=material.seed * 1_000 + number,
    )


def thinned(rows: Rows, most: int, seed: int) -> Rows:
    """At most so many of the rows, drawn evenly, in order."""
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).permutation(rows)[:most])


def check_conversion(grown: Grown, x: Matrix) -> float:
    """The largest difference between what the library and the arrays made of its model say on some rows."""
    some = np.ascontiguousarray(x[:256])
    return float(np.abs(grown.path(some)[-1] - grown.model().raw(some)).max(initial=0.0))
