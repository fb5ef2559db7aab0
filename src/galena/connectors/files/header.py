"""Which row of a table names its columns, and what the columns are called."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from galena.connectors.files.limits import ReadLimits
from galena.domain.record import excerpt
from galena.kit.errors import InputError

MAX_TITLE_ROWS = 20
_NUMBER = re.compile(r"[-+]?[$€£]?\d[\d,]*\.?\d*([eE][-+]?\d+)?%?")
_DATA = re.compile(
    r"[^@\s]+@[^@\s]+\.\w+|\d{4}-\d\d-\d\d.*|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}.*|\+?[\d\s().-]{7,}|https?://.+"
)
_YEAR = re.compile(r"(19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a table.

    Attributes:
        names: unique names of the columns that are kept.
        width: cells in a full row; more than `names` when empty columns at the end are dropped.
        skip_rows: rows before the first data row (titles and the header itself), blank lines not counted.
        notes: what was decided.
    """

    names: tuple[str, ...]
    width: int
    skip_rows: int
    notes: tuple[str, ...]


def find_header(rows: Sequence[Sequence[str]], named: bool | None, limits: ReadLimits) -> Header:
    """The header of a table from its first rows.

    Title rows are skipped only on strong evidence: three columns or more, and no more than one cell filled in each
    row above the header. A table without a header is recognised when a column of its first row holds a number, a
    date or an address of the same kind as below, and no column looks headed.

    Args:
        rows: first rows of the file, without blank lines.
        named: True if a header is there, False if not, None to find out.

    Raises:
        InputError: more columns than the limit.
    """
    titles = 0 if named is False else _title_rows(rows)
    notes: list[str] = []
    if titles:
        shown = excerpt(" / ".join(next((c for c in row if c), "") for row in rows[:titles]))
        notes.append(f"{titles} title row(s) above the header were left out: {shown}")
    head = rows[titles]
    if len(head) > limits.columns:
        raise InputError(
            "The file has too many columns.",
            facts={"columns": len(head), "limit": limits.columns},
            remedy="Check that the right delimiter was found, or split the file.",
        )
    if named is None and not titles:
        named = not _looks_like_data(rows)
        if not named:
            notes.append("The first row looks like data: the columns are called column_1, column_2 ...")
    if named is False:
        width = max(len(row) for row in rows[:1])
        return Header(tuple(f"column_{i}" for i in range(1, width + 1)), width, 0, tuple(notes))
    kept = len(head)
    while kept > 1 and not head[kept - 1].strip() and _empty_below(rows[titles + 1 :], kept - 1):
        kept -= 1
    if kept < len(head):
        notes.append(f"{len(head) - kept} empty column(s) without a name at the end were left out.")
    names, naming_notes = unique_names(head[:kept])
    return Header(names, len(head), titles + 1, (*notes, *naming_notes))


def _title_rows(rows: Sequence[Sequence[str]]) -> int:
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[: MAX_TITLE_ROWS + 1]]
    widths = sorted(len(row) for row in rows)
    usual = widths[len(widths) // 2]
    if usual < 3 or not filled or filled[0] > 1:
        return 0
    for i, count in enumerate(filled):
        if count > 1:
            return i if count >= 0.6 * usual else 0
    return 0


def _empty_below(rows: Sequence[Sequence[str]], column: int) -> bool:
    return all(len(row) <= column or not row[column] for row in rows)


def _kind(cell: str) -> str:
    text = cell.strip()
    if _NUMBER.fullmatch(text):
        return "number"
    return "data" if _DATA.fullmatch(text) else "text"


def _looks_like_data(rows: Sequence[Sequence[str]]) -> bool:
    head, below = rows[0], rows[1:101]
    if len(below) < 2 or not all(cell.strip() for cell in head[:1]):
        return False
    same, headed = 0, 0
    for i, name in enumerate(head):
        kinds = [_kind(row[i]) for row in below if i < len(row) and row[i].strip()]
        if len(kinds) < 2:
            continue
        usual = max(set(kinds), key=kinds.count)
        if usual == "text" or kinds.count(usual) < 0.9 * len(kinds):
            continue
        if not name.strip() or _YEAR.fullmatch(name.strip()):
            continue
        if _kind(name) == usual:
            same += 1
        else:
            headed += 1
    return same > 0 and headed == 0


def unique_names(cells: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Column names made unique (`name`, `name_2`) and present (`column_7`), with notes on what was changed."""
    names: list[str] = []
    taken: set[str] = {cell.strip() for cell in cells}
    used: set[str] = set()
    doubled: list[str] = []
    unnamed: list[str] = []
    tries: dict[str, int] = {}
    for place, cell in enumerate(cells, start=1):
        base = excerpt(cell.strip())
        if not base:
            base = f"column_{place}"
            unnamed.append(base)
        name = base
        if name in used:
            doubled.append(base)
            count = tries.get(base, 1) + 1
            while f"{base}_{count}" in used or f"{base}_{count}" in taken:
                count += 1
            tries[base] = count
            name = f"{base}_{count}"
        used.add(name)
        names.append(name)
    notes = []
    if unnamed:
        more = f" and {len(unnamed) - 5:,} more" if len(unnamed) > 5 else ""
        subject = "A column without a name is" if len(unnamed) == 1 else "Columns without a name are"
        notes.append(f"{subject} called by the place: {', '.join(unnamed[:5])}{more}.")
    if doubled:
        shown = ", ".join(sorted(set(doubled))[:5])
        notes.append(f"Column names that occur more than once were numbered: {shown}.")
    return tuple(names), notes
