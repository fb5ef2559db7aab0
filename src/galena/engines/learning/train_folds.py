"""The work of one fold: encode its training rows, grow every member, predict the rows it has not seen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.engines.learning.members.recipe import Floats, Grown, Lesson, Matrix, Recipe
from galena.engines.learning.splits import Fold
from galena.engines.learning.words import Words, rows_of
from galena.kit.tabular.encoding import Encoding
from galena.kit.tabular.fit_encoding import fit_encoding
from galena.kit.tabular.reading import Reading

Rows = NDArray[np.int64]
FEWEST_INPUTS: Final = 40
MOST_INPUTS: Final = 400
ROWS_PER_INPUT: Final = 8


@dataclass(frozen=True, eq=False)
class Material:
    """Everything folds are cut from.

    Attributes:
        frame: typed columns, one row per record (`ReadTable.frame`).
        weight: per row, or None.
        monotone: column -> direction.
        times: per row, or None.
        words: what people say of other leads, in the same typed columns.
    """

    frame: pl.DataFrame
    reading: Reading
    target: Floats
    groups: NDArray[np.int64] | None
    weight: Floats | None
    monotone: dict[str, int]
    seed: int
    times: NDArray[np.datetime64] | None = None
    words: Words | None = None


@dataclass(frozen=True, eq=False)
class Beside:
    """Rows of people's words, encoded, that members learn from beside the outcomes."""

    x: Matrix
    y: Floats
    weight: Floats


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
    _encoded: tuple[Encoding, tuple[Matrix, ...], Matrix, Rows, Beside | None] | None = None

    def grow(self, recipe: Recipe, efforts: Sequence[float]) -> None:
        """Grow one member on the training rows; its path [efforts, judged rows] is kept."""
        encoding, train, judged, rows, beside = self._matrices()
        inputs = inputs_of(recipe, encoding, train[0], self.material.target[rows])
        lesson = lesson_of(self.material, encoding, train, rows, inputs, self.number, beside)
        path = recipe.grow(lesson, efforts).path(np.ascontiguousarray(judged[:, inputs]))
        with self._lock:
            self.paths[recipe.name] = path
            if len(self.paths) == len(self.recipes):
                self._encoded = None

    def _matrices(self) -> tuple[Encoding, tuple[Matrix, ...], Matrix, Rows, Beside | None]:
        with self._lock:
            if self._encoded is None:
                rows = thinned(self.fold.train, self.rows_most, self.material.seed + self.number)
                encoding, train = encoded(self.material, rows, self.number, versions_of(self.recipes))
                judged = encoding.transform(self.material.frame[self.fold.test])
                times = self.material.times
                until = None if times is None else np.fmin.reduce(times[self.fold.test])
                beside = beside_of(self.material, encoding, len(rows), until)
                self._encoded = encoding, train, judged, rows, beside
            return self._encoded


def encoded(
    material: Material, rows: Rows, number: int, versions: int = 1
) -> tuple[Encoding, tuple[Matrix, ...]]:
    """The encoding of these rows alone, and their inputs, cross-fitted in one or more ways."""
    groups = None if material.groups is None else material.groups[rows]
    frame, target = material.frame[rows], material.target[rows]

    def fitted(version: int, pairs: Sequence[tuple[str, str]] | None = None) -> tuple[Encoding, Matrix]:
        return fit_encoding(
            frame,
            material.reading,
            target,
            seed=material.seed * 1_000 + number + 100_000 * version,
            monotone=material.monotone,
            groups=groups,
            pairs=pairs,
        )

    encoding, first = fitted(0)
    others = (fitted(version, encoding.pairs) for version in range(1, versions))
    same = [matrix for other, matrix in others if other.inputs == encoding.inputs]
    return encoding, (first, *same)


def beside_of(
    material: Material, encoding: Encoding, outcomes: int, until: np.datetime64 | None = None
) -> Beside | None:
    """What people said before a moment, to be learned from beside so many outcomes; None: nothing."""
    words = None if material.words is None else material.words.before(until)
    if words is None or not len(words.grade):
        return None
    of, is_yes, weight = rows_of(words, outcomes)
    return Beside(encoding.transform(words.frame)[of], is_yes, weight)


def versions_of(recipes: Sequence[Recipe]) -> int:
    """How many ways of cross-fitting the members ask for."""
    return max(getattr(recipe, "bags", 1) for recipe in recipes)


def inputs_of(recipe: Recipe, encoding: Encoding, train: Matrix, target: Floats) -> NDArray[np.int32]:
    """What a member reads; of very many inputs those that tell most by themselves, judged on its training rows.

    With hundreds of inputs and few rows chance patterns win; measured on 600 rows x 2,000 columns every member was
    far better for reading an eighth as many inputs as it has rows.
    """
    inputs = recipe.inputs(encoding)
    most = max(FEWEST_INPUTS, min(MOST_INPUTS, len(target) // ROWS_PER_INPUT))
    if len(inputs) <= most:
        return inputs
    kept = np.argsort(-telling(train[:, inputs], target), kind="stable")[:most]
    return inputs[np.sort(kept)]


def telling(x: Matrix, target: Floats) -> Floats:
    """How strongly each input, or its being missing, goes along with the outcome: an absolute correlation."""
    away = (target - target.mean()).astype(np.float32)
    found = np.zeros(x.shape[1])
    missing = np.isnan(x)
    known = np.maximum((~missing).sum(axis=0), 1)
    mean = np.where(missing, np.float32(0), x).sum(axis=0) / known
    for values in (np.where(missing, mean, x), missing.astype(np.float32)):
        values = values - values.mean(axis=0)
        size = np.sqrt((values * values).sum(axis=0)) * float(np.sqrt(away @ away)) + 1e-12
        found = np.maximum(found, np.abs(away @ values) / size)
    return found


def lesson_of(
    material: Material,
    encoding: Encoding,
    train: tuple[Matrix, ...],
    rows: Rows,
    inputs: NDArray[np.int32],
    number: int,
    beside: Beside | None,
) -> Lesson:
    """What one member is given."""
    weight = None if material.weight is None else material.weight[rows]
    target = material.target[rows]
    if beside is not None:
        weight = np.concatenate([np.ones(len(rows)) if weight is None else weight, beside.weight])
        target = np.concatenate([target, beside.y])
        train = tuple(np.concatenate([matrix, beside.x]) for matrix in train)
    return Lesson(
        x=np.ascontiguousarray(train[0][:, inputs]),
        y=target,
        weight=weight,
        monotone=np.array([encoding.inputs[at].monotone for at in inputs.tolist()], dtype=np.int8),
        seed=material.seed * 1_000 + number,
        versions=tuple(np.ascontiguousarray(matrix[:, inputs]) for matrix in train[1:]),
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
