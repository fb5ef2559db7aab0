"""Training: from past leads with their outcomes to a model, and to honest predictions for leads it had not seen.

1. The table is cut into folds (in order of time where there is one). In each fold everything is learned on its training
   rows alone (encoding, members) and the judged rows are predicted, at several efforts (rounds, epochs, penalties).
2. On these predictions the blend is decided: each member's effort and its line to log-odds, the members' shares, the
   calibrator. For the honest figures of a fold that is decided on the other folds (the earlier ones, in time).
3. Every member grows once more on all rows with the effort found, and becomes arrays that run without its library.
4. If the honest predictions order leads no better than chance, the model says so and answers with the base rate.

Nothing depends on the number of threads: each member grows on one; they grow side by side.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.engines.learning.blend import Blend, fit_blend, mean_loss
from galena.engines.learning.coming_rate import coming_rate
from galena.engines.learning.dataset import Dataset
from galena.engines.learning.members.recipe import Grown, Matrix, Recipe
from galena.engines.learning.signal_test import SignalTest, calendars_in, signal_in
from galena.engines.learning.splits import Fold, describe_folds, folds_of, kind_of
from galena.engines.learning.train_folds import (
    FoldWork,
    Material,
    beside_of,
    check_conversion,
    encoded,
    inputs_of,
    lesson_of,
    thinned,
    versions_of,
)
from galena.engines.learning.train_honest import (
    Judged,
    OutOfFold,
    averaged,
    calibrator_of,
    predicted,
    stacked,
)
from galena.engines.learning.train_plan import Plan, cramped_note, plan_of
from galena.engines.learning.verdict import in_words
from galena.kit.clock import Clock
from galena.kit.errors import GalenaError
from galena.kit.tabular.calibration import Calibrator
from galena.kit.tabular.encoding import Encoding
from galena.kit.tabular.model import Member, TabularModel

Progress = Callable[[str, float], None]
FINAL: Final = 997
"""The number the final fit is seeded with, where a fold's number stands otherwise."""
SAME: Final = 2e-4
ASTRAY: Final = 1.5
IMPORTANCE_ROWS: Final = 1_000
FEWEST_FOLDS: Final = 2


class ConversionError(GalenaError):
    """A member's arrays do not say what its training library says; the model is not used."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to train.

    Attributes:
        budget_s: seconds it may take, including evaluation.
        seed: of everything drawn.
        monotone: column -> 1 if more of it may only raise the score, -1 only lower it. The net, which cannot promise
            that, does not read such columns.
        threads: members that grow side by side.
    """

    budget_s: float = 120.0
    seed: int = 0
    monotone: Mapping[str, int] = field(default_factory=dict)
    threads: int = 2


@dataclass(frozen=True, eq=False)
class Trained:
    """A model and how it was judged.

    Attributes:
        timings: seconds per stage, in order.
        signal: the test that says whether there is usable signal.
        split: how it was judged, in words.
        in_time: whether each fold was judged by a model of earlier rows.
    """

    model: TabularModel
    out_of_fold: OutOfFold
    timings: dict[str, float]
    signal: SignalTest
    split: str
    in_time: bool


def train(dataset: Dataset, options: Options, progress: Progress, clock: Clock) -> Trained:
    """Train on a data set; see the module's own words.

    Args:
        progress: told what is being done and the share done, 0-1.
        clock: for timings and the budget.

    Raises:
        InputError: no fold can be made of the rows.
        ConversionError: a member's arrays differ from its library; not to be expected.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(limits=1):
        return _Training(dataset, options, progress, clock).run()


@dataclass(frozen=True, eq=False)
class Read:
    """A member grown on all rows, and which inputs of the encoding it reads."""

    grown: Grown
    inputs: NDArray[np.int32]


class _Training:
    """One run of `train`."""

    def __init__(self, dataset: Dataset, options: Options, progress: Progress, clock: Clock) -> None:
        self.dataset, self.options, self.progress, self.clock = dataset, options, progress, clock
        self.started = clock()
        self.timings: dict[str, float] = {}
        self.notes: list[str] = []

    def run(self) -> Trained:
        """All stages in order."""
        self.progress("Reading the table", 0.0)
        material = self._material()
        in_time = self.dataset.times is not None or self.dataset.in_time_order
        columns = material.frame.width
        plan = plan_of(
            self.dataset.rows, columns, self.options.budget_s, self.options.threads, in_time=in_time
        )
        if plan.cramped:
            self.notes.append(cramped_note(self.dataset.rows, columns, self.options.budget_s, plan.enough_s))
        self._lap("reading")
        works = self._grow_folds(material, plan)
        folds = [work.fold for work in works]
        in_time = "time" in kind_of(self.dataset, folds)
        self._lap("folds")
        self.progress("Weighing the members", 0.8)
        judged = stacked(works, plan.recipes, in_time)
        blend = fit_blend(judged.paths, judged.target, judged.weight)
        calibrator = calibrator_of(blend, judged, self.options.seed)
        out_of_fold = self._honest(judged, folds, in_time)
        signal = self._signal(out_of_fold, material.frame, in_time)
        rate = self._rate(signal, in_time)
        self._lap("blend")
        self.progress("Training on all rows", 0.84)
        encoding, members, matrix = self._refit(material, plan, blend, folds)
        self._refuse_astray(plan, blend, members, matrix)
        self._lap("final model")
        self.progress("Measuring what matters", 0.95)
        model = self._assembled(material, encoding, members, blend, calibrator, plan, rate)
        model = self._with_importance(model, material.frame, matrix, signal)
        self._lap("importance")
        self.progress("Trained", 1.0)
        return Trained(model, out_of_fold, self.timings, signal, describe_folds(self.dataset, folds), in_time)

    def _lap(self, stage: str) -> None:
        self.timings[stage] = round(self._passed() - sum(self.timings.values()), 3)

    def _passed(self) -> float:
        return (self.clock() - self.started).total_seconds()

    def _material(self) -> Material:
        dataset, options = self.dataset, self.options
        frame = dataset.table
        monotone = {name: way for name, way in options.monotone.items() if way and name in frame.columns}
        known = (dataset.reading, dataset.target, dataset.groups, dataset.weights)
        return Material(frame, *known, monotone, options.seed, dataset.times, dataset.typed_words)

    def _grow_folds(self, material: Material, plan: Plan) -> list[FoldWork]:
        """The folds' works, all members grown; fewer folds than planned where the machine is too slow."""
        folds = folds_of(self.dataset, self.options.seed, plan.folds, plan.repeats)
        works = [
            FoldWork(material, fold, number, plan.fold_rows, plan.recipes)
            for number, fold in enumerate(folds)
        ]
        efforts = self._efforts(plan, folds)
        # in time order the latest folds count most; where time runs short the earliest are left out
        in_time = self.dataset.times is not None or self.dataset.in_time_order
        order = works[::-1] if in_time else works
        done: list[FoldWork] = []
        with ThreadPoolExecutor(self.options.threads) as pool:
            waiting: list[tuple[FoldWork, list[Future[None]]]] = []
            try:
                for work in order:
                    if len(done) >= FEWEST_FOLDS and not self._time_for_another(len(done), plan):
                        break
                    tasks = [pool.submit(work.grow, recipe, efforts[recipe.name]) for recipe in plan.recipes]
                    waiting.append((work, tasks))
                    if len(waiting) > 1:
                        done.append(self._finished(waiting.pop(0), len(done), len(works)))
                for each in waiting:
                    done.append(self._finished(each, len(done), len(works)))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        if len(done) < len(works):
            self.notes.append(
                f"There was time for {len(done)} of {len(works)} rounds of judging: the figures rest on fewer leads"
                " than they could. A larger --budget gives time for all."
            )
        return sorted(done, key=lambda work: work.number)

    def _finished(self, given: tuple[FoldWork, list[Future[None]]], done: int, count: int) -> FoldWork:
        work, tasks = given
        for at, task in enumerate(tasks):
            task.result()
            share = (done + (at + 1) / len(tasks)) / count
            self.progress(f"Judging: part {done + 1} of {count}", 0.02 + 0.76 * share)
        return work

    def _time_for_another(self, done: int, plan: Plan) -> bool:
        """Whether one more fold and the final fit are likely to end within the budget and a tenth."""
        per_fold = self._passed() / max(done, 1)
        left = 1.1 * self.options.budget_s - self._passed()
        return left > (2 + plan.folds / (plan.folds - 1)) * per_fold

    def _efforts(self, plan: Plan, folds: Sequence[Fold]) -> dict[str, tuple[float, ...]]:
        """One path of efforts per member for all folds, so that their predictions can be laid side by side."""
        rows = min(plan.fold_rows, min(len(fold.train) for fold in folds))
        return {recipe.name: recipe.efforts(rows) for recipe in plan.recipes}

    def _honest(self, judged: Judged, folds: Sequence[Fold], in_time: bool) -> OutOfFold:
        """Every fold's predictions by a blend and a calibrator decided on other folds; repeats are averaged."""
        rate = [float(self.dataset.target[fold.train].mean()) for fold in folds]
        parts = []
        numbers = np.unique(judged.fold)
        for place, number in enumerate(numbers.tolist()):
            mine = judged.fold == number
            others = judged.fold < number if in_time else ~np.isin(judged.rows, judged.rows[mine])
            if in_time and place == 0 and len(numbers) > FEWEST_FOLDS:
                continue  # nothing earlier to decide on
            parts.append(predicted(judged.only(mine), judged.only(others), rate[place], self.options.seed))
        return averaged(parts)

    def _signal(self, judged: OutOfFold, frame: pl.DataFrame, in_time: bool) -> SignalTest:
        groups = None if self.dataset.groups is None else self.dataset.groups[judged.rows]
        times = None if self.dataset.times is None else self.dataset.times[judged.rows]
        calendars = calendars_in(
            frame[judged.rows], in_time=in_time, times=times, name=self.dataset.time_column
        )
        return signal_in(
            judged.target,
            judged.probability,
            fold=judged.fold,
            groups=groups,
            in_time=in_time,
            base=judged.base,
            calendars=calendars,
            good=in_words(self.dataset.outcome.column, self.dataset.outcome.positive),
        )

    def _rate(self, signal: SignalTest, in_time: bool) -> float:
        """The rate of all past leads; without usable signal, and judged in time, the rate to expect next."""
        overall = float(self.dataset.target.mean())
        if signal.usable or not in_time:
            return overall
        coming = coming_rate(self.dataset.target, self.dataset.times)
        if f"{coming:.3f}" != f"{overall:.3f}":
            how = "more" if coming > overall else "less"
            self.notes.append(
                f"Wins have become {how} frequent: every lead gets {100 * coming:.1f} %, halfway from the average of"
                f" all past leads ({100 * overall:.1f} %) to the latest ones."
            )
        return coming

    def _refit(
        self, material: Material, plan: Plan, blend: Blend, folds: Sequence[Fold]
    ) -> tuple[Encoding, list[Read], Matrix]:
        """The encoding and the members of all rows."""
        rows = thinned(np.arange(self.dataset.rows), plan.final_rows, self.options.seed)
        encoding, train = encoded(material, rows, FINAL, versions_of(plan.recipes))
        share = min(1.0, float(np.mean([min(len(fold.train), plan.fold_rows) for fold in folds])) / len(rows))
        efforts = self._efforts(plan, folds)
        beside = beside_of(material, encoding, len(rows))

        def grow(recipe: Recipe, place: int) -> Read:
            inputs = inputs_of(recipe, encoding, train[0], material.target[rows])
            lesson = lesson_of(material, encoding, train, rows, inputs, FINAL, beside)
            effort = recipe.grown_for(efforts[recipe.name][place], share)
            return Read(recipe.grow(lesson, (effort,)), inputs)

        with ThreadPoolExecutor(self.options.threads) as pool:
            tasks = [
                pool.submit(grow, recipe, place)
                for recipe, place in zip(plan.recipes, blend.efforts, strict=True)
            ]
            return encoding, [task.result() for task in tasks], train[0]

    def _refuse_astray(self, plan: Plan, blend: Blend, grown: list[Read], matrix: Matrix) -> None:
        """No member may be worse than the base rate on rows it learned from: then it went astray as it grew."""
        if len(matrix) != self.dataset.rows:
            return
        rows = thinned(np.arange(len(matrix)), IMPORTANCE_ROWS, self.options.seed)
        y = self.dataset.target[rows]
        rate = float(np.clip(y.mean(), 1e-3, 1 - 1e-3))
        base = mean_loss(np.full(len(y), np.log(rate / (1 - rate))), y)
        for at, (recipe, each) in enumerate(zip(plan.recipes, grown, strict=True)):
            raw = each.grown.path(np.ascontiguousarray(matrix[rows][:, each.inputs]))[-1]
            loss = mean_loss(blend.intercepts[at] + blend.slopes[at] * raw, y)
            if not loss <= ASTRAY * base:
                raise ConversionError(
                    "A member of the model went astray when it was trained on all rows.",
                    facts={
                        "member": recipe.name,
                        "log_loss": round(loss, 4),
                        "base_rate_log_loss": round(base, 4),
                    },
                    remedy="Train with another --seed, and report this with the data's shape; nothing was kept.",
                )

    def _assembled(
        self,
        material: Material,
        encoding: Encoding,
        grown: list[Read],
        blend: Blend,
        calibrator: Calibrator,
        plan: Plan,
        rate: float,
    ) -> TabularModel:
        sample = encoding.transform(material.frame.head(256))
        members = []
        for recipe, each, slope, intercept in zip(
            plan.recipes, grown, blend.slopes.tolist(), blend.intercepts.tolist(), strict=True
        ):
            apart = check_conversion(each.grown, np.ascontiguousarray(sample[:, each.inputs]))
            if not apart * max(abs(slope), 1.0) <= SAME:
                raise ConversionError(
                    "A trained member and its stored form do not agree.",
                    facts={"member": recipe.name, "difference": apart},
                    remedy="Report this with the data's shape; the model was not kept.",
                )
            model = each.grown.model()
            members.append(Member(recipe.name, recipe.kind, model, each.inputs, slope, intercept))
        return TabularModel(
            reading=self.dataset.reading,
            encoding=encoding,
            members=tuple(members),
            weights=blend.weights,
            calibrator=calibrator,
            base_rate=rate,
            usable_signal=True,
            importance=np.zeros(len(encoding.columns)),
            meta=self._meta(plan),
        )

    def _meta(self, plan: Plan) -> dict[str, Any]:
        return {
            "seed": self.options.seed,
            "budget_s": self.options.budget_s,
            "rows": self.dataset.rows,
            "positives": self.dataset.positives,
            "folds": plan.folds,
            "repeats": plan.repeats,
            "final_rows": plan.final_rows,
            "monotone": dict(self.options.monotone),
            "notes": list(self.notes),
        }

    def _with_importance(
        self, model: TabularModel, frame: pl.DataFrame, matrix: Matrix, signal: SignalTest
    ) -> TabularModel:
        """Per column the mean size of its contribution in log-odds over some rows; and whether there is signal."""
        rows = thinned(np.arange(len(matrix)), IMPORTANCE_ROWS, self.options.seed)
        x = model.encoding.transform(frame[rows])
        importance = np.abs(model.contributions(x)).mean(axis=0)
        if importance.sum() > 0:
            importance = importance / importance.sum()
        return replace(model, importance=importance, usable_signal=signal.usable)
