"""Any file of records as a stream of rows and faults."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from galena.connectors.files.delimited import DelimitedRows
from galena.connectors.files.encoding import choose_encoding
from galena.connectors.files.excel import ExcelRows, is_workbook
from galena.connectors.files.json_records import DocumentRows, LineRows
from galena.connectors.files.limits import ReadLimits
from galena.connectors.files.parquet import ParquetRows
from galena.connectors.files.signatures import foreign_kind, is_binary, text_format
from galena.connectors.files.survey import Survey, survey
from galena.connectors.files.unpack import Content, open_content
from galena.domain.record import FileShape, Row, RowFault
from galena.kit.errors import InputError

_USUAL_NAMES = {
    "csv": (".csv", ".tsv", ".tab", ".txt", ".psv", ".dat", ".data"),
    "json": (".json", ".geojson", ".jsonl", ".ndjson", ".txt"),
    "jsonl": (".json", ".jsonl", ".ndjson", ".txt"),
    "excel": (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
    "parquet": (".parquet", ".pq"),
}
_PACKED_NAMES = (".gz", ".bz2", ".xz", ".zst", ".zip", ".gzip", ".lzma", ".zstd")


class RowSource(Protocol):
    """What each format gives."""

    format: str
    delimiter: str | None
    columns: tuple[str, ...]
    notes: list[str]

    @property
    def found(self) -> list[str]:
        """Notes from reading so far."""

    def rows(self, skip_rows: int = 0) -> Iterator[Row | RowFault]:
        """Rows and faults in order."""


class RowReader:
    """Rows and faults of one file, in order, as often as wanted; a context manager that leaves nothing behind.

    Attributes:
        shape: what the file turned out to be.
    """

    def __init__(self, content: Content, source: RowSource, shape: FileShape) -> None:
        self._content = content
        self._source = source
        self.shape = shape

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Removes temporary files."""
        self._content.close()

    def __iter__(self) -> Iterator[Row | RowFault]:
        return self.rows()

    def rows(self, skip_rows: int = 0) -> Iterator[Row | RowFault]:
        """Rows and faults from the beginning, without the first `skip_rows` of them; numbers stay the same.

        Raises:
            InputError: a document turns out damaged behind rows already given.
        """
        return self._source.rows(skip_rows)

    @property
    def source(self) -> RowSource:
        """What reads this format."""
        return self._source

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes of the shape and those from reading so far."""
        return (*self.shape.notes, *self._source.found)


def open_rows(
    path: Path | str,
    *,
    limits: ReadLimits | None = None,
    records_at: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    header: bool | None = None,
) -> RowReader:
    """Opens a file of records, whatever its format, packing and encoding, which are found from its content.

    The whole file is read once before the first row: a file that is cut off, damaged or unpacks beyond measure is
    refused here, before anything of it is used.

    Args:
        path: a file, a member of an archive (`archive.zip/member.csv`) or "-" for standard input.
        limits: bounds for cells, rows and archives.
        records_at: where in a JSON document the list of records is, such as "data.permits".
        encoding: character encoding; found if not given.
        delimiter: between cells of a text file; found if not given.
        sheet: of a workbook; the first if not given.
        header: whether a table names its columns; found if not given.

    Raises:
        InputError: missing, empty, damaged, protected, not a table, or too large; says which.
    """
    content = open_content(path, limits or ReadLimits())
    try:
        found = survey(content)
        name = content.member or content.name
        head = found.head
        source: RowSource
        encoding_name: str | None = None
        extra: list[str] = []
        if found.unpacked_bytes == 0:
            raise InputError("The file is empty.", facts={"file": content.name}, remedy="Check what made it.")
        _refuse_foreign(content, head)
        if head.startswith(b"PAR1"):
            source = ParquetRows(content)
        elif is_workbook(head):
            source = ExcelRows(content, sheet=sheet, header=header)
        else:
            encoding_name, extra = choose_encoding(found, encoding)
            source = _open_text(content, found, encoding_name, name, records_at, delimiter, header)
        notes = (*extra, *source.notes, *_name_note(content, source.format))
        shape = FileShape(
            name=content.name,
            format=source.format,
            encoding=encoding_name,
            delimiter=source.delimiter,
            compression=content.compression,
            columns=source.columns,
            sha256=content.sha256,
            size_bytes=content.size_bytes,
            notes=notes,
        )
        return RowReader(content, source, shape)
    except BaseException:
        content.close()
        raise


def _refuse_foreign(content: Content, head: bytes) -> None:
    kind = foreign_kind(head)
    if kind:
        raise InputError(
            f"The file is {kind}; it holds no rows that can be read.",
            facts={"file": content.name},
            remedy="Export the data as CSV, Excel, JSON or Parquet.",
        )


def _open_text(
    content: Content,
    found: Survey,
    encoding: str,
    name: str,
    records_at: str | None,
    delimiter: str | None,
    header: bool | None,
) -> RowSource:
    start = found.head[:65_536].decode(encoding, "replace").removeprefix("\ufeff")
    if not start.strip("\x00\r\n\t \ufeff"):
        raise InputError(
            "The file holds nothing but blanks.", facts={"file": content.name}, remedy="Check what made it."
        )
    if is_binary(start.encode("latin-1", "replace") if encoding.startswith("utf-") else found.head):
        raise InputError(
            "The file is neither text nor a format that can be read.",
            facts={"file": content.name, "first_bytes": found.head[:8].hex(" ")},
            remedy="Export the data as CSV, Excel, JSON or Parquet.",
        )
    kind = text_format(start, name.removesuffix(".gz"))
    if kind == "jsonl" and not records_at:
        return LineRows(content, encoding)
    if kind != "csv":
        return DocumentRows(content, encoding, records_at=records_at, unpacked_bytes=found.unpacked_bytes)
    return DelimitedRows(
        content, encoding, delimiter=delimiter, header=header, has_undecodable=_may_break(found, encoding)
    )


def _may_break(found: Survey, encoding: str) -> bool:
    return found.bad_count > 0 or not encoding.startswith("utf-8")


def _name_note(content: Content, kind: str) -> Iterator[str]:
    name = (content.member or content.name).lower()
    while name.endswith(_PACKED_NAMES):
        name = name.rpartition(".")[0]
    suffix = Path(name).suffix
    if (
        suffix
        and suffix not in _USUAL_NAMES[kind]
        and any(suffix in names for names in _USUAL_NAMES.values())
    ):
        yield f"The name ends in {suffix}, but the content is {kind}."
