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


@dataclass(frozen=True, slots=True)
class SignalCount:
    """How many signals of a kind came from a source.

    Attributes:
        attached: that belong to a lead.
        waiting: whose lead is not here yet.
        let_go: of which a person said that nobody need wait for their lead; it finds them all the same.
    """

    kind: str
    source: str
    attached: int
    waiting: int
    let_go: int
