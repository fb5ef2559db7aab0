"""Quarantined rows as a file: written with their reasons, mended in a spreadsheet, and read back as corrections."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import polars as pl

from galena.connectors.files import open_rows
from galena.connectors.files.writing import neutralised, open_export
from galena.domain.imports import Fault, Quarantined
from galena.domain.record import RowFault
from galena.kit.errors import InputError
from galena.stores import imports, quarantine
from galena.stores.door import Session

PAGE = 2_000
ROW_ID = "row_id"
HEAD = (ROW_ID, "file", "row", "reason")
_CELL = re.compile(r"^(cell_)+")
_APOSTROPHES = re.compile(r"^'+")


@dataclass(frozen=True, slots=True)
class MendedFile:
    """What a corrected file says.

    Attributes:
        corrections: by row, the columns that differ from what was delivered.
        as_they_are: rows in which nothing was changed.
    """

    corrections: Mapping[UUID, Mapping[str, Any]]
    as_they_are: tuple[UUID, ...]


def export_rejected(session: Session, path: Path, *, import_id: UUID | None = None) -> int:
    """Writes the open rows as CSV, each with its id, its file, its row there and the reason; says how many.

    Raises:
        InputError: the file cannot be written.
        UnavailableError: the disk is full.
    """
    columns: dict[str, str] = {}
    for row in open_rows_of(session, import_id):
        columns.update((name, _heading(name)) for name in payload_of(row))
    files = {each.id: each.file_name for each in imports.list_(session, limit=100_000)}
    names = [*HEAD, *columns.values()]
    count = 0
    with open_export(path, "csv") as write:
        write(pl.DataFrame(schema=dict.fromkeys(names, pl.String)))
        for page in _pages(session, import_id):
            lines = [_line(row, files.get(row.import_id, ""), columns) for row in page]
            write(pl.DataFrame(lines, schema=dict.fromkeys(names, pl.String), orient="row"))
            count += len(page)
    return count


def read_mended(session: Session, path: Path) -> MendedFile:
    """What was changed in a file that `export_rejected` wrote.

    Raises:
        InputError: the file cannot be read, or a row of it has no id of a quarantined row.
        NotFoundError: a row it names is not in the quarantine.
    """
    corrections: dict[UUID, Mapping[str, Any]] = {}
    same: list[UUID] = []
    with open_rows(path) as rows:
        for row in rows:
            if isinstance(row, RowFault):
                raise InputError(
                    f"Row {row.number} of {path.name} cannot be read.",
                    facts={"reason": row.reason},
                    remedy="Mend the row, or export the quarantine again with `galena quarantine export FILE`.",
                )
            kept = quarantine.load(session, _id_in(row.payload, row.number, path))
            changes = _changes(payload_of(kept), row.payload)
            if changes:
                corrections[kept.id] = changes
            else:
                same.append(kept.id)
    return MendedFile(corrections, tuple(same))


def open_rows_of(session: Session, import_id: UUID | None = None) -> Iterator[Quarantined]:
    """Every row that waits, in the order they were set aside."""
    for page in _pages(session, import_id):
        yield from page


def payload_of(row: Quarantined) -> dict[str, Any]:
    """Column -> cell as delivered; empty where the row could not be taken apart."""
    found = orjson.loads(row.payload) if row.payload else None
    return found if isinstance(found, dict) else {}


def reason_text(faults: tuple[Fault, ...]) -> str:
    """Every fault of a row in one line: "amount: This is not a number."."""
    return " | ".join(f"{fault.field}: {fault.reason}" if fault.field else fault.reason for fault in faults)


def _pages(session: Session, import_id: UUID | None) -> Iterator[tuple[Quarantined, ...]]:
    after: UUID | None = None
    while page := quarantine.list_(session, import_id=import_id, limit=PAGE, after=after):
        yield page
        after = page[-1].id


def _line(row: Quarantined, file_name: str, columns: Mapping[str, str]) -> list[str | None]:
    payload = payload_of(row)
    cells = [_cell_text(payload.get(name)) for name in columns]
    return [str(row.id), file_name, str(row.row_number), reason_text(row.faults), *cells]


def _heading(column: str) -> str:
    """The column as it is headed in the file: another heading for each, and none that would run as a formula."""
    if _APOSTROPHES.sub("", column) != column or _written(column) != column:
        return f"'{column}"
    return f"cell_{column}" if _CELL.sub("", column) in HEAD else column


def _cell_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def _id_in(values: Mapping[str, Any], number: int, path: Path) -> UUID:
    given = str(values.get(ROW_ID) or "")
    try:
        return UUID(given)
    except ValueError:
        raise InputError(
            f"Row {number} of {path.name} does not say which quarantined row it mends.",
            facts={"row": number, ROW_ID: given},
            remedy=f"Start from `galena quarantine export FILE` and leave its column {ROW_ID} as it is.",
        ) from None


def _changes(payload: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """What differs from what `export_rejected` wrote of this payload; its own columns are no corrections."""
    known = {_heading(name): name for name in payload}
    return {
        known.get(heading, heading): "" if value is None else value
        for heading, value in values.items()
        if heading not in HEAD and not _is_same(payload.get(known.get(heading, heading)), value)
    }


def _is_same(before: Any, after: Any) -> bool:
    was, now = _cell_text(before) or "", _cell_text(after) or ""
    return now in (was, was.strip(), _written(was))


def _written(text: str) -> str:
    """A cell as it stands in the file: what would run as a formula has an apostrophe before it."""
    return str(neutralised(pl.DataFrame({"cell": [text]}))["cell"][0])
