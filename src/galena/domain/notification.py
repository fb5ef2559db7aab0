"""What administrators are told: something happened that a person should know of, and who has seen it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

Severity = Literal["info", "warning", "error"]
"""info: good to know; warning: look at it; error: something does not work."""


@dataclass(frozen=True, slots=True)
class Notification:
    """Something administrators are told.

    Attributes:
        kind: what happened, as a word: `drift`, `model_promoted` ...
        subject: about what: `model:<id>`, `tier:green`; the same kind about the same subject again, while nobody has
            seen it, is counted and not repeated.
        what: in words.
        link: the page that tells more; None: there is none.
        times: how often it happened until it was seen; `first_at`, `at`: the first and the last time.
        acknowledged_by, acknowledged_at: who has seen it; None: nobody yet.
    """

    id: UUID
    severity: Severity
    kind: str
    subject: str
    what: str
    link: str | None
    times: int
    first_at: datetime
    at: datetime
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    detail: Mapping[str, Any] = field(default_factory=dict)
