"""Excel workbooks (.xlsx, .xlsm, .xlsb, .xls) and OpenDocument sheets into rows."""

import logging
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import fastexcel
import pyarrow as pa

from galena.connectors.files.header import Header, find_header
from galena.connectors.files.json_values import storable
from galena.connectors.files.unpack import Content, office_kind, refuse_bomb
from galena.domain.record import Row, RowFault, excerpt
from galena.kit.errors import InputError

SAMPLE_ROWS = 100
logging.getLogger("fastexcel").setLevel(logging.ERROR)  # it warns of every column without values
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')


def is_workbook(head: bytes) -> bool:
    """Whether a stream begins like a workbook (or another document in the same kind of container)."""
    return head.startswith((_OLE, b"PK\x03\x04"))


class ExcelRows:
    """The rows of one sheet, as calamine reads them: numbers, dates and truth values are native.

    A column that mixes kinds is delivered as text.
    """

    format = "excel"
    delimiter: str | None = None

    def __init__(self, content: Content, *, sheet: str | None = None, header: bool | None = None) -> None:
        self._content = content
        self._path = content.local_path()
        self._error_cells: dict[str, int] = {}
        self._refuse_other_documents()
        self._check_size()
        self._reader = self._guarded(lambda: fastexcel.read_excel(str(self._path)))
        self.sheet = self._choose_sheet(sheet)
        table = self._load(0, text=True, rows=SAMPLE_ROWS)
        sample = [["" if cell is None else str(cell) for cell in row] for row in _rows(table)]
        filled = [row for row in sample if any(row)]
        if not filled:
            raise InputError(
                "The sheet is empty.",
                facts={
                    "file": content.name,
                    "sheet": self.sheet,
                    "sheets": ", ".join(self._reader.sheet_names),
                },
                remedy="Name the sheet that holds the records.",
            )
        self.header: Header = find_header(filled, header, content.limits)
        self._top = _row_after(sample, self.header.skip_rows)
        self.columns = self.header.names
        others = [name for name in self._reader.sheet_names if name != self.sheet]
        self.notes = list(self.header.notes)
        if others and sheet is None:
            self.notes.append(f'Read from the sheet "{self.sheet}"; there is also: {", ".join(others[:10])}.')
        errors = sum(self._error_cells.values())
        if errors:
            self.notes.append(
                f"{errors} cell(s) of the workbook hold an error such as #N/A and are read as empty."
            )
        self.found: list[str] = []
        self._table: pa.Table | None = None

    def _refuse_other_documents(self) -> None:
        with self._path.open("rb") as stream:
            head = stream.read(8)
        kind = None if head == _OLE else office_kind(self._path)
        if kind not in (None, "excel"):
            raise InputError(
                f"This is {kind}, not a table.",
                facts={"file": self._content.name},
                remedy="Export the data as CSV or Excel.",
            )

    def _check_size(self) -> None:
        """Refuses a bomb, and a sheet whose used corner cells span more than the limit (a dense grid is made)."""
        if not zipfile.is_zipfile(self._path):
            return
        limits = self._content.limits
        try:
            with zipfile.ZipFile(self._path) as archive:
                total = sum(member.file_size for member in archive.infolist())
                refuse_bomb(self._content.name, self._path.stat().st_size, total, limits)
                for member in archive.infolist():
                    if member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml"):
                        self._check_sheet(archive, member)
        except InputError:
            raise
        except Exception as error:
            raise self._damaged(error) from error

    def _check_sheet(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
        columns, rows, tail = 0, 0, b""
        errors = 0
        with archive.open(member) as stream:
            while block := stream.read(1_048_576):
                for found in _CELL.finditer(tail + block):
                    columns = max(columns, _column_number(found.group(1)))
                    rows = max(rows, int(found.group(2)))
                errors += (tail + block).count(b' t="e"') - tail.count(b' t="e"')
                tail = block[-200:]
        self._error_cells[member.filename] = errors
        if columns * rows > self._content.limits.sheet_cells:
            raise InputError(
                "The sheet spans too many cells.",
                facts={"file": self._content.name, "rows": rows, "columns": columns},
                remedy="Delete stray cells far from the table, or export the table as CSV.",
            )

    def _damaged(self, error: BaseException) -> InputError:
        detail = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        locked = "password" in str(error).lower() or "encrypt" in str(error).lower()
        return InputError(
            "The workbook is protected by a password." if locked else "The workbook is damaged or cut off.",
            facts={"file": self._content.name, "detail": detail},
            remedy="Save it without a password."
            if locked
            else "Open it in Excel and save it again, or use CSV.",
        )

    def _guarded(self, work: Any) -> Any:
        """Runs calamine; its errors and its panics (which are not ordinary exceptions) become InputError."""
        try:
            return work()
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:
            raise self._damaged(error) from error

    def _choose_sheet(self, wanted: str | None) -> str:
        names: list[str] = self._reader.sheet_names
        if wanted is None:
            if not names:
                raise self._damaged(ValueError("it has no sheet"))
            return names[0]
        if wanted not in names:
            raise InputError(
                "The workbook has no such sheet.",
                facts={"file": self._content.name, "sheet": wanted, "sheets": ", ".join(names)},
                remedy="Name one of its sheets.",
            )
        return wanted

    def _load(self, skip: int, *, text: bool, rows: int | None = None) -> pa.Table:
        def load(dtypes: Any) -> pa.RecordBatch:
            loaded = self._reader.load_sheet(
                self.sheet,
                header_row=None,
                skip_rows=skip,
                n_rows=rows,
                schema_sample_rows=None,
                dtypes=dtypes,
            )
            return loaded.to_arrow()

        if not text:
            with suppress(InputError):  # kinds that have no common type: text keeps them all
                return self._guarded(lambda: load(None))
        return self._guarded(lambda: load("string"))

    def rows(self, skip_rows: int = 0) -> Iterator[Row | RowFault]:
        """Rows in sheet order, blank ones left out, without the first `skip_rows`."""
        if self._table is None:
            self._table = self._load(self._top, text=False)
        number = 0
        for cells in _rows(self._table):
            if all(cell is None or cell == "" for cell in cells):
                continue
            number += 1
            if number > skip_rows:
                yield self._row(number, cells)

    def _row(self, number: int, cells: Sequence[Any]) -> Row | RowFault:
        payload = {name: storable(cell) for name, cell in zip(self.columns, cells, strict=False)}
        for place, cell in enumerate(cells[len(self.columns) :], start=len(self.columns) + 1):
            if cell is not None and cell != "":
                payload[f"column_{place}"] = storable(cell)
        limit = self._content.limits.cell_bytes
        for name, cell in payload.items():
            if isinstance(cell, str) and len(cell) * 4 > limit and len(cell.encode()) > limit:
                reason = f"The cell has {len(cell.encode()):,} bytes; the limit is {limit:,}."
                return RowFault(
                    number, name, excerpt(cell), reason, {k: excerpt(v) for k, v in payload.items()}
                )
        return Row(number, payload)


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    columns = [column.to_pylist() for column in table.columns]
    return iter(zip(*columns, strict=True))


def _row_after(sample: Sequence[Sequence[str]], filled_rows: int) -> int:
    """How many rows to skip so that `filled_rows` filled ones are behind."""
    seen = 0
    for place, row in enumerate(sample):
        if seen == filled_rows:
            return place
        seen += any(row)
    return len(sample)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
