"""What an import says when it ends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from galena.domain.imports import Import, ImportCounts
from galena.stores import quarantine
from galena.stores.door import Session
from galena.workflows.resolving import Resolved

EXAMPLE_ROWS = 5
LISTED_REASONS = 10


@dataclass(frozen=True, slots=True)
class Reason:
    """Why rows were set aside, or why values became unknown.

    Attributes:
        rows: how many rows it concerns.
        examples: the first few of their numbers.
    """

    field: str
    reason: str
    rows: int
    examples: tuple[int, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "field": self.field,
            "reason": self.reason,
            "rows": self.rows,
            "examples": list(self.examples),
        }


@dataclass
class ReasonTally:
    """Counts reasons while rows are read."""

    _found: dict[tuple[str, str], tuple[int, tuple[int, ...]]] = field(default_factory=dict)

    def add(self, field_name: str, reason: str, row: int) -> None:
        """One more row with this reason."""
        count, examples = self._found.get((field_name, reason), (0, ()))
        more = (*examples, row) if len(examples) < EXAMPLE_ROWS else examples
        self._found[(field_name, reason)] = (count + 1, more)

    @property
    def total(self) -> int:
        """How many were added."""
        return sum(count for count, _ in self._found.values())

    def top(self) -> tuple[Reason, ...]:
        """The most frequent reasons, the most frequent first."""
        reasons = (Reason(name, reason, *found) for (name, reason), found in self._found.items())
        return tuple(sorted(reasons, key=lambda each: (-each.rows, each.examples))[:LISTED_REASONS])

    def as_json(self) -> list[list[Any]]:
        """What `restored` takes back."""
        return [[name, reason, count, list(rows)] for (name, reason), (count, rows) in self._found.items()]

    @classmethod
    def restored(cls, kept: Iterable[Any]) -> "ReasonTally":
        """The tally that `as_json` wrote."""
        return cls({(name, reason): (count, tuple(rows)) for name, reason, count, rows in kept})


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file: rows = created + updated + unchanged + quarantined.

    Created are rows that made a lead, and details and signals that wait for theirs; updated are rows that changed
    a fact of a lead or added a signal; unchanged are rows that told nothing new; quarantined rows are kept aside
    with their reasons.

    Attributes:
        import_id: None after a dry run.
        origin: whether the mapping was given, saved, shipped or proposed.
        warnings: values that became unknown although their row stands.
        reasons: why rows were set aside, most frequent first; `warning_reasons` likewise.
        resumed_at_row: the row after which an interrupted import was taken up again; 0 for a fresh one.
        unmapped_columns: kept with the records, but no field.
        notes: what was decided or mended while reading the file.
        resolved: what comparing its leads with those that were there did.
        duration_s: of this run.
    """

    file_name: str
    source: str
    role: str
    origin: str
    counts: ImportCounts
    import_id: UUID | None = None
    dry_run: bool = False
    warnings: int = 0
    reasons: tuple[Reason, ...] = ()
    warning_reasons: tuple[Reason, ...] = ()
    resumed_at_row: int = 0
    unmapped_columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    resolved: Resolved = field(default_factory=Resolved)
    duration_s: float = 0.0

    @property
    def rows(self) -> int:
        """Rows read, refused ones included."""
        return self.counts.read

    @property
    def created(self) -> int:
        """Rows that made a lead, or wait for one."""
        return self.counts.created

    @property
    def updated(self) -> int:
        """Rows that changed a lead."""
        return self.counts.updated

    @property
    def unchanged(self) -> int:
        """Rows that told nothing new."""
        return self.counts.unchanged

    @property
    def quarantined(self) -> int:
        """Rows set aside."""
        return self.counts.quarantined

    @property
    def signals(self) -> int:
        """Signals that were new."""
        return self.counts.signals

    def as_dict(self) -> Mapping[str, Any]:
        """As JSON, for scripts."""
        return {
            "file": self.file_name,
            "import_id": str(self.import_id) if self.import_id else None,
            "source": self.source,
            "role": self.role,
            "mapping": self.origin,
            "dry_run": self.dry_run,
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "quarantined": self.quarantined,
            "signals": self.signals,
            "warnings": self.warnings,
            "reasons": [each.as_dict() for each in self.reasons],
            "warning_reasons": [each.as_dict() for each in self.warning_reasons],
            "resumed_at_row": self.resumed_at_row,
            "unmapped_columns": list(self.unmapped_columns),
            "notes": list(self.notes),
            "identity": self.resolved.as_dict(),
            "duration_s": round(self.duration_s, 3),
        }


def reasons_kept(session: Session, kept: Import) -> ReasonTally:
    """The reasons of all rows of an import that is in more than one piece."""
    tally = ReasonTally()
    after = None
    while page := quarantine.list_(session, import_id=kept.id, status=None, limit=5_000, after=after):
        for row in page:
            for fault in row.faults:
                tally.add(fault.field or "row", fault.reason, row.row_number)
        after = page[-1].id
    return tally
