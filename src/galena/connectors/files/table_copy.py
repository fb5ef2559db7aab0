"""A copy of a table with columns added on the right: what was there stays as it was, byte for byte where it can."""

import csv
import gzip
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import BinaryIO, cast

import polars as pl

from galena.connectors.files.tables import TableBlock, TextTable
from galena.connectors.files.writing import explained, neutralised, whole_file
from galena.kit.errors import InputError

WriteBlock = Callable[[TableBlock, pl.DataFrame], None]

_END = "\r\n"
_OTHER_FORMATS = (".xlsx", ".xls", ".xlsm", ".ods", ".parquet", ".pq", ".json", ".jsonl", ".zip")


def check_copy(source: Path | str, out: Path) -> None:
    """Whether a copy of the source can be written there, asked before the long work rather than after it.

    Raises:
        InputError: it is the source itself, a folder, in no folder, or its name asks for another format than CSV.
    """
    if out.is_dir():
        raise InputError(f"{out} is a folder.", remedy="Name a file in it, such as scored.csv.")
    if not out.parent.is_dir():
        raise InputError(
            f"There is no folder {out.parent}.",
            facts={"file": str(out)},
            remedy="Make it, or name another file.",
        )
    if str(source) != "-" and out.exists() and Path(source).exists() and out.samefile(source):
        raise InputError(
            f"{out} is the file that is read; it would be overwritten.", remedy="Give --out another name."
        )
    if out.suffix.lower() in _OTHER_FORMATS:
        raise InputError(
            f"The result is a CSV file, and {out.name} is not the name of one.",
            remedy=f"Name it {out.with_suffix('.csv').name}.",
        )
    try:
        with whole_file(out):
            raise _TriedError
    except _TriedError:
        return
    except OSError as fault:
        raise explained(fault, out) from fault


class _TriedError(Exception):
    """Ends the trial file, so that it is taken away."""


def copied_names(columns: Sequence[str], added: Sequence[str]) -> tuple[str, ...]:
    """What the columns are called in the copy: one whose name is added on the right becomes NAME_input."""
    taken = {*columns, *added}
    names = []
    for column in columns:
        name = column
        if column in added:
            name, count = f"{column}_input", 2
            while name in taken:
                name, count = f"{column}_input_{count}", count + 1
            taken.add(name)
        names.append(name)
    return tuple(names)


@contextmanager
def open_copy(path: Path, table: TextTable, added: Sequence[str]) -> Iterator[WriteBlock]:
    """A function that appends a block of rows, each with its added cells; the file appears under its name only when
    all went well.

    The copy is UTF-8 with the delimiter and line ends of the table, and a byte-order mark where the table has one; a
    name that ends in .gz is packed. Rows keep their own text, quotes included. Added texts that a spreadsheet would
    run as a formula are neutralised; the table's own cells are not touched.

    Raises:
        InputError: the folder does not exist or may not be written to.
        UnavailableError: the disk is full; nothing is left behind.
    """
    try:
        with whole_file(path) as file, _packed(file, path) as out:
            lines = _Lines(table)
            if table.has_mark:
                out.write(b"\xef\xbb\xbf")
            out.write(lines.joined([_header(table, added)], [list(added)]))

            def write(block: TableBlock, more: pl.DataFrame) -> None:
                out.write(lines.joined(block.rows, _texts(neutralised(more))))

            yield write
    except OSError as fault:
        raise explained(fault, path) from fault


def _header(table: TextTable, added: Sequence[str]) -> str | list[str]:
    names = copied_names(table.columns, added)
    if names == table.columns:
        return table.header
    header = table.header
    given = (
        next(csv.reader(StringIO(header, newline=""), delimiter=table.delimiter))
        if isinstance(header, str)
        else header
    )
    # Only what collides is renamed: a name that stands there twice, or not at all, is copied as it stands.
    kept = [
        name if name != column or cell.strip() in added else cell
        for name, column, cell in zip(names, table.columns, given, strict=False)
    ]
    # Columns without a name behind the last one are part of every row.
    return [*kept, *given[len(names) :]]


def _texts(frame: pl.DataFrame) -> list[list[str]]:
    columns = [frame[name].cast(pl.String).fill_null("").to_list() for name in frame.columns]
    return [list(row) for row in zip(*columns, strict=True)]


class _Lines:
    """Rows and added cells as lines of the copy."""

    def __init__(self, table: TextTable) -> None:
        self._delimiter, self._end = table.delimiter, table.line_end

    def joined(self, rows: Sequence[str | list[str]], added: Sequence[list[str]]) -> bytes:
        """One line for each row: its own text, the delimiter, the added cells."""
        copied = [row if isinstance(row, str) else self._written([row])[0] for row in rows]
        lines = map(self._delimiter.join, zip(copied, self._written(added), strict=True))
        text = self._end.join([*lines, ""])
        try:
            return text.encode()
        except UnicodeEncodeError:
            return text.encode("utf-8", "surrogateescape")  # bytes that did not decode stay as they were

    def _written(self, rows: Sequence[list[str]]) -> list[str]:
        sink = _Sink()
        # The writer puts quotes around a line break only where it knows it as the end of a line.
        csv.writer(sink, delimiter=self._delimiter, lineterminator=_END).writerows(rows)
        return [line.removesuffix(_END) for line in sink.lines]


class _Sink:
    """Takes what the csv module writes, which is one row at a time."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.write = self.lines.append


@contextmanager
def _packed(file: BinaryIO, path: Path) -> Iterator[BinaryIO]:
    if path.suffix.lower() not in (".gz", ".gzip"):
        yield file
        return
    with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6, mtime=0) as packed:
        yield cast(BinaryIO, packed)
