"""A signal: a dated fact or event about a lead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Signal:
    """A dated fact or event, attached to a lead or waiting for one.

    Attributes:
        kind: one of the playbook's signal kinds.
        at: when it happened, UTC.
        attributes: numbers and texts (value, amount, channel, campaign ...).
        external_id: the source's own id of it; the same id twice is one signal.
    """

    kind: str
    at: datetime
    attributes: Mapping[str, Any] = field(default_factory=dict)
    external_id: str | None = None
