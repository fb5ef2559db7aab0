"""A random forest by scikit-learn: many deep-rooted opinions averaged, on the scale of log-odds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from galena.engines.learning.members.recipe import Floats, Lesson, Matrix, inputs_for
from galena.kit.tabular.convert_trees import Scale, trees_of_forest
from galena.kit.tabular.encoding import Encoding
from galena.kit.tabular.trees import Trees

SMALL: Final = 500
"""Tables of fewer rows get half the trees: their leaves are few and alike."""


@dataclass(frozen=True)
class Forest:
    """Trees on random rows and inputs, with few and well-filled leaves so that reasons stay quick to compute."""

    trees: int = 100
    leaves: int = 96
    leaf_rows: int = 5
    inputs_share: float = 0.0
    scale: Scale = "log_odds"
    name: str = "forest"
    kind: Literal["forest"] = "forest"

    def inputs(self, encoding: Encoding) -> NDArray[np.int32]:
        """Those for trees."""
        return inputs_for(encoding, "trees")

    def efforts(self, rows: int) -> tuple[float, ...]:
        """One number of trees: more never hurt."""
        return (float(self.trees if rows > SMALL else self.trees // 2),)

    def grown_for(self, effort: float, share: float) -> float:  # noqa: ARG002
        """The same."""
        return effort

    def grow(self, lesson: Lesson, efforts: Sequence[float]) -> "GrownForest":
        """Learn."""
        from sklearn.ensemble import RandomForestClassifier

        rows, inputs = lesson.x.shape
        taken = max(1, round(inputs * self.inputs_share)) if self.inputs_share else max(1, round(inputs**0.5))
        forest = RandomForestClassifier(
            n_estimators=int(max(efforts)),
            max_leaf_nodes=self.leaves,
            min_samples_leaf=int(max(2, min(self.leaf_rows, rows // 20))),
            max_features=taken,
            max_samples=min(1.0, 20_000 / rows) if rows > 20_000 else None,
            # a list: an array would be turned round in place by every tree
            monotonic_cst=lesson.monotone.tolist() if lesson.monotone.any() else None,
            random_state=lesson.seed,
            n_jobs=1,
        )
        forest.fit(lesson.x, lesson.y, sample_weight=lesson.weight)
        # log-odds of a leaf are smoothed by its rows, which would break a direction that its share keeps
        scale: Scale = "probability" if lesson.monotone.any() else self.scale
        return GrownForest(forest, trees_of_forest(forest, scale=scale))


@dataclass(frozen=True, eq=False)
class GrownForest:
    """A scikit-learn forest and its arrays."""

    library_model: Any
    trees: Trees

    def path(self, x: Matrix) -> Floats:
        """Raw predictions, one effort."""
        return self.trees.raw(np.ascontiguousarray(x))[None, :]

    def model(self) -> Trees:
        """The trees."""
        return self.trees
