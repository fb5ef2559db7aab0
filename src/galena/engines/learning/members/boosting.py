"""Gradient boosting by LightGBM and by CatBoost, on encoded inputs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from galena.engines.learning.members.recipe import Floats, Lesson, Matrix, inputs_for
from galena.kit.tabular.convert_trees import trees_of_catboost, trees_of_lightgbm
from galena.kit.tabular.encoding import Encoding
from galena.kit.tabular.trees import Trees, joined

STEPS: Final = (0.02, 0.04, 0.06, 0.09, 0.13, 0.18, 0.24, 0.3, 0.37, 0.45, 0.54, 0.64, 0.75, 0.87, 1.0)
"""Where the path of rounds is looked at, as shares of the most rounds."""
SMALL: Final = 500
"""Tables of fewer rows are learned by heart long before the last round."""


def _rounds(most: int, rows: int) -> tuple[float, ...]:
    most = min(most, 150) if rows < SMALL else most
    return tuple(sorted({float(max(3, round(share * most))) for share in STEPS}))


@dataclass(frozen=True, eq=False)
class Bagged:
    """Several like predictors, averaged: they learned from other versions of the rows, and err in other places."""

    bags: "tuple[GrownLeafWise | GrownSymmetric, ...]"

    def path(self, x: Matrix) -> Floats:
        """The mean of their paths."""
        found: Floats = np.mean([bag.path(x) for bag in self.bags], axis=0)
        return found

    def model(self) -> Trees:
        """All their trees, each counting its share."""
        share = 1 / len(self.bags)
        parts = [bag.model() for bag in self.bags]
        scaled = [replace(part, value=part.value * share, base=0.0) for part in parts]
        return joined(scaled, sum(part.base for part in parts) * share)


@dataclass(frozen=True)
class LeafWise:
    """LightGBM: trees that grow the most useful leaf first; many small steps, each on part of rows and inputs."""

    most_rounds: int = 400
    learning_rate: float = 0.04
    leaves: int = 15
    inputs_share: float = 0.5
    bags: int = 1
    name: str = "boosting, leaf-wise"
    kind: Literal["boosting"] = "boosting"

    def inputs(self, encoding: Encoding) -> NDArray[np.int32]:
        """Those for trees."""
        return inputs_for(encoding, "trees")

    def efforts(self, rows: int) -> tuple[float, ...]:
        """Numbers of rounds."""
        return _rounds(self.most_rounds, rows)

    def grown_for(self, effort: float, share: float) -> float:
        """More rows bear a few more rounds."""
        return float(min(self.most_rounds, round(effort / share**0.5)))

    def grow(self, lesson: Lesson, efforts: Sequence[float]) -> "Bagged":
        """Learn for the greatest of the efforts."""
        return Bagged(tuple(self._grown(lesson.bag(number), efforts) for number in range(self.bags)))

    def _grown(self, lesson: Lesson, efforts: Sequence[float]) -> "GrownLeafWise":
        import lightgbm

        rows, inputs = lesson.x.shape
        settings = {
            "objective": "binary",
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": int(max(3, min(20, rows // 20))),
            "lambda_l2": 5.0,
            "feature_fraction": min(1.0, max(self.inputs_share * min(1.0, 200 / inputs), 2 / inputs)),
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "num_threads": 1,
            "seed": lesson.seed,
            "deterministic": True,
            "force_col_wise": True,
            "verbose": -1,
        }
        if lesson.monotone.any():
            settings["monotone_constraints"] = lesson.monotone.tolist()
        data = lightgbm.Dataset(lesson.x, lesson.y, weight=lesson.weight, params=settings)
        booster = lightgbm.train(settings, data, num_boost_round=int(max(efforts)))
        return GrownLeafWise(booster, tuple(int(effort) for effort in efforts))


@dataclass(frozen=True, eq=False)
class GrownLeafWise:
    """A LightGBM booster."""

    booster: Any
    rounds: tuple[int, ...]

    def path(self, x: Matrix) -> Floats:
        """Raw scores after each number of rounds."""
        found, total, done = [], np.zeros(len(x)), 0
        for rounds in self.rounds:
            total = total + self.booster.predict(
                x, raw_score=True, start_iteration=done, num_iteration=rounds - done, num_threads=1
            )
            found.append(total)
            done = rounds
        return np.array(found)

    def model(self) -> Trees:
        """The trees."""
        return trees_of_lightgbm(self.booster)


@dataclass(frozen=True)
class Symmetric:
    """CatBoost: symmetric trees, which ask one question per level and so are hard to fool."""

    most_rounds: int = 500
    learning_rate: float = 0.04
    depth: int = 6
    inputs_share: float = 0.7
    bags: int = 1
    name: str = "boosting, symmetric"
    kind: Literal["boosting"] = "boosting"

    def inputs(self, encoding: Encoding) -> NDArray[np.int32]:
        """Those for trees."""
        return inputs_for(encoding, "trees")

    def efforts(self, rows: int) -> tuple[float, ...]:
        """Numbers of rounds."""
        return _rounds(self.most_rounds, rows)

    def grown_for(self, effort: float, share: float) -> float:
        """More rows bear a few more rounds."""
        return float(min(self.most_rounds, round(effort / share**0.5)))

    def grow(self, lesson: Lesson, efforts: Sequence[float]) -> "Bagged":
        """Learn for the greatest of the efforts."""
        return Bagged(tuple(self._grown(lesson.bag(number), efforts) for number in range(self.bags)))

    def _grown(self, lesson: Lesson, efforts: Sequence[float]) -> "GrownSymmetric":
        from catboost import CatBoostClassifier

        rows, inputs = lesson.x.shape
        settings: dict[str, Any] = {}
        if lesson.monotone.any():
            settings["monotone_constraints"] = lesson.monotone.tolist()
        model = CatBoostClassifier(
            iterations=int(max(efforts)),
            learning_rate=self.learning_rate,
            depth=min(self.depth, 3 if rows < 300 else 4 if rows < 1000 else 5 if rows < 2500 else 6),
            l2_leaf_reg=5.0,
            rsm=min(1.0, max(self.inputs_share * min(1.0, 200 / inputs), 2 / inputs)),
            bootstrap_type="Bernoulli",
            subsample=0.8,
            border_count=64,
            random_seed=lesson.seed,
            thread_count=1,
            allow_writing_files=False,
            logging_level="Silent",
            **settings,
        )
        model.fit(lesson.x, lesson.y, sample_weight=lesson.weight)
        return GrownSymmetric(model, tuple(int(effort) for effort in efforts))


@dataclass(frozen=True, eq=False)
class GrownSymmetric:
    """A CatBoost model."""

    library_model: Any
    rounds: tuple[int, ...]

    def path(self, x: Matrix) -> Floats:
        """Raw values after each number of rounds."""
        found, total, done = [], np.zeros(len(x)), 0
        base = float(self.library_model.get_scale_and_bias()[1])
        for rounds in self.rounds:
            piece = self.library_model.predict(
                x, prediction_type="RawFormulaVal", ntree_start=done, ntree_end=rounds, thread_count=1
            )
            # every call answers with the bias once
            total = total + piece - (base if done else 0.0)
            found.append(total)
            done = rounds
        return np.array(found)

    def model(self) -> Trees:
        """The trees."""
        return trees_of_catboost(self.library_model)
