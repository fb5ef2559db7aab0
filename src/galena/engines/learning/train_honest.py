"""Honest predictions: what a blend decided on other folds says about the rows of a fold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galena.engines.learning.blend import Blend, blend_without_evidence, fit_blend
from galena.engines.learning.members.recipe import Floats, Recipe
from galena.engines.learning.train_folds import FoldWork
from galena.kit.tabular.calibration import Calibrator, fit_calibrator


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """Predictions for records the model had not seen, each record once, in order of rows.

    Attributes:
        probability, low, high: of the ensemble.
        members: each member's own [rows, members].
        target: what came, 1 or 0.
        rows: which rows of the data set.
        fold: the number of the fold that judged each.
        base: the share of positives among each row's training rows.
    """

    probability: Floats
    low: Floats
    high: Floats
    members: Floats
    target: Floats
    rows: NDArray[np.int64]
    fold: NDArray[np.int64]
    base: Floats


@dataclass(frozen=True, eq=False)
class Judged:
    """All judged rows of all folds, stacked: a row of the table occurs once per repeat."""

    paths: tuple[Floats, ...]
    target: Floats
    rows: NDArray[np.int64]
    fold: NDArray[np.int64]
    weight: Floats | None

    def only(self, chosen: NDArray[np.bool_]) -> "Judged":
        """Some of them."""
        return Judged(
            tuple(path[:, chosen] for path in self.paths),
            self.target[chosen],
            self.rows[chosen],
            self.fold[chosen],
            None if self.weight is None else self.weight[chosen],
        )


def stacked(works: Sequence[FoldWork], recipes: Sequence[Recipe], in_time: bool) -> Judged:
    tests = [work.fold.test for work in works]
    rows = np.concatenate(tests)
    fold = np.concatenate([np.full(len(test), place) for place, test in enumerate(tests)])
    repeats = 1 + max(work.fold.repeat for work in works)
    weight = None if repeats == 1 else np.full(len(rows), 1 / repeats)  # a row is one piece of evidence
    if in_time:
        # later folds were judged by models of more rows, and are nearer to what comes next
        weight = 1.0 + fold
        weight = weight / weight.mean()
    paths = tuple(np.concatenate([work.paths[recipe.name] for work in works], axis=1) for recipe in recipes)
    return Judged(paths, works[0].material.target[rows], rows, fold, weight)


def calibrator_of(blend: Blend, judged: Judged, seed: int) -> Calibrator:
    """The curve through outcomes and the blend's log-odds, each row once: repeats are no further evidence."""
    once = np.zeros(len(judged.rows), dtype=bool)
    once[np.unique(judged.rows, return_index=True)[1]] = True
    judged = judged.only(once)
    member_z = blend.member_z(judged.paths)
    return fit_calibrator(member_z @ blend.weights, judged.target, judged.weight, seed, member_z=member_z)


@dataclass(frozen=True, eq=False)
class Part:
    """One fold's honest predictions."""

    judged: Judged
    probability: Floats
    low: Floats
    high: Floats
    members: Floats
    base: float


def predicted(mine: Judged, others: Judged, rate: float, seed: int) -> Part:
    """What is said of the rows of one fold by what was decided on others; `rate` is that of its training rows."""
    decidable = len(others.target) > 0 and 0 < others.target.sum() < len(others.target)
    blend = fit_blend(others.paths, others.target, others.weight) if decidable else None
    if blend is None:
        blend = blend_without_evidence(mine.paths)
        calibrator = Calibrator.identity()
    else:
        calibrator = calibrator_of(blend, others, seed)
    member_z = blend.member_z(mine.paths)
    z = member_z @ blend.weights
    spread = np.sqrt(((member_z - z[:, None]) ** 2).mean(axis=1))
    low, high = calibrator.interval(z, spread)
    members = 1 / (1 + np.exp(-np.clip(member_z, -30, 30)))
    return Part(mine, calibrator.probability(z), low, high, members, rate)


def averaged(parts: Sequence[Part]) -> OutOfFold:
    """One entry per row: the mean over repeats; the fold is the first repeat's."""
    rows = np.concatenate([part.judged.rows for part in parts])
    found, first, place, counts = np.unique(rows, return_index=True, return_inverse=True, return_counts=True)

    def mean(values: Floats) -> Floats:
        wide = values.reshape(len(values), -1)
        total = np.zeros((len(found), wide.shape[1]))
        np.add.at(total, place, wide)
        total /= counts[:, None]
        return total if values.ndim > 1 else total[:, 0]

    def gathered(name: str) -> Floats:
        return mean(np.concatenate([getattr(part, name) for part in parts]))

    fold = np.concatenate([part.judged.fold for part in parts])[first]
    return OutOfFold(
        probability=gathered("probability"),
        low=gathered("low"),
        high=gathered("high"),
        members=gathered("members"),
        target=np.concatenate([part.judged.target for part in parts])[first],
        rows=found,
        fold=np.unique(fold, return_inverse=True)[1].astype(np.int64),
        base=mean(np.concatenate([np.full(len(part.judged.rows), part.base) for part in parts])),
    )
