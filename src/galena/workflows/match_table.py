"""Tables whose rows are brought together: every row comes back with the lead it belongs to, how surely, and why."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz import process

from galena.connectors.files.table_copy import check_copy
from galena.connectors.files.tables import TableFile, UnreadRow, open_table
from galena.engines.identity import columns, linking, record_table
from galena.engines.identity.layout import Kind, Layout
from galena.engines.identity.linking import Linked
from galena.engines.identity.records import normal_record
from galena.kit.errors import InputError, NotFoundError
from galena.kit.forms.texts import folded, known
from galena.workflows.match_output import write_matched, write_review
from galena.workflows.match_words import Sides, judged

SAMPLE_ROWS = 20_000
"""The columns are recognised by so many rows of each file."""


class Watch:
    """Told how many rows were done, of how many, and what is being done."""

    def __call__(self, done: int, total: int | None = None, doing: str | None = None) -> None:
        """Nobody watches."""


@dataclass(frozen=True, slots=True)
class MatchOrder:
    """What to bring together, as the person said it.

    Attributes:
        files: in the order the rows come back.
        out: the file to write.
        review: the file for unsure pairs, if wanted.
        kinds: column -> what it is, where it is to be taken as said.
        same: columns in which equal values make rows one for certain.
        drop: columns not to be looked at.
        region: where phone numbers without a country code are dialled.
    """

    files: tuple[TableFile, ...]
    out: Path
    review: Path | None = None
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    same: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    region: str = "US"


@dataclass(frozen=True, slots=True)
class MatchedTable:
    """What matching did.

    Attributes:
        leads: how many different ones there are.
        joined: rows that share their lead with another row.
        unsure: pairs a person should look at.
        layouts: by file, what each column was taken for.
        unique: names of files without duplicates of their own.
        unread_rows: by file, rows that could not be read; each is a lead of its own.
        notes: sentences.
    """

    out: Path
    review: Path | None
    rows: int
    leads: int
    joined: int
    unsure: int
    merge_from: float
    review_from: float
    expected_precision: float | None
    layouts: Mapping[str, Layout]
    unique: tuple[str, ...]
    unread_rows: Mapping[str, tuple[UnreadRow, ...]]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        return {
            "out": str(self.out),
            "review": str(self.review) if self.review else None,
            "rows": self.rows,
            "leads": self.leads,
            "joined": self.joined,
            "unsure": self.unsure,
            "merge_from": round(self.merge_from, 6),
            "review_from": round(self.review_from, 6),
            "expected_precision": self.expected_precision,
            "columns": {
                name: {role.column: str(role.kind) for role in layout.roles}
                for name, layout in self.layouts.items()
            },
            "files_without_duplicates": list(self.unique),
            "unread_rows": {
                name: [{"row": each.number, "reason": each.reason} for each in rows]
                for name, rows in self.unread_rows.items()
            },
            "notes": list(self.notes),
        }


def match_tables(order: MatchOrder, *, watch: Any = None) -> MatchedTable:
    """Bring the rows of one or several files together, learning from the rows themselves.

    The files appear only when they are complete.

    Raises:
        InputError: a file cannot be read, has no column to compare, or the result cannot be written there.
        NotFoundError: a column that was named is not there; offers the nearest names.
        UnavailableError: the disk is full; nothing is left behind.
    """
    tell = watch or Watch()
    for file in order.files:
        for out in (order.out, order.review):
            if out is not None:
                check_copy(file.path, out)
    _check_outs(order)
    names, layouts = _recognised(order)
    read = _read(order, names, layouts, tell)
    with tempfile.TemporaryDirectory(prefix="galena-match-") as folder:
        linked = linking.link(
            read.frames,
            columns.united(layouts),
            read.tables,
            watch=lambda doing, done, total: tell(done, total, doing),
            folder=folder,
            together=read.together,
        )
    sides = Sides(names, tuple(read.first_rows), read.tables)
    verdict = judged(linked, read.frames, sides)
    tell(0, len(read.tables), "Writing")
    write_matched(order.files, order.out, verdict)
    if order.review is not None:
        write_review(order.files, order.review, verdict)
    return _told(order, names, layouts, read, linked, verdict)


@dataclass(frozen=True)
class _Read:
    frames: list[pl.DataFrame]
    tables: NDArray[np.int32]
    first_rows: list[int]
    together: list[tuple[int, int]]
    unread: dict[str, tuple[UnreadRow, ...]]
    notes: tuple[str, ...]


def _recognised(order: MatchOrder) -> tuple[tuple[str, ...], tuple[Layout, ...]]:
    samples: list[dict[str, list[str | None]]] = []
    names: list[str] = []
    for file in order.files:
        with open_table(file) as table:
            name = Path(table.name).name
            names.append(name if name not in names else f"{name} ({len(names) + 1})")
            block = next(iter(table.blocks(SAMPLE_ROWS)), None)
            if block is None:
                raise InputError(
                    "The file has a header and no rows.",
                    facts={"file": table.name},
                    remedy="Check what made it.",
                )
            samples.append({name: block.frame[name].to_list() for name in table.columns})
    _check_columns(order, samples)
    given = {**order.kinds, **dict.fromkeys(order.drop, Kind.IGNORED)}
    layouts = columns.layouts_of(samples, given, region=order.region)
    if not columns.united(layouts).roles and not order.same:
        raise InputError(
            "There is no column by which rows could be told apart.",
            facts={"columns": [name for sample in samples for name in sample]},
            remedy="Say what a column is, such as --column name=COLUMN.",
        )
    return tuple(names), layouts


def _check_columns(order: MatchOrder, samples: Sequence[Mapping[str, Any]]) -> None:
    present = list(dict.fromkeys(name for sample in samples for name in sample))
    for wanted in (*order.kinds, *order.same, *order.drop):
        if wanted not in present:
            near = [name for name, _, _ in process.extract(wanted, present, limit=3, score_cutoff=50)]
            raise NotFoundError(
                f"There is no column {wanted}.",
                facts={"columns": present},
                remedy=f"Did you mean {' or '.join(near)}?" if near else "Name one of these columns.",
            )


def _check_outs(order: MatchOrder) -> None:
    if order.review is not None and order.review.resolve() == order.out.resolve():
        raise InputError(
            "--out and --review name the same file.", remedy="Give the unsure pairs a file of their own."
        )


def _read(order: MatchOrder, names: Sequence[str], layouts: Sequence[Layout], tell: Any) -> _Read:
    frames: list[pl.DataFrame] = []
    tables: list[NDArray[np.int32]] = []
    first_rows: list[int] = []
    unread: dict[str, tuple[UnreadRow, ...]] = {}
    notes: list[str] = []
    same = _Same(order.same)
    whole = columns.united(layouts)
    row = 0
    for number, (file, layout) in enumerate(zip(order.files, layouts, strict=True)):
        first_rows.append(row)
        wanted = [role.column for role in layout.used]
        bad: list[UnreadRow] = []
        with open_table(file) as table:
            for block in table.blocks():
                bad += block.unread
                records = [normal_record(values, layout) for values in _rows(block.frame, wanted)]
                frames.append(record_table.frame_of(records, whole, row))
                tables.append(np.full(len(records), number, dtype=np.int32))
                same.note(block.frame, row)
                row += len(records)
                tell(row, None, "Reading")
            name = names[number]
            notes += [f"{name}: {note}" for note in table.notes]
            if bad:
                unread[name] = tuple(bad)
    return _Read(frames, np.concatenate(tables), first_rows, same.pairs, unread, tuple(notes))


def _rows(frame: pl.DataFrame, wanted: Sequence[str]) -> Any:
    if not wanted:
        return ({} for _ in range(frame.height))
    return frame.select(wanted).iter_rows(named=True)


class _Same:
    """Rows that are one for certain: they have the same value in a column that says so."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._first: dict[tuple[str, str], int] = {}
        self.pairs: list[tuple[int, int]] = []

    def note(self, frame: pl.DataFrame, first_row: int) -> None:
        """Take note of the rows of a block."""
        for name in self._names:
            if name not in frame.columns:
                continue
            for at, text in enumerate(frame[name].to_list(), first_row):
                if value := folded(known(text)):
                    earlier = self._first.setdefault((name, value), at)
                    if earlier != at:
                        self.pairs.append((earlier, at))


def _told(
    order: MatchOrder,
    names: tuple[str, ...],
    layouts: Sequence[Layout],
    read: _Read,
    linked: Linked,
    verdict: Any,
) -> MatchedTable:
    of = linked.clusters.of
    sizes = np.bincount(of, minlength=len(of))
    notes = list(read.notes)
    if linked.candidates.thinned:
        notes.append(
            f"{linked.candidates.thinned:,} groups of more than {linked.candidates.largest_block:,} rows have"
            " something common in common (such as a word or a city); in these only neighbours in the order of names"
            " were compared."
        )
    return MatchedTable(
        out=order.out,
        review=order.review,
        rows=len(of),
        leads=int((sizes > 0).sum()),
        joined=int((sizes[of] > 1).sum()),
        unsure=len(verdict.unsure),
        merge_from=linked.model.thresholds.merge,
        review_from=linked.model.thresholds.review,
        expected_precision=linked.expected_precision,
        layouts=dict(zip(names, layouts, strict=True)),
        unique=tuple(names[at] for at in sorted(linked.unique)),
        unread_rows=read.unread,
        notes=tuple(notes),
    )
