"""Rows as a source delivered them, before any mapping: read, or refused with a reason."""

from dataclasses import dataclass
from typing import Any

EXCERPT_CHARS = 200
"""How much of a value that could not be read is shown, in characters."""


def excerpt(value: object) -> str:
    """The value as text of at most `EXCERPT_CHARS` characters that can be stored and shown.

    Characters PostgreSQL or UTF-8 cannot hold (NUL, halves of surrogate pairs) appear as U+FFFD.
    """
    text = value if isinstance(value, str) else repr(value)
    if len(text) > EXCERPT_CHARS:
        text = text[: EXCERPT_CHARS - 1] + "…"
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")


@dataclass(frozen=True, slots=True)
class Row:
    """One record as delivered.

    Attributes:
        number: 1-based place among the data rows of its file; the header, blank lines and title lines are not
            counted, rows that could not be read are. For JSON the number of the element.
        payload: original column name to value: text for CSV, native types for Excel, JSON and Parquet.
    """

    number: int
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowFault:
    """One record that could not be read; reading went on after it.

    Attributes:
        number: as in `Row`.
        field: the column at fault, where it is known.
        value: what stood there, at most `EXCERPT_CHARS` characters.
        reason: one plain sentence for the person who has to mend it.
        payload: what could be read of the record (by column, or whole under "raw"), or None.
    """

    number: int
    field: str | None
    value: str
    reason: str
    payload: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class FileShape:
    """What a file turned out to be.

    Attributes:
        name: the path as given; a member of an archive as `archive.zip/member.csv`.
        format: "csv", "json", "jsonl", "excel" or "parquet".
        encoding: name of the character encoding; None for binary formats.
        delimiter: the character between cells; None unless `format` is "csv" with two columns or more.
        compression: "gzip", "zip", "bzip2", "xz", "zstd", joined by "+" when nested; None for none.
        columns: column names, unique; for JSON the keys of the first records.
        sha256: of the file as stored; for a member of an archive, of the member unpacked.
        size_bytes: of the file as stored; for a member of an archive, of the member unpacked.
        notes: plain sentences about what was decided or mended while looking at the file.
    """

    name: str
    format: str
    encoding: str | None
    delimiter: str | None
    compression: str | None
    columns: tuple[str, ...]
    sha256: str
    size_bytes: int
    notes: tuple[str, ...] = ()
