"""Small tables as CSV that a spreadsheet opens without running anything."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

_RISKY = tuple("=+-@\t\r＝＋－＠")
_HARMLESS = re.compile(r"\+\d{6,15}|[+-]?\d+(\.\d+)?")


def write_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The table in UTF-8 with a mark at its beginning, so that Excel reads it right; None is an empty cell.

    A text that would run as a formula has an apostrophe before it; plain numbers and telephone numbers stay.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def _cell(value: object) -> str:
    text = "" if value is None else str(value).replace("\0", "")
    return f"'{text}" if text.startswith(_RISKY) and not _HARMLESS.fullmatch(text) else text
