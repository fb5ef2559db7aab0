"""Everything that a place may take along, as one ZIP of tables and documents, made while it is fetched."""

import tempfile
import zipfile
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path

from galena.domain.documents import Document
from galena.domain.listing import LeadQuery
from galena.kit.csv_text import BEGINNING, csv_lines
from galena.stores import audit, documents, whole_tables
from galena.stores.door import Session
from galena.workflows.export import export_list

_PIECE = 1 << 16

Fetch = Callable[[Document], bytes]
"""The content of a document."""


def note_export(session: Session) -> None:
    """Writes down that somebody takes everything along; before it begins, so that it stands however it ends."""
    whose = session.tenant_or_none
    subject = f"workspace:{session.workspace_id}" if whose is None else f"tenant:{whose}"
    audit.record(session, "export_everything", subject)


def export_everything(session: Session, fetch: Fetch, place: str, at: datetime) -> Iterator[bytes]:
    """The pieces of the ZIP: each table as CSV, the leads as the list shows them, and the documents themselves.

    Tables without rows are left out. The session must stay open until the last piece.

    Args:
        place: the workspace's or the tenant's name, for the file that says what this is.
    """
    held = _Held()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        told = []
        for name in whole_tables.names_for(session):
            rows = yield from _add_table(session, archive, held, name)
            if rows:
                told.append(f"{name}.csv: {rows:,} rows")
        rows = yield from _add_leads(session, archive, held)
        told.append(f"leads.csv: {rows:,} rows, the best first")
        kept = documents.list_all(session)
        for number, document in enumerate(kept, start=1):
            archive.writestr(f"documents/{number:04} {_safe(document.name)}", fetch(document))
            yield held.taken()
        told.append(f"documents: {len(kept):,} files")
        archive.writestr("about.txt", _about(place, at, told))
    yield held.taken()


def _add_table(
    session: Session, archive: zipfile.ZipFile, held: "_Held", name: str
) -> Generator[bytes, None, int]:
    pieces = whole_tables.rows_of(session, name)
    first = next(pieces, None)
    if first is None:
        return 0
    count = 0
    with archive.open(f"{name}.csv", "w", force_zip64=True) as file:
        file.write(BEGINNING + csv_lines([whole_tables.columns_of(session, name)]))
        for piece in chain([first], pieces):
            file.write(csv_lines(piece))
            count += len(piece)
            yield held.taken()
    return count


def _add_leads(session: Session, archive: zipfile.ZipFile, held: "_Held") -> Generator[bytes, None, int]:
    with tempfile.TemporaryDirectory(prefix="galena-export-") as folder:
        path = Path(folder) / "leads.csv"
        made = export_list(session, path, "csv", LeadQuery(statuses=()))
        with path.open("rb") as source, archive.open("leads.csv", "w", force_zip64=True) as file:
            while piece := source.read(_PIECE):
                file.write(piece)
                yield held.taken()
    return made.rows


class _Held:
    """Where the ZIP is written to: what was written and not taken yet."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        """Called by the ZIP."""
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Called by the ZIP; there is nothing to wait for."""

    def close(self) -> None:
        """What files must have; there is nothing to close."""

    def taken(self) -> bytes:
        """What was written since the last time."""
        whole = b"".join(self._pieces)
        self._pieces.clear()
        return whole


def _safe(name: str) -> str:
    """A document's name as a file in a folder; no part of it leads elsewhere."""
    return "".join(" " if each in '/\\:*?"<>|' or ord(each) < 32 else each for each in name).strip(". ")[:150]


def _about(place: str, at: datetime, told: Sequence[str]) -> str:
    lines = (
        f"Everything of {place} that may be taken along, {at:%Y-%m-%d %H:%M} UTC.",
        "",
        "Tables are CSV in UTF-8; times are UTC; nested values are JSON. A cell that a spreadsheet would run as a",
        "formula begins with an apostrophe. Passwords, keys and other secrets are in none of them.",
        "",
        *told,
    )
    return "\n".join(lines) + "\n"
