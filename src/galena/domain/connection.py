"""Connections: a connector with a workspace's own settings and key, how it fares, and what each pull brought."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

ConnectionState = Literal["new", "healthy", "failing", "paused"]
PullStatus = Literal["running", "done", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class PullCounts:
    """What became of the records of a pull: fetched = accepted + duplicate + quarantined.

    Attributes:
        accepted: records that were new.
        duplicate: records that were here already, word for word.
        calls: requests made to the provider.
    """

    fetched: int = 0
    accepted: int = 0
    duplicate: int = 0
    quarantined: int = 0
    pages: int = 0
    calls: int = 0

    def __add__(self, other: "PullCounts") -> "PullCounts":
        return PullCounts(
            *(getattr(self, name) + getattr(other, name) for name in PullCounts.__dataclass_fields__)
        )


@dataclass(frozen=True, slots=True)
class Connection:
    """A connector as one workspace uses it.

    Attributes:
        name: unique in the workspace.
        sealed: the secrets, sealed; None: it has none of its own.
        private_ok: whether it may call addresses inside the operator's own network.
        schedule: when it is pulled, as a cron expression (UTC); None: only when somebody says so.
        due_at: when it is to be pulled next.
        state: new (never pulled), healthy, failing, paused (by a person).
        failures: pulls in a row that failed.
        error: why the last one failed, in plain words.
        streams: stream -> how far it was pulled; plain JSON.
        columns: stream -> column -> whether it was in the last pull; drift is told against this.
        totals: of all its pulls.
    """

    id: UUID
    name: str
    connector: str
    settings: Mapping[str, Any]
    created_at: datetime
    author: str
    sealed: bytes | None = field(default=None, repr=False)
    private_ok: bool = False
    schedule: str | None = None
    due_at: datetime | None = None
    state: ConnectionState = "new"
    failures: int = 0
    error: str | None = None
    last_tried_at: datetime | None = None
    last_success_at: datetime | None = None
    streams: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)
    totals: PullCounts = PullCounts()


@dataclass(frozen=True, slots=True)
class Pull:
    """One pull of one stream of a connection: a line of the log.

    Attributes:
        trigger: who or what started it: hand, schedule.
        import_id: the import its records are part of.
        notes: what was noticed, such as columns that are new or gone, as sentences.
        error: why it failed, in plain words.
    """

    id: UUID
    connection_id: UUID
    stream: str
    trigger: str
    status: PullStatus
    counts: PullCounts
    started_at: datetime
    finished_at: datetime | None = None
    import_id: UUID | None = None
    notes: tuple[str, ...] = ()
    error: str | None = None
