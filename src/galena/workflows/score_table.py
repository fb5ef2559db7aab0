"""A table of new leads scored by a model in a folder: every row kept, score, tier and reasons added."""

from collections import Counter
from collections.abc import Iterator
from csv import writer
from dataclasses import asdict, dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.connectors.files.table_copy import check_copy, open_copy
from galena.connectors.files.tables import (
    TableBlock,
    TableFile,
    TextTable,
    UnreadRow,
    no_row_read,
    open_table,
)
from galena.engines.explanation.model_reasons import NO_SIGNAL, REASONS, ColumnWords, reasons_of
from galena.kit.errors import InputError
from galena.workflows.known_columns import SAMPLE, KnownColumns, known_columns, letters_of
from galena.workflows.tiering import SharedBorder, TierRule, TopShares, nobody_stands_out

ADDED = (
    "score",
    "tier",
    "probability",
    "probability_low",
    "probability_high",
    "confidence",
    *(f"reason_{place}" for place in range(1, REASONS + 1)),
)
"""What every row gets, in this order."""

BEYOND = "cells_beyond_header"
"""Behind them, only where a row has more cells than the header: what stood in those, as it would stand in the file."""

_PREDICTED_AT_ONCE = 8_000_000
_EXPLAINED_AT_ONCE = 4_000_000
"""How many cells (rows x columns) are worked on at once: bounds memory for wide tables."""

_MOST_ROWS = 20_000
_DECIMALS = 6
_SURE = 10.0**-_DECIMALS


class Watch(Protocol):
    """Told how many rows were done, and of what."""

    def __call__(self, done: int, total: int | None = None, doing: str | None = None) -> None: ...


@dataclass(slots=True)
class Odd:
    """Values of one column that could not be read as in training: how many, and a few of them."""

    count: int = 0
    examples: tuple[str, ...] = ()


@dataclass(slots=True)
class Findings:
    """What differs from the table the model was trained on; the rows were scored all the same.

    Attributes:
        missing_columns: columns the model reads and the file lacks; taken as not known.
        extra_columns: columns the model has never seen.
        unreadable: column -> values that could not be read as its kind; taken as not known.
        unseen: category column -> how many values were not in the training.
        renamed: name in the file -> name in the training, of columns whose spelling differs.
        other_decimals: number columns written with another decimal sign than `decimals`, that of the training.
        unread_rows: rows whose cells cannot be told apart; they have no score.
        notes: sentences about the file.
    """

    missing_columns: tuple[str, ...] = ()
    extra_columns: tuple[str, ...] = ()
    unreadable: dict[str, Odd] = field(default_factory=dict)
    unseen: dict[str, int] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    other_decimals: tuple[str, ...] = ()
    decimals: str = ""
    unread_rows: list[UnreadRow] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        return {
            "missing_columns": list(self.missing_columns),
            "extra_columns": list(self.extra_columns),
            "unreadable": {
                name: {"count": odd.count, "examples": list(odd.examples)}
                for name, odd in self.unreadable.items()
            },
            "unseen": self.unseen,
            "renamed_columns": self.renamed,
            "other_decimal_sign": list(self.other_decimals),
            "unread_rows": [{"row": each.number, "reason": each.reason} for each in self.unread_rows],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class ScoredTable:
    """What scoring did: how many rows are in which tier, and what was odd about the file.

    Attributes:
        tiers_from: the lowest score in each tier, 0-100.
        shared_borders: where a tier by rank ends in the middle of leads of equal score.
    """

    out: Path
    rows: int
    tiers: dict[str, int]
    tiers_from: dict[str, float]
    shared_borders: tuple[SharedBorder, ...]
    usable_signal: bool
    base_rate: float
    mean_probability: float | None
    findings: Findings

    @property
    def scored(self) -> int:
        """How many rows have a score: all that could be read."""
        return self.rows - len(self.findings.unread_rows)

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        return {
            "out": str(self.out),
            "rows": self.rows,
            "scored": self.scored,
            "tiers": self.tiers,
            "tiers_from": self.tiers_from,
            "shared_borders": [asdict(each) for each in self.shared_borders],
            "usable_signal": self.usable_signal,
            "base_rate": self.base_rate,
            "mean_probability": self.mean_probability,
            **self.findings.as_dict(),
        }


def _silent(done: int, total: int | None = None, doing: str | None = None) -> None:
    """Nobody watches."""


def score_table(
    csv: TableFile,
    model: Any,
    out: Path,
    *,
    tiers: TierRule | None = None,
    watch: Watch = _silent,
    seen_columns: tuple[str, ...] = (),
) -> ScoredTable:
    """Score every row of a table and write it with `ADDED` on the right, in the order of the input.

    Two passes, so that memory does not grow with the file: the first predicts, since a tier may depend on the rank
    among all rows; the second explains and writes. The file appears only when it is complete.

    Args:
        model: as `galena.workflows.model_folder.load_model` gives it.
        tiers: default: the top 20 % are A, the next 30 % B.
        seen_columns: columns of the training that the model does not read (the outcome, dropped ones); no news.

    Raises:
        InputError: the table or all of its rows cannot be read, or the result cannot be written there.
        UnavailableError: the disk is full; nothing is left behind.
    """
    check_copy(csv.path, out)
    with open_table(csv) as table:
        known = known_columns(model, table.columns, _sample(table))
        _require_columns(model, table, known)
        first = _Predicted(model, table, known, watch)
        if first.rows and len(first.findings.unread_rows) == first.rows:
            raise no_row_read(table.name, first.findings.unread_rows)
        rule = tiers or TopShares()
        if not model.usable_signal and isinstance(rule, TopShares):
            rule = nobody_stands_out
        tier_of = _tiers(rule, first)
        beyond = any(each.beyond for each in first.findings.unread_rows)
        with open_copy(out, table, (*ADDED, BEYOND) if beyond else ADDED) as write:
            for block in table.blocks(_rows_at_once(model, _EXPLAINED_AT_ONCE)):
                added = _added(model, block, known, tier_of, first, watch)
                write(block, _with_beyond(added, block, table.delimiter) if beyond else added)
        findings = first.findings
        findings.notes = table.notes
        findings.renamed, findings.decimals = known.renamed, known.decimals
        findings.other_decimals = known.other_decimals
        seen = set(map(letters_of, seen_columns))
        findings.extra_columns = tuple(c for c in findings.extra_columns if letters_of(c) not in seen)
        probability = first.probability[np.isfinite(first.probability)]
        return ScoredTable(
            out=out,
            rows=first.rows,
            tiers=dict(sorted(Counter(tier for tier in tier_of if tier).items())),
            tiers_from=_lowest(tier_of, first.probability),
            shared_borders=rule.shared_borders(100 * probability) if isinstance(rule, TopShares) else (),
            usable_signal=bool(model.usable_signal),
            base_rate=float(model.base_rate),
            mean_probability=float(probability.mean()) if len(probability) else None,
            findings=findings,
        )


def _sample(table: TextTable) -> pl.DataFrame:
    nothing = pl.DataFrame(schema=dict.fromkeys(table.columns, pl.String()))
    return next((block.frame for block in table.blocks(SAMPLE)), nothing)


def _require_columns(model: Any, table: TextTable, known: KnownColumns) -> None:
    """Raises InputError where the file has no column that the model reads: it is another table."""
    names = tuple(model.encoding.columns)
    if names and not set(names) & set(table.columns) and not known.renamed:
        raise InputError(
            "The file has none of the columns that the model reads.",
            facts={"file": table.name, "the model reads": list(names), "the file has": list(table.columns)},
            remedy="Check that it is the right file, and that its first row names the columns.",
        )


def _lowest(tier_of: list[str], probability: NDArray[np.float64]) -> dict[str, float]:
    lowest: dict[str, float] = {}
    for tier, each in zip(tier_of, probability.tolist(), strict=True):
        if tier and each < lowest.get(tier, 2.0):
            lowest[tier] = each
    return {tier: round(100 * lowest[tier], _DECIMALS - 2) for tier in sorted(lowest)}


def _with_beyond(added: pl.DataFrame, block: TableBlock, delimiter: str) -> pl.DataFrame:
    """With the cells for which the header has no column."""
    cells = {each.number: each.beyond for each in block.unread if each.beyond}
    rows = range(block.first, block.first + added.height)
    texts = [_joined(cells[row], delimiter) if row in cells else "" for row in rows]
    return added.with_columns(pl.Series(BEYOND, texts, dtype=pl.String))


def _joined(cells: tuple[str, ...], delimiter: str) -> str:
    text = StringIO()
    writer(text, delimiter=delimiter, lineterminator="").writerow(cells)
    return text.getvalue()


class _Predicted:
    """The first pass: probability and confidence of every row (NaN where it could not be read), and what was odd."""

    def __init__(self, model: Any, table: TextTable, known: KnownColumns, watch: Watch) -> None:
        self.findings = Findings()
        self.rows = 0
        probability: list[NDArray[np.float64]] = [np.empty(0)]
        confidence: list[NDArray[np.float64]] = [np.empty(0)]
        for block in table.blocks(_rows_at_once(model, _PREDICTED_AT_ONCE)):
            predicted = model.predict(known.as_trained(block.frame))
            self._note(model, block, predicted.table)
            blank = np.array([each.number - block.first for each in block.unread], dtype=np.int64)
            for kept, values in ((probability, predicted.probability), (confidence, predicted.confidence)):
                column = np.array(values, dtype=np.float64)
                column[blank] = np.nan
                kept.append(column)
            self.rows += block.frame.height
            watch(self.rows, None, "Scoring")
        if not self.rows:
            self._note_header(model, table, known)
        self.probability = np.concatenate(probability)
        self.confidence = np.concatenate(confidence)

    def _note(self, model: Any, block: TableBlock, read: Any) -> None:
        findings = self.findings
        findings.missing_columns, findings.extra_columns = read.missing_columns, read.extra_columns
        findings.unread_rows += block.unread
        for each in read.unreadable:
            odd = findings.unreadable.setdefault(each.name, Odd())
            odd.count += each.count
            odd.examples = tuple(dict.fromkeys((*odd.examples, *each.examples)))[:3]
        for name, count in model.encoding.unseen(read.frame).items():
            findings.unseen[name] = findings.unseen.get(name, 0) + count

    def _note_header(self, model: Any, table: TextTable, known: KnownColumns) -> None:
        nothing = pl.DataFrame(schema=dict.fromkeys(table.columns, pl.String()))
        read = model.reading.read(known.named(nothing))
        self.findings.missing_columns, self.findings.extra_columns = read.missing_columns, read.extra_columns


def _rows_at_once(model: Any, cells: int) -> int:
    return max(100, min(_MOST_ROWS, cells // max(1, len(model.encoding.columns))))


def _tiers(rule: TierRule, first: _Predicted) -> list[str]:
    read = np.isfinite(first.probability)
    given: Iterator[str] = iter(rule(100.0 * first.probability[read], first.confidence[read]))
    return [next(given) if each else "" for each in read.tolist()]


def _added(
    model: Any,
    block: TableBlock,
    known: KnownColumns,
    tier_of: list[str],
    first: _Predicted,
    watch: Watch,
) -> pl.DataFrame:
    """The added cells of a block, all as text."""

    def watch_rows(done: int, _rows: int) -> None:
        watch(block.first - 1 + done, first.rows, "Explaining")

    explained = model.explain(known.as_trained(block.frame), progress=watch_rows)
    predicted = explained.predictions
    start = block.first - 1
    probability = _rounded(predicted.probability)
    numbers = {
        "score": [f"{100.0 * each:.{_DECIMALS - 2}f}" for each in probability],
        "tier": tier_of[start : start + block.frame.height],
        "probability": _texts(probability),
        "probability_low": _texts(_rounded(predicted.low)),
        "probability_high": _texts(_rounded(predicted.high)),
        "confidence": _texts(predicted.confidence),
    }
    reasons = row_reasons(model, known.named(block.frame), explained, first.findings.missing_columns)
    for each in block.unread:
        place = each.number - block.first
        for values in numbers.values():
            values[place] = ""
        reasons[place] = [f"This row could not be read: {each.reason}"]
    places = range(REASONS)
    texts = {f"reason_{place + 1}": [r[place] if place < len(r) else "" for r in reasons] for place in places}
    return pl.DataFrame({**numbers, **texts}, schema=dict.fromkeys(ADDED, pl.String()))


def row_reasons(
    model: Any, frame: pl.DataFrame, explained: Any, missing_columns: tuple[str, ...]
) -> list[list[str]]:
    """The largest effects of each row in words; with no usable signal, that alone."""
    if not model.usable_signal:
        return [[NO_SIGNAL] for _ in range(frame.height)]
    columns = tuple(model.encoding.columns)
    return reasons_of(
        words_of(model, missing_columns), columns, shown_values(frame, explained), explained.points
    )


def words_of(model: Any, missing_columns: tuple[str, ...]) -> ColumnWords:
    """How the columns of a model are worded."""
    kinds = {column.name: str(column.kind) for column in model.reading.columns}
    return ColumnWords(kinds, frozenset(missing_columns))


def shown_values(frame: pl.DataFrame, explained: Any) -> dict[str, list[str | None]]:
    """What the file holds in each column the model reads, as text; None where it is not known to the model."""
    read = explained.predictions.table.frame
    return {
        name: frame[name].set(read[name].is_null(), None).to_list()
        for name in read.columns
        if name in frame.columns
    }


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """To the decimals that are written; what is neither impossible nor certain stays so."""
    inside = (values > 0) & (values < 1)
    near = np.round(values, _DECIMALS)
    rounded: NDArray[np.float64] = np.where(inside, np.clip(near, _SURE, 1 - _SURE), near)
    return rounded


def _texts(values: NDArray[np.float64]) -> list[str]:
    return [f"{each:.{_DECIMALS}f}" for each in values]
