"""What one head learns from: its decided leads as a table, a model of it, and the model put together with the rules."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.domain.blend import BLEND
from galena.domain.playbook import Head
from galena.engines.learning.weak_spots import WeakSpot, measured_gain, weights_on
from galena.engines.scoring.model_scoring import model_columns
from galena.kit.clock import Clock
from galena.workflows.lead_history import PastLeads
from galena.workflows.plans import Plan

if TYPE_CHECKING:
    from galena.engines.learning.dataset import Dataset
    from galena.engines.learning.leaks import Leak
    from galena.engines.learning.rules_member import Judged
    from galena.engines.learning.train import Trained
    from galena.engines.learning.words import Words

Progress = Callable[[str, float], None]
"""Told what is being done and the share done, 0-1."""

OUTCOME, ARRIVED = "_outcome", "_arrived_at"
"""Columns of the training table beside the inputs; names of a playbook begin with a letter."""

LEFT_OUT = "suspected of knowing the outcome"


@dataclass(frozen=True, slots=True)
class Lesson:
    """The decided leads of one head.

    Attributes:
        dataset: a row per decided lead: the values that scores keep, and what became of it.
        rows: which of the past leads they are.
        leaks: columns suspected of knowing the outcome.
    """

    plan: Plan
    head: Head
    past: PastLeads
    dataset: "Dataset"
    rows: NDArray[np.int64]
    leaks: tuple["Leak", ...]

    @property
    def points(self) -> NDArray[np.float64]:
        """What the rules gave each."""
        return np.array(self.past.points)[self.rows]

    @property
    def data_hash(self) -> str:
        """Content hash of the rows and their outcomes."""
        digest = hashlib.sha256(self.dataset.target.tobytes())
        digest.update(self.dataset.frame.hash_rows(seed=0).to_numpy().tobytes())
        if self.dataset.words is not None:
            digest.update(self.dataset.words.grade.tobytes())
            digest.update(self.dataset.words.frame.hash_rows(seed=0).to_numpy().tobytes())
        return digest.hexdigest()

    def without_leaks(self) -> "Lesson":
        """The same without the suspected columns."""
        suspects = [leak.column for leak in self.leaks]
        return replace(self, dataset=self.dataset.without(suspects, LEFT_OUT)) if suspects else self


def lesson_of(plan: Plan, past: PastLeads, head: Head) -> Lesson:
    """The decided leads of a head as a table to learn from.

    Raises:
        InputError: the table cannot be learned from; says why.
    """
    from galena.engines.learning.dataset import dataset_of
    from galena.engines.learning.leaks import find_leaks

    label = past.labels.heads[head.name].label
    decided = np.flatnonzero(~label.is_null().to_numpy())
    personal = [name for name, each in plan.playbook.fields.items() if each.personal]
    columns = model_columns(plan.scorer.value_schema, personal)
    arrived = pl.Series(ARRIVED, list(past.arrived_at), dtype=pl.Datetime("us", "UTC"))
    whole = past.values.select(columns).with_columns(label.alias(OUTCOME), arrived)[decided]
    # Leads of one import that tell no day have no order in time.
    in_turn = whole[ARRIVED].dt.date().n_unique() > 1
    dataset = dataset_of(
        whole if in_turn else whole.drop(ARRIVED),
        target=OUTCOME,
        drop=[ARRIVED] if in_turn else [],
        time=ARRIVED if in_turn else None,
    )
    dataset = replace(_in_words(dataset, head), words=_words_of(plan, past, head, columns))
    return Lesson(plan, head, past, dataset, decided[dataset.row_numbers], find_leaks(dataset))


def _words_of(plan: Plan, past: PastLeads, head: Head, columns: Sequence[str]) -> "Words | None":
    """What people say of the leads whose outcome nobody knows; of the head that the score is about. None: nothing."""
    from galena.engines.learning.words import Words

    models = plan.playbook.models
    if past.words is None or head.given or head != (models.score_head or models.heads[0]):
        return None
    # Outcomes that are too young to count are known, all the same: no word stands in for them.
    is_known = ~np.isnan(past.told[head.name].label)
    still_open = {lead_id for lead_id, known in zip(past.lead_ids, is_known, strict=True) if not known}
    rows = [row for row, lead_id in enumerate(past.words.lead_ids) if lead_id in still_open]
    if not rows:
        return None
    said_at = np.array([past.words.said_at[row].replace(tzinfo=None) for row in rows], dtype="datetime64[us]")
    return Words(past.words.values.select(columns)[rows], np.array(past.words.grades)[rows], said_at)


def _in_words(dataset: "Dataset", head: Head) -> "Dataset":
    """The same with the playbook's word for the outcome, and without columns that nobody knows, for reports."""
    outcome = dataset.outcome.model_copy(update={"column": head.name, "positive": "yes", "negative": "no"})
    dropped = {name: why for name, why in dataset.dropped.items() if name not in (OUTCOME, ARRIVED)}
    arrival = "the arrival" if dataset.time_column else None
    return replace(dataset, outcome=outcome, dropped=dropped, time_column=arrival)


def learn(
    lesson: Lesson, *, budget_s: float, seed: int, threads: int, clock: Clock, progress: Progress
) -> tuple["Trained", "Judged"]:
    """A model with its blend in its meta; and what rules, model and blend said of leads they had not seen."""
    from galena.engines.learning.rules_member import fit_blend, fitted_line
    from galena.engines.learning.train import Options, train

    plan, ways = lesson.plan, {"up": 1, "down": -1}
    monotone = {name: ways[way] for name, way in plan.playbook.models.monotone.items()}
    options = Options(budget_s=budget_s, seed=seed, monotone=monotone, threads=threads)
    trained = train(lesson.dataset, options, progress, clock)
    seen = trained.out_of_fold
    others = np.setdiff1d(np.arange(lesson.dataset.rows), seen.rows)
    blend, judged = fit_blend(
        lesson.head.name,
        lesson.points[seen.rows],
        seen.probability,
        seen.target,
        seen.fold,
        rules_have_a_say=plan.playbook.models.mode != "model",
        usable_signal=trained.model.usable_signal,
        line=fitted_line(lesson.points, lesson.dataset.target),
        unjudged=(lesson.points[others], lesson.dataset.target[others]),
        rules=plan.scorer.rules,
        seed=seed,
    )
    told = {
        **trained.model.meta,
        BLEND: blend.model_dump(mode="json"),
        "outcome": lesson.head.name,
        "revision": plan.revision.number,
        "feature_set_hash": plan.features.hash,
    }
    return replace(trained, model=replace(trained.model, meta=told)), judged


def learn_weak_spots(
    lesson: Lesson,
    spots: Sequence[WeakSpot],
    *,
    budget_s: float,
    seed: int,
    threads: int,
    clock: Clock,
    progress: Progress,
) -> tuple["Trained", "Judged", dict[str, Any]]:
    """Learn with and without more weight on the segments that the model in use is weak in; the better one stays.

    Both have half of the time and are judged on the same leads they had not seen; more weight must save more log-loss
    than chance would.

    Returns:
        The training, what it said of leads it had not seen, and what was measured, for the card.
    """

    def learned(each: Lesson, budget: float, begin: float, part: float) -> tuple["Trained", "Judged"]:
        return learn(
            each,
            budget_s=budget,
            seed=seed,
            threads=threads,
            clock=clock,
            progress=lambda doing, share: progress(doing, begin + part * share),
        )

    if not spots:
        return *learned(lesson, budget_s, 0.0, 1.0), {}
    weights = weights_on(lesson.dataset.frame, spots)
    plain = learned(lesson, budget_s / 2, 0.0, 0.5)
    heavy = learned(replace(lesson, dataset=replace(lesson.dataset, weights=weights)), budget_s / 2, 0.5, 0.5)
    measured = measured_gain(plain[1].target, plain[1].blend, heavy[1].target, heavy[1].blend)
    told = {"segments": [each.as_dict() for each in spots], **measured}
    return *(heavy if measured["used"] else plain), {"weak_spots": told}


def compared(judged: "Judged", seed: int) -> Mapping[str, Mapping[str, Any]]:
    """Rules, model and blend on the same leads: log-loss, average precision, AUC and Brier with their intervals."""
    from galena.engines.learning.metrics import metrics_of_each

    said = {"rules": judged.rules, "model": judged.model, "blend": judged.blend}
    found = metrics_of_each(judged.target, said, draws=200, seed=seed)
    names = ("log_loss", "average_precision", "auc", "brier")
    return {
        who: {name: each.figures[name].model_dump(mode="json") for name in names}
        for who, each in found.items()
    }
