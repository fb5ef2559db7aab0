"""What happened, as a dashboard tells it: an event of the outbox with the lead it is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that people are told of.

    Attributes:
        position: of its event in the outbox; of several alike, the newest.
        title: of the lead it is about; empty where it is about none.
        correlation_id: ties it to the piece of work that made it.
        count: how many alike this one stands for, in the same piece of work.
    """

    position: int
    at: datetime
    kind: str
    lead_id: UUID | None
    title: str
    payload: Mapping[str, Any]
    correlation_id: str | None
    count: int = 1


@dataclass(frozen=True, slots=True)
class News:
    """What came into the outbox since a position.

    Attributes:
        upto: the position to go on from.
        kinds: kind -> how many events; empty when too many came to count.
        is_much: so many came that counting them is not worth it: look at the whole again.
    """

    upto: int
    kinds: Mapping[str, int]
    is_much: bool = False
