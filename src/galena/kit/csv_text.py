"""Small tables as CSV that a spreadsheet opens without running anything."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

BEGINNING = "\ufeff".encode()
"""The mark at the beginning of a file by which Excel reads it right."""

_RISKY = tuple("=+-@\t\r＝＋－＠")
_HARMLESS = re.compile(r"\+\d{6,15}|[+-]?\d+(\.\d+)?")


def write_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The table in UTF-8 with a mark at its beginning, so that Excel reads it right; None is an empty cell.

    A text that would run as a formula has an apostrophe before it; plain numbers and telephone numbers stay.
    """
    return BEGINNING + csv_lines([head]) + csv_lines(rows)


def csv_lines(rows: Iterable[Sequence[object]]) -> bytes:
    """Lines of a table, cell by cell as `write_csv` writes them; for tables that are written piece by piece."""
    written = io.StringIO(newline="")
    csv.writer(written).writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue().encode()


def _cell(value: object) -> str:
    text = "" if value is None else str(value).replace("\0", "")
    return f"'{text}" if text.startswith(_RISKY) and not _HARMLESS.fullmatch(text) else text
