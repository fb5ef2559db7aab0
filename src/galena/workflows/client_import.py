"""Clients from a file: a mapping proposed by the headings, every row judged by itself, the same file twice as once.

A row is a client who is on the list already when it has their e-mail address; else, with none of its own, their number;
else their name and place. What a row leaves empty stays as it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from galena.connectors.files import open_rows
from galena.domain.clients import (
    FIELD_WORDS,
    MOST_CLIENTS,
    Client,
    ClientEntry,
    ClientImport,
    Forms,
    RowProblem,
    checked_client,
    with_newer,
)
from galena.domain.record import Row
from galena.engines.ingestion.aliases import meanings
from galena.engines.ingestion.payload import plain_text
from galena.engines.ingestion.recognition import heading
from galena.kit.errors import InputError
from galena.stores import audit, clients
from galena.stores.door import Session
from galena.workflows.clients import ensure_room

FIRST_NAME, LAST_NAME = "first name", "last name"
PLACES: Mapping[str, str] = {**FIELD_WORDS, FIRST_NAME: "First name", LAST_NAME: "Last name"}
"""What a column of a file can be; first and last name make one name."""

MOST_ROWS = 5 * MOST_CLIENTS
"""A file is read while a request waits, whatever a packed one unfolds to."""

PROBLEMS_KEPT = 500
SAMPLE_ROWS = 5
_MEANINGS = {
    "name": "full name",
    FIRST_NAME: "first name",
    LAST_NAME: "last name",
    "company": "company",
    "email": "email",
    "phone": "phone",
    "street": "street",
    "city": "city",
    "region": "state",
    "postcode": "zip",
    "about": "notes",
}
_VALUE_CHARS = 80


@dataclass(frozen=True, slots=True)
class FileOfClients:
    """A file before it is taken in.

    Attributes:
        columns: its headings, in order; `examples`: column -> what stands in its first rows.
        mapping: place -> the column proposed for it.
    """

    columns: tuple[str, ...]
    examples: Mapping[str, tuple[str, ...]]
    mapping: Mapping[str, str]


def look_into(path: Path) -> FileOfClients:
    """The headings of a file, and which column is proposed for what.

    Raises:
        InputError: the file cannot be read.
    """
    with open_rows(path) as file:
        columns = tuple(name for name in file.shape.columns if name.strip())
        sample = []
        for row in file.rows():
            if isinstance(row, Row):
                sample.append(row.payload)
            if len(sample) == SAMPLE_ROWS:
                break
    known = meanings()
    mapping: dict[str, str] = {}
    for place, meaning in _MEANINGS.items():
        same = known[heading(meaning)]
        found = next(
            (name for name in columns if heading(name) in same and name not in mapping.values()), None
        )
        if found is not None:
            mapping[place] = found
    if FIRST_NAME in mapping or LAST_NAME in mapping:
        mapping.pop("name", None)
    examples = {
        name: tuple(text for payload in sample if (text := plain_text(payload.get(name)).strip()[:40]))[:3]
        for name in columns
    }
    return FileOfClients(columns, examples, mapping)


def take_in(
    session: Session, path: Path, file_name: str, mapping: Mapping[str, str], now: datetime
) -> ClientImport:
    """Take a file of clients in: all rows that can be used, or nothing when the file cannot be read to its end.

    Args:
        mapping: place -> column, as `look_into` proposes it and a person changed it.

    Raises:
        InputError: the file cannot be read or is too long, or the mapping names no column by which anybody could be
            told.
        ConflictError: the list would be too long.
    """
    used = {place: column for place, column in mapping.items() if column and place in PLACES}
    if not used or not set(used) - {"about", "street", "city", "region", "postcode"}:
        raise InputError(
            "No column says who the clients are.",
            remedy="Choose the column of the name, the company, the e-mail address or the number.",
        )
    clients.take_turn(session)
    every, _ = clients.list_own(session, limit=MOST_CLIENTS)
    book = _Book(every)
    problems: list[RowProblem] = []
    with open_rows(path) as file:
        missing = [column for column in used.values() if column not in file.shape.columns]
        if missing:
            raise InputError("The file has no such column.", facts={"columns": missing})
        for count, row in enumerate(file.rows(), start=1):
            if count > MOST_ROWS:
                raise InputError(
                    f"The file has more than {MOST_ROWS:,} rows.",
                    remedy="Split it, or leave out who is no client.",
                )
            if isinstance(row, Row):
                book.take(row.number, _values(row.payload, used), problems)
            else:
                problems.append(RowProblem(row.number, row.value[:_VALUE_CHARS], row.reason))
    ensure_room(session, len(book.new))
    clients.add_many(session, [(entry, None) for entry in book.new], "file", now)
    for client_id, entry in book.changed.items():
        clients.set_entry(session, client_id, entry, now)
    counts = {**book.counts(), "refused": len(problems)}
    made = clients.add_import(session, file_name, used, counts, problems[:PROBLEMS_KEPT], now)
    audit.record(session, "import_clients", f"client_import:{made}", counts)
    return clients.load_import(session, made)


class _Book:
    """The list while a file is read: who is known by which spelling, who is new, who changes."""

    def __init__(self, every: tuple[Client, ...]) -> None:
        self.new: list[ClientEntry] = []
        self._before = {each.id: each.entry for each in every}
        self._known: dict[UUID | int, ClientEntry] = {each.id: each.entry for each in every}
        self._met: set[UUID | int] = set()
        self._repeated = 0
        self._by_form: dict[tuple[str, str], UUID | int] = {}
        for each in every:
            self._note(each.id, each.forms)

    @property
    def changed(self) -> dict[UUID, ClientEntry]:
        """The clients of the list of whom the whole file says something else than was kept."""
        found = ((id_, self._known[id_]) for id_ in self._before if id_ in self._met)
        return {id_: entry for id_, entry in found if entry != self._before[id_]}

    def take(self, number: int, values: dict[str, str], problems: list[RowProblem]) -> None:
        """A row: somebody new, somebody known, or nobody, with the reason."""
        if not any(values.values()):
            return
        try:
            entry = checked_client(ClientEntry(**values))
        except InputError as fault:
            shown = ", ".join(value for value in values.values() if value)[:_VALUE_CHARS]
            problems.append(RowProblem(number, shown, f"{fault.what} {fault.remedy}".strip()))
            return
        who = self._find(entry.forms)
        self._repeated += who in self._met
        if who is None:
            who = len(self.new)
            self.new.append(entry)
        merged = with_newer(self._known.get(who, entry), entry)
        self._known[who] = merged
        self._met.add(who)
        self._note(who, merged.forms)
        if isinstance(who, int):
            self.new[who] = merged

    def counts(self) -> dict[str, int]:
        """How many clients are new, changed, and as before, and how many rows spoke of one named before in the file."""
        known = sum(isinstance(who, UUID) for who in self._met)
        changed = len(self.changed)
        return {
            "created": len(self.new),
            "updated": changed,
            "unchanged": known - changed,
            "repeated": self._repeated,
        }

    def _find(self, forms: Forms) -> UUID | int | None:
        by_email = self._by_form.get(("email", forms.email)) if forms.email else None
        if by_email is not None:
            return by_email
        for kind, form in (("phone", forms.phone), ("name", forms.name)):
            found = self._by_form.get((kind, form)) if form else None
            # Two people of one office share a number, and fathers their sons' names: two addresses are two people.
            if found is not None and not (forms.email and self._known[found].forms.email):
                return found
        return None

    def _note(self, who: UUID | int, forms: Forms) -> None:
        for kind, form in (("email", forms.email), ("phone", forms.phone), ("name", forms.name)):
            if form:
                self._by_form.setdefault((kind, form), who)


def _values(payload: Mapping[str, Any], used: Mapping[str, str]) -> dict[str, str]:
    found = {
        place: plain_text(payload.get(column)).replace("\0", "").strip() for place, column in used.items()
    }
    name = " ".join(part for part in (found.pop(FIRST_NAME, ""), found.pop(LAST_NAME, "")) if part)
    return {**found, "name": found.get("name") or name}
