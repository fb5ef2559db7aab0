"""A file as a table of text: every cell as it stands, in blocks of rows, with each row's own text for copying."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
import polars as pl

from galena.connectors.files.delimited import DelimitedRows, Record
from galena.connectors.files.dialect import NO_DELIMITER, Dialect
from galena.connectors.files.encoding import MARKED
from galena.connectors.files.limits import ReadLimits
from galena.connectors.files.reader import RowReader, open_rows
from galena.domain.record import RowFault
from galena.kit.errors import InputError

BLOCK_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class TableFile:
    """Where a table lies ("-": standard input), and how it is read where that is not to be found out.

    Attributes:
        encoding: of the characters, such as "cp1252".
        sheet: of a workbook.
    """

    path: str
    encoding: str | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class UnreadRow:
    """A row whose cells cannot be told apart: its 1-based number, why, and the cells for which the header has no
    column."""

    number: int
    reason: str
    beyond: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableBlock:
    """Rows in file order.

    Attributes:
        first: the 1-based number of the first row.
        frame: every column as text; a row that could not be read is all null.
        rows: what each row is copied from: its own text without the line's end, or its cells where the text is
            not to be kept (another way of quoting, stray quotes that were mended, a workbook).
        unread: the rows that could not be read.
    """

    first: int
    frame: pl.DataFrame
    rows: list[str | list[str]]
    unread: tuple[UnreadRow, ...]


class TextTable:
    """One table, read as often as wanted; a context manager that leaves nothing behind.

    Attributes:
        name, columns: of the file; column names are unique, those that occur twice are numbered.
        header: what the header is copied from, as in `TableBlock.rows`.
        delimiter, line_end, has_mark: how a copy of the file is written.
    """

    def __init__(self, reader: RowReader) -> None:
        self._reader = reader
        shape = reader.shape
        self.name = shape.name
        self.columns = shape.columns
        self.delimiter = shape.delimiter or ","
        self.line_end = "\n"
        self.has_mark = shape.encoding in ("utf-8-sig", "utf-16", "utf-32")
        source = reader.source
        self._delimited = source if isinstance(source, DelimitedRows) else None
        self.header: str | list[str] = list(self.columns)
        if self._delimited is not None:
            self._take_header(self._delimited)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what was decided or mended; empty columns behind the last name stay in every copy."""
        return tuple(note for note in self._reader.notes if "empty column(s) without a name" not in note)

    def blocks(self, rows: int = BLOCK_ROWS) -> Iterator[TableBlock]:
        """The rows from the beginning, at most so many at a time; nothing for a table without rows."""
        first = 1
        source = self._records() if self._delimited is not None else self._values()
        while block := list(islice(source, rows)):
            yield self._block(first, block)
            first += len(block)

    def _take_header(self, source: DelimitedRows) -> None:
        for number, cells, text, reading in source.records():
            if number == 0:
                self.header = _kept(source.dialect, cells, text) if reading is None else list(self.columns)
                self.line_end = "\r\n" if text.endswith("\r\n") else "\n"
                return

    def _records(self) -> Iterator["_Line"]:
        assert self._delimited is not None
        dialect, width = self._delimited.dialect, self._delimited.header.width
        for number, cells, text, reading in self._delimited.records():
            if number < 1:
                continue
            yield _line(dialect, width, (number, cells, text, reading))

    def _values(self) -> Iterator["_Line"]:
        for row in self._reader.rows():
            if isinstance(row, RowFault):
                cells = [as_text((row.payload or {}).get(name)) or "" for name in self.columns]
                yield None, cells, row.reason, ()
            else:
                texts = [as_text(row.payload.get(name)) for name in self.columns]
                yield texts, [text or "" for text in texts], "", ()

    def _block(self, first: int, lines: list["_Line"]) -> TableBlock:
        width = len(self.columns)
        blank: list[str | None] = [None] * width
        cells = [blank if each[0] is None else each[0] for each in lines]
        columns = list(zip(*cells, strict=False))[:width]
        frame = pl.DataFrame(
            [
                _series(name, column, self._delimited is not None)
                for name, column in zip(self.columns, columns, strict=True)
            ]
        )
        unread = tuple(
            UnreadRow(first + place, why, beyond) for place, (_, _, why, beyond) in enumerate(lines) if why
        )
        return TableBlock(first, frame, [each[1] for each in lines], unread)


_Line = tuple[Any, str | list[str], str, tuple[str, ...]]
"""Cells or None, what the row is copied from, why it could not be read (empty when it could), and the cells for which
the header has no column."""


def open_table(file: TableFile | Path | str, *, limits: ReadLimits | None = None) -> TextTable:
    """Opens a table whose first row names its columns: CSV and its relatives in any encoding, Excel, JSON or Parquet,
    packed or not.

    Raises:
        InputError: missing, empty, damaged, protected, not a table, or too large; says which.
    """
    if not isinstance(file, TableFile):
        file = TableFile(str(file))
    return TextTable(
        open_rows(file.path, limits=limits, header=True, encoding=file.encoding, sheet=file.sheet)
    )


def read_table(
    file: TableFile | Path | str,
    *,
    limits: ReadLimits | None = None,
    watch: Callable[[int], None] = lambda _: None,
) -> tuple[pl.DataFrame, tuple[UnreadRow, ...], tuple[str, ...]]:
    """A whole table as text, the rows that could not be read (they are left out), and notes on the file.

    Args:
        watch: told how many rows were read so far.

    Raises:
        InputError: as `open_table`; or there is no row below the header, or none can be read.
    """
    frames: list[pl.DataFrame] = []
    unread: list[UnreadRow] = []
    with open_table(file, limits=limits) as table:
        for block in table.blocks():
            bad = [each.number - block.first for each in block.unread]
            unread += block.unread
            good = pl.int_range(block.frame.height, eager=True).is_in(bad).not_() if bad else None
            frames.append(block.frame if good is None else block.frame.filter(good))
            watch(block.first + block.frame.height - 1)
        if not frames:
            raise InputError(
                "The file has a header and no rows.", facts={"file": table.name}, remedy="Check what made it."
            )
        whole = pl.concat(frames)
        if unread and whole.is_empty():
            raise no_row_read(table.name, unread)
        return whole, tuple(unread), table.notes


def no_row_read(name: str, unread: Sequence[UnreadRow]) -> InputError:
    """That not one row of a file could be read, and what is most likely the matter."""
    remedy = "Check what made the file."
    if all(len(row.beyond) == 1 for row in unread):
        remedy = "Every row has one cell more than the header: give the column without a name one, often the first."
    return InputError(
        f"None of the {len(unread):,} rows could be read."
        if len(unread) > 1
        else "The only row could not be read.",
        facts={"file": name, "the first row": unread[0].reason},
        remedy=remedy,
    )


def as_text(value: Any) -> str | None:
    """A value of a workbook, JSON or Parquet as a CSV would hold it: 5, 2.5, true, 2026-01-31."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping | list | tuple):
        return orjson.dumps(value, default=str).decode()
    return str(value)


def _line(dialect: Dialect, width: int, record: Record) -> _Line:
    _, cells, text, reading = record
    if reading is None:
        return cells, _kept(dialect, cells, text), "", ()
    if isinstance(reading, RowFault):
        return None, _fitted(_cells_of(reading), width), reading.reason, ()
    if reading.cells is not None and not reading.reason:
        mended = _fitted(reading.cells, width)
        return mended, mended, "", ()
    cells = reading.cells or [reading.text.rstrip("\r\n")]
    return None, _fitted(cells, width), reading.reason, tuple(cells[width:])


def _kept(dialect: Dialect, cells: list[str], text: str) -> str | list[str]:
    """The text where every reader takes it as this one did, else the cells."""
    usual = dialect.quote == '"' and dialect.escape is None and not dialect.space_after
    return text.rstrip("\r\n") if usual and dialect.delimiter != NO_DELIMITER else cells


def _cells_of(fault: RowFault) -> list[str]:
    return [str(value) for value in (fault.payload or {}).values()]


def _fitted(cells: list[str], width: int) -> list[str]:
    return [*cells[:width], *[""] * (width - len(cells))]


def _series(name: str, values: tuple[str | None, ...], may_be_marked: bool) -> pl.Series:
    try:
        return pl.Series(name, values, dtype=pl.String)
    except UnicodeEncodeError:
        if not may_be_marked:
            raise
        shown = [None if value is None else MARKED.sub("\ufffd", value) for value in values]
        return pl.Series(name, shown, dtype=pl.String)
