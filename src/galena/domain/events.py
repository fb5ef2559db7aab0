"""Events that others care about, and the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event about to be written, in the same transaction as the change it tells of.

    Attributes:
        kind: `lead_created`, `lead_updated`, `scored`, `tier_changed`, `import_done` ...
        lead_id: the lead it is about; None for an event about the workspace.
        payload: what a consumer needs besides the ids; no personal data.
    """

    kind: str
    lead_id: UUID | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the outbox.

    Attributes:
        position: grows; per lead in the order of the changes. Reading goes on after the last position seen.
        at: when its transaction began, UTC.
        correlation_id: ties it to the piece of work that made it.
    """

    position: int
    at: datetime
    kind: str
    lead_id: UUID | None
    payload: Mapping[str, Any]
    correlation_id: str | None


@dataclass(frozen=True, slots=True)
class Touch:
    """An event that may change the score of a lead.

    Attributes:
        why: what changed, where the event says it: signal, identity.
    """

    position: int
    lead_id: UUID
    kind: str
    why: str | None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what, written once and never changed.

    Attributes:
        actor: a user's id, or the name of a command or a workflow.
        action: a verb and a noun, `undo_import`.
        subject: what it was done to, `<noun>:<id>`.
    """

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    correlation_id: str | None


@dataclass(frozen=True, slots=True)
class Export:
    """An export that was made.

    Attributes:
        query: the filters that chose the leads.
        sha256: of the file; None for many files.
    """

    id: UUID
    author: str
    format: str
    file_name: str
    query: Mapping[str, Any]
    row_count: int
    sha256: str | None
    created_at: datetime
