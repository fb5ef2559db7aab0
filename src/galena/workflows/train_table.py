"""A model trained on a table of past leads with an outcome column, and written to a folder with its report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rapidfuzz import process

from galena.connectors.files.tables import TableFile, UnreadRow, read_table
from galena.kit.clock import Clock, stopwatch
from galena.kit.errors import InputError, NotFoundError
from galena.workflows.model_folder import check_folder, save_model

Progress = Callable[[str, float], None]
"""Told what is being done and the share done, 0-1."""

LEAK_CHECK_SHARE = 0.15
LEAK_CHECK_MOST_S = 20.0
"""Of the budget, what finding out the quality without suspected leaks may take."""

LEFT_OUT = "suspected of knowing the outcome"


@dataclass(frozen=True, slots=True)
class Order:
    """What to train, as the person said it.

    Attributes:
        target: the column with the outcome.
        positive: the value that counts as the good outcome; None: found.
        negative: the values that count as the other outcome, all else being still open; empty: whatever else there is.
        drop: columns to leave out.
        drop_leaks: leave out columns suspected of leaking the outcome, too.
        time, group, id_column: columns that say when a row happened, what belongs together, what names a row.
        in_time_order: the rows are in time order although no column tells.
        monotone: column -> 1 if more of it may only raise the score, -1 only lower it.
        budget_s: seconds the training may take.
        threads: processor threads.
    """

    target: str
    positive: str | None = None
    negative: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    drop_leaks: bool = False
    time: str | None = None
    group: str | None = None
    id_column: str | None = None
    in_time_order: bool = False
    monotone: Mapping[str, int] = field(default_factory=dict)
    budget_s: float = 120.0
    seed: int = 0
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Prepared:
    """A table that was read and can be learned from, before the training.

    Attributes:
        dataset: as `galena.engines.learning.dataset.Dataset`; without the suspects where they are to be left out.
        columns: all columns of the file.
        leaks: columns suspected of knowing the outcome, as `galena.engines.learning.leaks.Leak`.
        unread_rows: rows that could not be read; they are left out.
        notes: sentences about the file.
    """

    out: Path
    order: Order
    dataset: Any
    columns: tuple[str, ...]
    leaks: tuple[Any, ...]
    unread_rows: tuple[UnreadRow, ...]
    notes: tuple[str, ...]

    @property
    def suspects(self) -> tuple[str, ...]:
        """The names of the suspected columns."""
        return tuple(leak.column for leak in self.leaks)

    @property
    def file_notes(self) -> tuple[str, ...]:
        """The notes, and how many rows could not be read."""
        if not self.unread_rows:
            return self.notes
        first = self.unread_rows[0]
        return (
            *self.notes,
            f"{_rows(len(self.unread_rows))} could not be read and stayed out, the first is row"
            f" {first.number:,}: {first.reason}",
        )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


@dataclass(frozen=True, slots=True)
class TrainedTable:
    """What training did; nothing of it is on disk yet.

    Attributes:
        model: as `galena.kit.tabular.model.TabularModel`.
        report: as `galena.engines.learning.report.Report`.
        auc_with, auc_without: where suspected columns were left in, the quality on leads the model had not seen, with
            them and without; None where that was not tried.
        seconds: it took.
    """

    prepared: Prepared
    model: Any
    report: Any
    auc_with: float | None
    auc_without: float | None
    seconds: float

    @property
    def cost_of_leaks(self) -> str:
        """What the model is worth without the suspected columns, in a sentence; empty where that was not tried."""
        return _cost_of_leaks(self.auc_with, self.auc_without)


def _cost_of_leaks(auc_with: float | None, auc_without: float | None) -> str:
    if auc_with is None or auc_without is None:
        return ""
    return (
        f"With the columns that seem to know the outcome the better lead comes first in {100 * auc_with:.0f} of 100"
        f" pairs, without them in about {100 * auc_without:.0f} (50 is a coin): expect the second where new leads do"
        " not have them."
    )


def prepare_table(csv: TableFile, out: Path, order: Order) -> Prepared:
    """Read a table of past leads, see what its columns are, and which of them seem to know the outcome.

    Raises:
        InputError: the table, the target, an option or the folder cannot be used; says which and how to mend it.
        NotFoundError: there is no such column; offers the nearest names.
    """
    from galena.engines.learning.dataset import dataset_of
    from galena.engines.learning.leaks import find_leaks

    check_folder(out)
    frame, unread, notes = read_table(csv)
    check_columns(frame, order)
    dataset = dataset_of(
        _decided(frame, order),
        target=order.target,
        positive=order.positive,
        drop=order.drop,
        time=order.time,
        group=order.group,
        id_column=order.id_column,
        in_time_order=order.in_time_order,
    )
    leaks = find_leaks(dataset)
    if leaks and order.drop_leaks:
        dataset = dataset.without([leak.column for leak in leaks], LEFT_OUT)
    told = (*notes, *_without_time(dataset), *_without_direction(dataset, order))
    return Prepared(out, order, dataset, tuple(frame.columns), leaks, unread, told)


def _without_time(dataset: Any) -> tuple[str, ...]:
    """A note on leads whose time cannot be read: they count as the earliest."""
    unknown = 0 if dataset.times is None else int(np.isnat(dataset.times).sum())
    if not unknown:
        return ()
    return (
        f"“{dataset.time_column}” holds no time that can be read in {_rows(unknown)} of {dataset.rows:,}: the model"
        " learns from them as the earliest, and is not judged on them.",
    )


def _without_direction(dataset: Any, order: Order) -> tuple[str, ...]:
    """Notes on columns that were to be held to a direction and are not used at all."""
    unread = {column.name: column.why for column in dataset.reading.columns if column.kind == "unused"}
    unused = {**dataset.dropped, **unread}
    return tuple(
        f"“{name}” is not used ({unused[name]}), so there is nothing to hold to a direction."
        for name in order.monotone
        if name in unused
    )


def train_table(
    prepared: Prepared, *, clock: Clock, progress: Progress = lambda _doing, _share: None
) -> TrainedTable:
    """Train on a table and report on leads the model had not seen; writes nothing.

    Raises:
        InputError: the rows cannot be split into leads to learn from and leads to be judged on.
    """
    from galena.engines.learning.report import report_of

    passed = stopwatch()
    trained, without = _trained(prepared, progress, clock)
    progress("Writing the report", 1.0)
    dataset = prepared.dataset
    with_them = None if without is None else _auc(trained)
    cost = _cost_of_leaks(with_them, without)
    report = report_of(
        trained,
        dataset,
        prepared.leaks,
        split=trained.split,
        in_time=trained.in_time,
        seed=prepared.order.seed,
        signal=trained.signal,
        notes=(*((cost,) if cost else ()), *prepared.file_notes, *trained.model.meta.get("notes", ())),
    )
    told = {
        "outcome": dataset.outcome.column,
        "positive": dataset.outcome.positive,
        "seen_columns": list(prepared.columns),
    }
    model = replace(trained.model, meta={**trained.model.meta, **told})
    return TrainedTable(prepared, model, report, with_them, without, round(passed(), 2))


def keep_trained(done: TrainedTable, page: str) -> None:
    """Write the model with its report to its folder, which appears whole or not at all.

    Args:
        page: the report as one HTML page.

    Raises:
        InputError: the folder cannot be written.
        UnavailableError: the disk is full; an earlier model in the folder is still there.
    """
    save_model(done.prepared.out, done.model, done.report.model_dump_json(indent=1), page)


def _decided(frame: pl.DataFrame, order: Order) -> pl.DataFrame:
    """The table with an outcome only where it is one of those named, if the losing ones are named."""
    if not order.negative:
        return frame
    if order.positive is None:
        raise InputError("--negative was given without --positive.", remedy="Name both outcomes.")
    from galena.engines.learning.outcome import value_key

    texts = frame[order.target]
    keys = {text: value_key(text) for text in texts.drop_nulls().unique().to_list()}
    said = texts.replace_strict(keys, default=None, return_dtype=pl.String)
    won, *lost = (value_key(value) for value in (order.positive, *order.negative))
    for value, given in zip((won, *lost), (order.positive, *order.negative), strict=True):
        if value not in keys.values():
            counts = frame[order.target].value_counts(sort=True).head(12)
            raise InputError(
                f"No row of column “{order.target}” says “{given}”.",
                facts={f"“{name}”": count for name, count in counts.iter_rows() if name},
                remedy="Name values that the column has.",
            )
    if won in lost:
        raise InputError(
            f"“{order.positive}” is in --positive and in --negative.", remedy="Name it in one of them."
        )
    lost_name = " or ".join(order.negative)
    decided = pl.when(said == won).then(pl.lit(order.positive)).when(said.is_in(lost)).then(pl.lit(lost_name))
    return frame.with_columns(decided.otherwise(None).alias(order.target))


def check_columns(frame: pl.DataFrame, order: Order) -> None:
    """Whether every column named exists, and is not asked for two things that exclude each other.

    Raises:
        NotFoundError: there is no such column; the nearest names are in the facts.
        InputError: the outcome or a column in use is to be left out, too.
    """
    named = {
        "--target": [order.target],
        "--time": [order.time] if order.time else [],
        "--group": [order.group] if order.group else [],
        "--id": [order.id_column] if order.id_column else [],
        "--drop": list(order.drop),
        "--monotone": list(order.monotone),
    }
    for option, names in named.items():
        for name in names:
            if name not in frame.columns:
                raise no_such_column(option, name, frame.columns)
    if order.target in (*order.drop, order.time, order.group, order.id_column, *order.monotone):
        raise InputError(
            f"“{order.target}” is the outcome; it cannot be used as anything else.",
            remedy="Name it with --target only.",
        )
    both = [name for name in order.monotone if name in order.drop]
    if both:
        raise InputError(f"“{both[0]}” is in --monotone and in --drop.", remedy="Name it in one of them.")
    if order.time and order.in_time_order:
        raise InputError("Both --time and --in-time-order were given.", remedy="Give one of them.")


def no_such_column(option: str, name: str, columns: Sequence[str]) -> NotFoundError:
    """An error that offers the nearest names."""
    near = [
        found[0]
        for found in process.extract(
            name, columns, limit=3, score_cutoff=55, processor=lambda text: text.casefold().strip()
        )
    ]
    facts: dict[str, Any] = {"nearest": near} if near else {}
    return NotFoundError(
        f"{option}: the file has no column “{name}”.",
        facts={**facts, "columns": list(columns)},
        remedy="Write the name as it stands in the first row of the file, in quotes if it has spaces.",
    )


def _trained(prepared: Prepared, progress: Progress, clock: Clock) -> tuple[Any, float | None]:
    """The trained model; and where suspected columns were left in, the quality of a short training without them."""
    from galena.engines.learning.train import Options, train
    from galena.engines.learning.train_plan import aside_s

    order = prepared.order

    def fitted(dataset: Any, budget_s: float, progress: Progress) -> Any:
        monotone = {name: way for name, way in order.monotone.items() if name in dataset.frame.columns}
        options = Options(budget_s=budget_s, seed=order.seed, monotone=monotone, threads=order.threads)
        return train(dataset, options, progress, clock)

    if not prepared.leaks or order.drop_leaks:
        return fitted(prepared.dataset, order.budget_s, progress), None
    trial_s = min(LEAK_CHECK_MOST_S, LEAK_CHECK_SHARE * order.budget_s)
    if trial_s < aside_s(prepared.dataset.rows, len(prepared.dataset.reading.used)):
        return fitted(prepared.dataset, order.budget_s, progress), None
    trained = fitted(prepared.dataset, order.budget_s - trial_s, progress)
    bare = prepared.dataset.without(prepared.suspects, LEFT_OUT)
    if not bare.reading.used:
        return trained, None
    progress("Trying without the suspected columns", 1.0)
    return trained, _auc(fitted(bare, trial_s, lambda _doing, _share: None))


def _auc(trained: Any) -> float | None:
    from sklearn.metrics import roc_auc_score

    judged = trained.out_of_fold
    if len(set(judged.target.tolist())) < 2:
        return None
    return float(roc_auc_score(judged.target, judged.probability))
