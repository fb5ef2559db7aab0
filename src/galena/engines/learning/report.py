"""The report on a trained model: what it promises, what it rests on, how it was judged.

Every figure comes from predictions for leads the model had not seen (out of fold). `model_dump_json()` is
`report.json`; there is no NaN in it (null instead), nothing of the machine it was made on, and equal runs give equal
reports but for the seconds they took.
"""

import hashlib
from collections.abc import Sequence
from importlib import metadata
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from galena.engines.learning import curves
from galena.engines.learning.dataset import Dataset
from galena.engines.learning.dependence import Dependence, dependence_of, short
from galena.engines.learning.headline import (
    SHARE_FLAGGED,
    SHARE_WORTH_A_LOOK,
    Headline,
    headline_of,
)
from galena.engines.learning.metrics import Estimate, ThresholdQuality, metrics_of, metrics_of_each
from galena.engines.learning.ranks import Floats
from galena.engines.learning.report_inputs import FinishedModel, TrainedModel
from galena.engines.learning.segments import Segment, segments_of
from galena.engines.learning.signal_test import SignalTest, calendars_in, signal_in
from galena.engines.learning.verdict import are_few, caveats_of, in_words, verdict_of

FORMAT_VERSION = 1
DRAWS = 1000
MEMBER_DRAWS = 200
ROWS_EXPLAINED = 1500
COLUMNS_WITH_DEPENDENCE = 8
COLUMNS_WITH_SEGMENTS = 200
LIBRARIES = ("galena", "numpy", "polars", "scikit-learn", "lightgbm", "catboost")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class MemberReport(_Frozen):
    """One member of the ensemble: its share of the blend and how good it is alone."""

    name: str
    kind: str
    weight: float
    metrics: dict[str, Estimate]


class ColumnReport(_Frozen):
    """A column the model reads; `importance` is its share of all the columns' influence, 0-1."""

    name: str
    kind: str
    importance: float
    missing_share: float


class DroppedColumn(_Frozen):
    """A column the model does not read, and why."""

    column: str
    reason: str


class LeakSuspect(_Frozen):
    """A column that probably knows the outcome (`auc`: how well it alone ranks); `used` if the model reads it."""

    column: str
    reason: str
    auc: float
    kind: str
    used: bool


class Report(_Frozen):
    """A trained model in figures and words; see the fields' records.

    Attributes:
        outcome, positive: the outcome column and its value that counts as a win.
        rows, positives, base_rate: past leads with an outcome; of those, `judged_rows` were judged out of fold.
        usable_signal, usable_signal_reason: whether the model is worth using, and why, in words.
        metrics: figures of the ensemble.
        split: how it was judged, in words.
        data_from, data_to: the time range of the leads (ISO dates), where a time column tells.
        data_hash: SHA-256 of the input columns and the outcome.
    """

    format_version: int = FORMAT_VERSION
    outcome: str
    positive: str
    usable_signal: bool
    usable_signal_reason: str
    headline: Headline
    rows: int
    positives: int
    base_rate: float
    judged_rows: int
    unlabelled_rows: int
    split: str
    metrics: dict[str, Estimate]
    thresholds: tuple[ThresholdQuality, ...]
    members: tuple[MemberReport, ...]
    columns: tuple[ColumnReport, ...]
    dropped: tuple[DroppedColumn, ...]
    leak_suspects: tuple[LeakSuspect, ...]
    gains: tuple[curves.GainRow, ...]
    calibration: tuple[curves.CalibrationBin, ...]
    distribution: tuple[curves.ScoreBin, ...]
    roc: tuple[curves.Point, ...]
    precision_recall: tuple[curves.Point, ...]
    segments: tuple[Segment, ...]
    dependence: tuple[Dependence, ...]
    signal: SignalTest
    seed: int
    training_s: float
    timings_s: dict[str, float]
    libraries: dict[str, str]
    data_from: str | None
    data_to: str | None
    data_hash: str
    notes: tuple[str, ...] = ()


def report_of(
    trained: TrainedModel,
    dataset: Dataset,
    leaks: Sequence[Any] = (),
    *,
    split: str,
    in_time: bool,
    seed: int,
    signal: SignalTest | None = None,
    graded: Floats | None = None,
    notes: Sequence[str] = (),
    draws: int = DRAWS,
) -> Report:
    """Everything worth knowing about a trained model.

    Args:
        trained: the model and its out-of-fold predictions.
        dataset: what it was trained on.
        leaks: suspects found by `find_leaks` before columns were dropped.
        split: how it was judged, in words (`describe_folds`).
        in_time: whether each fold was judged by a model of earlier rows.
        seed: of the training; the intervals are drawn with it too.
        signal: the signal test of the training; made here where not given.
        graded: graded outcomes (0-1) per row of the data set that the score is compared with.
        notes: further sentences for the reader (columns that changed, what was left out).
        draws: bootstrap draws of the intervals.
    """
    judged, model = trained.out_of_fold, trained.model
    rows, target, probability = judged.rows, judged.target, judged.probability
    groups = None if dataset.groups is None else dataset.groups[rows]
    read = dataset.table
    if signal is None:
        times = None if dataset.times is None else dataset.times[rows]
        calendars = calendars_in(read[rows], in_time=in_time, times=times, name=dataset.time_column)
        signal = signal_in(
            target,
            probability,
            fold=judged.fold,
            groups=groups,
            in_time=in_time,
            calendars=calendars,
            good=in_words(dataset.outcome.column, dataset.outcome.positive),
        )
    found = metrics_of(
        target,
        probability,
        groups=groups,
        graded=None if graded is None else graded[rows],
        thresholds=_thresholds(target, probability),
        draws=draws,
        seed=seed,
    )
    gains = curves.gains_of(target, probability)
    won = in_words(dataset.outcome.column, dataset.outcome.positive)
    verdict = verdict_of(signal, target, won, found.figures["auc"])
    return Report(
        outcome=dataset.outcome.column,
        positive=dataset.outcome.positive,
        usable_signal=model.usable_signal,
        usable_signal_reason=verdict,
        headline=headline_of(
            model.usable_signal,
            verdict,
            gains,
            found.figures,
            float(target.mean()),
            leads=len(target),
            few=are_few(len(target), int(target.sum())),
            caveats=_caveats(model.usable_signal, target, probability, won),
        ),
        rows=dataset.rows,
        positives=dataset.positives,
        base_rate=dataset.positives / dataset.rows,
        judged_rows=len(target),
        unlabelled_rows=dataset.outcome.unlabelled,
        split=split,
        metrics=found.figures,
        thresholds=found.thresholds,
        members=_members(trained, groups, min(draws, MEMBER_DRAWS), seed),
        columns=_columns(model, dataset, read),
        dropped=_dropped(dataset),
        leak_suspects=_suspects(leaks, model.columns),
        gains=gains,
        calibration=curves.calibration_of(target, probability),
        distribution=curves.distribution_of(target, probability),
        roc=curves.roc_points(target, probability),
        precision_recall=curves.precision_recall_points(target, probability),
        segments=segments_of(target, probability, _segment_columns(model, dataset, read[rows])),
        dependence=_dependence(model, dataset, read, seed),
        signal=signal,
        seed=seed,
        training_s=round(float(sum(trained.timings.values())), 3),
        timings_s={name: round(float(seconds), 3) for name, seconds in trained.timings.items()},
        libraries=_libraries(),
        data_from=_end(dataset.times, np.nanmin),
        data_to=_end(dataset.times, np.nanmax),
        data_hash=hash_of(dataset),
        notes=tuple(notes),
    )


def _caveats(usable: bool, target: Floats, probability: Floats, won: str) -> tuple[str, ...]:
    tiers_end_at = (SHARE_FLAGGED, SHARE_WORTH_A_LOOK) if usable else ()
    return caveats_of(target, probability, won, tiers_end_at)


def hash_of(dataset: Dataset) -> str:
    """SHA-256 of the input columns, as text, and the outcome: equal data, equal hash."""
    digest = hashlib.sha256()
    for name in dataset.frame.columns:
        column = dataset.frame.get_column(name)
        digest.update(f"{name}\0{column.dtype}\0".encode())
        digest.update(column.to_frame().write_csv(include_header=False, null_value="\0").encode())
    digest.update(np.ascontiguousarray(dataset.target).tobytes())
    return digest.hexdigest()


def _thresholds(target: Floats, probability: Floats) -> dict[str, float]:
    top, middle = (float(np.quantile(probability, 1 - share, method="higher")) for share in (0.2, 0.5))
    return {
        "the best 20 %": top,
        "the best 50 %": middle,
        "an even chance or better": 0.5,
        "best balance of precision and recall": curves.best_f1_threshold(target, probability),
    }


def _members(
    trained: TrainedModel, groups: NDArray[Any] | None, draws: int, seed: int
) -> tuple[MemberReport, ...]:
    judged, model = trained.out_of_fold, trained.model
    predictions = {
        member.name: np.ascontiguousarray(judged.members[:, place])
        for place, member in enumerate(model.members)
    }
    found = metrics_of_each(judged.target, predictions, groups=groups, draws=draws, seed=seed)
    return tuple(
        MemberReport(
            name=member.name, kind=member.kind, weight=float(weight), metrics=found[member.name].figures
        )
        for member, weight in zip(model.members, model.weights.tolist(), strict=True)
    )


def _columns(model: FinishedModel, dataset: Dataset, read: pl.DataFrame) -> tuple[ColumnReport, ...]:
    total = float(model.importance.sum()) or 1.0
    found = [
        ColumnReport(
            name=name,
            kind=dataset.reading.column(name).kind,
            importance=float(importance) / total,
            missing_share=read.get_column(name).null_count() / max(read.height, 1),
        )
        for name, importance in zip(model.columns, model.importance.tolist(), strict=True)
    ]
    return tuple(sorted(found, key=lambda each: -each.importance))


def _dropped(dataset: Dataset) -> tuple[DroppedColumn, ...]:
    reasons = {name: why for name, why in dataset.dropped.items() if name != dataset.outcome.column}
    reasons |= {column.name: column.why for column in dataset.reading.columns if column.kind == "unused"}
    return tuple(DroppedColumn(column=name, reason=why) for name, why in reasons.items())


def _suspects(leaks: Sequence[Any], used: Sequence[str]) -> tuple[LeakSuspect, ...]:
    return tuple(
        LeakSuspect(
            column=leak.column, reason=leak.reason, auc=leak.auc, kind=leak.kind, used=leak.column in used
        )
        for leak in leaks
    )


def _segment_columns(model: FinishedModel, dataset: Dataset, read: pl.DataFrame) -> dict[str, NDArray[Any]]:
    """The columns with few values; of very wide tables those that matter most: chance shows in the many others."""
    kinds = {column.name: column.kind for column in dataset.reading.used}
    names = read.columns
    if len(names) > COLUMNS_WITH_SEGMENTS:
        order = np.argsort(-model.importance, kind="stable")[:COLUMNS_WITH_SEGMENTS].tolist()
        kept = {model.columns[place] for place in order}
        names = [name for name in names if name in kept]
    return {
        name: _words(read.get_column(name))
        for name in names
        if kinds[name] in ("category", "boolean")
        or (kinds[name] == "number" and read.get_column(name).n_unique() <= 8)
    }


def _words(column: pl.Series) -> NDArray[Any]:
    if column.dtype == pl.Boolean:
        words: list[str | None] = [
            None if value is None else "yes" if value else "no" for value in column.to_list()
        ]
    elif column.dtype.is_numeric():
        words = [None if value is None else short(value) for value in column.to_list()]
    else:
        words = column.cast(pl.String).to_list()
    return np.array(words, dtype=object)


def _dependence(
    model: FinishedModel, dataset: Dataset, read: pl.DataFrame, seed: int
) -> tuple[Dependence, ...]:
    if not model.usable_signal:
        return ()
    rng = np.random.default_rng(seed)
    explained = np.sort(rng.permutation(dataset.rows)[:ROWS_EXPLAINED])
    points = model.explain(dataset.frame[explained]).points
    order = np.argsort(-model.importance, kind="stable")[:COLUMNS_WITH_DEPENDENCE].tolist()
    return tuple(
        dependence_of(
            dataset.reading.column(model.columns[place]).kind,
            read.get_column(model.columns[place]),
            dataset.target,
            explained,
            points[:, place],
        )
        for place in order
        if model.importance[place] > 0
    )


def _end(times: NDArray[Any] | None, which: Any) -> str | None:
    if times is None or np.isnat(times).all():
        return None
    return str(which(times[~np.isnat(times)]).astype("datetime64[D]"))


def _libraries() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # e.g. run from a source folder
            continue
    return found
