"""The files that matching writes: every row with its lead, and the unsure pairs side by side."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import polars as pl

from galena.connectors.files.table_copy import copied_names, open_copy
from galena.connectors.files.tables import TableBlock, TableFile, open_table
from galena.connectors.files.writing import explained, neutralised, whole_file
from galena.workflows.match_words import Judged

ADDED = ("lead_id", "match_confidence", "matched_because")
"""What every row gets, in this order."""

REVIEW = ("same", "probability", "because", "against", "row_1", "row_2", "lead_1", "lead_2")
"""The first columns of the review file; `same` is left for a person's yes or no."""


def lead_name(number: int) -> str:
    """A lead's name in the file."""
    return f"L{number:07d}"


def write_matched(files: Sequence[TableFile], out: Path, verdict: Judged) -> None:
    """Every row of every file in order, with `ADDED` on the right.

    One file is copied byte for byte where it can be; several are written under all their columns, those with the
    same name being one.
    """
    if len(files) == 1:
        with open_table(files[0]) as table, open_copy(out, table, ADDED) as write:
            for block in table.blocks():
                write(block, _added(verdict, block.first - 1, block.frame.height))
        return
    names = _all_columns(files)
    with _csv_writer(out) as writer:
        writer.writerow([*copied_names(names, ADDED), *ADDED])
        row = 0
        for file in files:
            with open_table(file) as table:
                places = [table.columns.index(name) if name in table.columns else None for name in names]
                for block in table.blocks():
                    added = neutralised(_added(verdict, row, block.frame.height)).rows()
                    for cells, more in zip(_cells(block), added, strict=True):
                        writer.writerow([*("" if at is None else cells[at] for at in places), *more])
                    row += block.frame.height


def write_review(files: Sequence[TableFile], out: Path, verdict: Judged) -> None:
    """The unsure pairs, the likeliest first, each column of both rows side by side."""
    rows = {row for pair in verdict.unsure for row in (pair.left, pair.right)}
    names = _all_columns(files)
    values = _values_of(files, rows, names)
    shown = [f"{name}_{side}" for name in names for side in (1, 2)]
    with _csv_writer(out) as writer:
        writer.writerow([*REVIEW, *shown])
        for pair in verdict.unsure:
            head = neutralised(
                pl.DataFrame(
                    {
                        "because": [pair.because],
                        "against": [pair.against],
                        "row_1": [verdict.sides.place(pair.left)],
                        "row_2": [verdict.sides.place(pair.right)],
                    }
                )
            ).row(0)
            leads = (lead_name(int(verdict.leads[row])) for row in (pair.left, pair.right))
            both = zip(values[pair.left], values[pair.right], strict=True)
            writer.writerow(
                ["", f"{pair.probability:.4f}", *head, *leads, *(cell for cells in both for cell in cells)]
            )


def _added(verdict: Judged, first: int, rows: int) -> pl.DataFrame:
    part = slice(first, first + rows)
    return pl.DataFrame(
        {
            "lead_id": [lead_name(number) for number in verdict.leads[part].tolist()],
            "match_confidence": verdict.confidence[part],
            "matched_because": verdict.because[part],
        },
        schema=dict.fromkeys(ADDED, pl.String()),
    )


def _all_columns(files: Sequence[TableFile]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for file in files:
        with open_table(file) as table:
            names |= dict.fromkeys(table.columns)
    return tuple(names)


def _cells(block: TableBlock) -> Iterator[Sequence[str]]:
    """Each row's cells; of a row that could not be read what can be shown of it."""
    unread = {each.number - block.first for each in block.unread}
    for at, values in enumerate(block.frame.iter_rows()):
        row = block.rows[at]
        if at in unread:
            yield [row, *[""] * (len(values) - 1)] if isinstance(row, str) else row
        else:
            yield ["" if value is None else value for value in values]


def _values_of(files: Sequence[TableFile], rows: set[int], names: Sequence[str]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    first = 0
    for file in files:
        with open_table(file) as table:
            places = [table.columns.index(name) if name in table.columns else None for name in names]
            for block in table.blocks():
                for at, cells in enumerate(_cells(block), first):
                    if at in rows:
                        found[at] = ["" if place is None else cells[place] for place in places]
                first += block.frame.height
    return found


@contextmanager
def _csv_writer(path: Path) -> Iterator[Any]:
    try:
        with whole_file(path) as file:
            text = TextIOWrapper(file, encoding="utf-8", newline="", errors="surrogateescape")
            yield csv.writer(text, lineterminator="\n")
            text.flush()
            text.detach()
    except OSError as fault:
        raise explained(fault, path) from fault
