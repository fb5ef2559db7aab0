"""A piece of work of a server, as it is kept: what it was, how far it came, how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

JobState = Literal["running", "done", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class KeptJob:
    """A piece of work.

    Attributes:
        subject: what it is about.
        address, back: pages of what came of it, and of where it was begun.
        who: the id of whoever began it; empty: nobody did by hand.
        state: one that is `running` and of which no server knows was ended with its server.
        done, total: how far it came, in rows or leads; total None where that was not known.
        notice: what came of it, in words.
        result: what came of it, in numbers.
        fault: why it did not end well: `what`, `facts` and `remedy`.
    """

    id: UUID
    title: str
    subject: str
    address: str
    back: str
    who: str = ""
    state: JobState = "running"
    doing: str = ""
    done: int = 0
    total: int | None = None
    notice: str = ""
    result: Mapping[str, Any] | None = None
    fault: Mapping[str, Any] | None = None
    ended_at: datetime | None = None
