"""Ranked leads written to files: CSV, Parquet and JSON, each whole or not at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal
from uuid import uuid4

import polars as pl
import pyarrow.parquet as parquet

from galena.kit.errors import InputError, UnavailableError

ExportFormat = Literal["csv", "parquet", "json"]

WriteBatch = Callable[[pl.DataFrame], None]

_NO_FORMULA = r"^(\+\d{6,15}|[+-]?\d+(\.\d+)?)$"
"""Phone numbers in international form and plain numbers begin with + or - and are no formulas."""


def neutralised(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with texts that a spreadsheet would run as a formula made plain by a leading apostrophe.

    Such texts begin with = + - @, a tab or a carriage return (the OWASP rule on CSV injection); numbers and
    international phone numbers stay as they are.
    """
    return frame.with_columns(
        _harmless(pl.col(name)) for name, kind in frame.schema.items() if kind == pl.String
    )


def _harmless(text: pl.Expr) -> pl.Expr:
    risky = text.str.contains(r"^[=+\-@\t\r＝＋－＠]") & ~text.str.contains(_NO_FORMULA)
    return pl.when(risky).then(pl.lit("'") + text).otherwise(text).name.keep()


@contextmanager
def open_export(path: Path, file_format: ExportFormat) -> Iterator[WriteBatch]:
    """A function that appends a batch to the file; the file appears under its name only when all went well.

    Every batch must have the same columns. CSV cells that would run as formulas are neutralised.

    Raises:
        InputError: the folder does not exist or may not be written to.
        UnavailableError: the disk is full; nothing is left behind.
    """
    part = _part_of(path)
    try:
        with _WRITERS[file_format](part) as write:
            yield write
        part.replace(path)
    except OSError as fault:
        part.unlink(missing_ok=True)
        raise explained(fault, path) from fault
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file open for writing that appears under its name only when all went well, and else leaves nothing.

    Raises:
        OSError: it cannot be written; `explained` says so in words.
    """
    part = _part_of(path)
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _part_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")


def explained(fault: OSError, path: Path) -> InputError | UnavailableError:
    """Why a file cannot be written, in words."""
    import errno

    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return UnavailableError(
            f"The disk is full: {path} could not be written.", remedy="Free some space and run it again."
        )
    return InputError(
        f"{path} cannot be written.",
        facts={"reason": fault.strerror or str(fault)},
        remedy="Name a file in a folder that exists and that you may write to.",
    )


@contextmanager
def _csv(part: Path) -> Iterator[WriteBatch]:
    with part.open("wb") as file:
        first = True

        def write(frame: pl.DataFrame) -> None:
            nonlocal first
            neutralised(frame).write_csv(file, include_header=first)
            first = False

        yield write


@contextmanager
def _json(part: Path) -> Iterator[WriteBatch]:
    with part.open("wb") as file:
        file.write(b"[")
        first = True

        def write(frame: pl.DataFrame) -> None:
            nonlocal first
            if frame.is_empty():
                return
            file.write(b"\n" if first else b",\n")
            file.write(frame.write_ndjson().rstrip("\n").replace("\n", ",\n").encode())
            first = False

        yield write
        file.write(b"\n]\n")


@contextmanager
def _parquet(part: Path) -> Iterator[WriteBatch]:
    writer: parquet.ParquetWriter | None = None

    def write(frame: pl.DataFrame) -> None:
        nonlocal writer
        rows = frame.to_arrow()
        if writer is None:
            writer = parquet.ParquetWriter(part, rows.schema)
        writer.write_table(rows)

    try:
        yield write
    finally:
        if writer is not None:
            writer.close()


_WRITERS = {"csv": _csv, "json": _json, "parquet": _parquet}
