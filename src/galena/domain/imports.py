"""Imports (which are also the pull log), source records and the quarantine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

ImportStatus = Literal["running", "done", "failed", "undone", "interrupted"]
RecordRole = Literal["leads", "details", "signals"]
QuarantineStatus = Literal["open", "replayed", "dismissed"]


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What became of the rows: read = created + updated + unchanged + quarantined.

    Attributes:
        discarded: of the created, those a discard of the playbook holds for.
        signals: signals that were new.
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    quarantined: int = 0
    discarded: int = 0
    signals: int = 0

    def __add__(self, other: "ImportCounts") -> "ImportCounts":
        return ImportCounts(
            *(getattr(self, name) + getattr(other, name) for name in ImportCounts.__dataclass_fields__)
        )


@dataclass(frozen=True, slots=True)
class NewImport:
    """An import about to begin.

    Attributes:
        sha256, size: of the file, in hexadecimal digits and bytes; None for what is not a file.
        shape: how the file was read (format, encoding, delimiter, columns ...).
        mapping: the mapping used, whole.
        options: what the caller asked for besides.
    """

    id: UUID
    source: str
    file_name: str
    started_at: datetime
    sha256: str | None = None
    size: int | None = None
    shape: Mapping[str, Any] | None = None
    mapping: Mapping[str, Any] | None = None
    options: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """One file or pull, from its start to its end, and perhaps its undoing.

    Attributes:
        checkpoint_row: the last row whose outcome is committed; an interrupted import goes on after it.
        error: in plain words, when it failed.
        author: who started it.
    """

    id: UUID
    source: str
    file_name: str
    sha256: str | None
    size: int | None
    shape: Mapping[str, Any] | None
    mapping: Mapping[str, Any] | None
    options: Mapping[str, Any] | None
    status: ImportStatus
    counts: ImportCounts
    checkpoint_row: int
    error: str | None
    author: str
    started_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """What a source delivered, kept raw, never edited.

    Attributes:
        record_key: identifies the row within its source.
        payload: JSON text, as delivered.
        payload_hash: SHA-256 of the payload, 32 bytes; the same key and payload twice are one record.
        link: how details and signals find their lead, `account:cancity`; None for records of role leads.
        trust: 0-1, of the source.
        lead_id: the lead built from it; None while no lead matches.
    """

    id: UUID
    import_id: UUID
    source: str
    record_key: str
    role: RecordRole
    payload: str
    payload_hash: bytes
    row_number: int
    observed_at: datetime
    received_at: datetime
    trust: float
    link: str | None = None
    lead_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row cannot be used: which field and value, the reason, and what to do."""

    field: str | None
    value: str
    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row set aside until somebody mends or dismisses it.

    Attributes:
        payload: JSON text, as delivered.
        corrections: column -> value as corrected, when it was replayed.
        replayed_record_id: the source record its replay made.
    """

    id: UUID
    import_id: UUID
    source: str
    row_number: int
    payload: str
    faults: tuple[Fault, ...]
    status: QuarantineStatus = "open"
    corrections: Mapping[str, Any] | None = None
    replayed_record_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class StoredSignal:
    """A signal as kept.

    Attributes:
        lead_id: the lead it belongs to; None while it waits.
        link: how it finds its lead.
        payload_hash: 32 bytes that are the same for the same signal told twice.
        record_id: the source record that told it.
    """

    id: UUID
    kind: str
    at: datetime
    source: str
    payload_hash: bytes
    attributes: Mapping[str, Any] = field(default_factory=dict)
    external_id: str | None = None
    lead_id: UUID | None = None
    link: str | None = None
    import_id: UUID | None = None
    record_id: UUID | None = None
