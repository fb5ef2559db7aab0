"""What a vendor sends by itself: one event per message, and what connectors that take them in can do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson

from galena.kit.ids import content_hash

_MILLISECONDS_FROM = 100_000_000_000
"""Seconds since 1970 reach this in the year 5138; milliseconds did in 1973."""


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """Something a vendor told.

    Attributes:
        kind: in the vendor's own words; "unknown" where it has none.
        external_id: the vendor's number of it; the same number twice is one event.
        at: when it happened, in the vendor's own form; empty: when it came.
        told: what was read from the payload for the mapping of events, under plain names.
        lead: a person or company that it describes, for the mapping of leads; None: it describes none.
        payload: as delivered.
    """

    provider: str
    kind: str
    external_id: str
    at: str
    payload: Mapping[str, Any] = field(repr=False)
    told: Mapping[str, Any] = field(default_factory=dict, repr=False)
    lead: Mapping[str, Any] | None = field(default=None, repr=False)

    def record(self) -> dict[str, Any]:
        """As it is kept and mapped."""
        named = {"event_id": self.external_id, "kind": self.kind, "at": self.at}
        return {**self.told, **named, "payload": dict(self.payload)}

    def lead_record(self) -> dict[str, Any] | None:
        """The person or company it describes, as kept and mapped."""
        if self.lead is None:
            return None
        return {**self.lead, "event_id": self.external_id, "at": self.at}


class Inbound(Protocol):
    """Takes in what one vendor sends."""

    def verify(self, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> None:
        """Proves that the message is the vendor's, untouched and sent just now.

        Args:
            secret: one, or several with spaces between while they are changed.

        Raises:
            SignatureError: it is not.
            SecretError: the secret kept here cannot be one.
        """

    def read(self, payload: Mapping[str, Any], headers: Mapping[str, str]) -> InboundEvent:
        """The event; kinds that are not known are events, too. Never raises on a JSON object."""


def lead_key(contact_id: object, event_id: str) -> str:
    """By what an event finds its lead: the vendor's number of the contact, or nothing but the event itself."""
    return str(contact_id) if contact_id else f"event {event_id}"


def fingerprint(payload: Mapping[str, Any]) -> str:
    """A number for an event whose vendor gives none: the same content is the same event."""
    return content_hash(orjson.dumps(payload, option=orjson.OPT_SORT_KEYS))


def instant_text(value: object) -> str:
    """A vendor's time (ISO 8601, or seconds or milliseconds since 1970) as ISO 8601; empty when it is none."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1_000 if value > _MILLISECONDS_FROM else value
            return datetime.fromtimestamp(seconds, UTC).isoformat()
        moment = datetime.fromisoformat(str(value or ""))
    except (ValueError, OverflowError, OSError):
        return ""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def value_at(payload: object, path: str) -> Any:
    """The value at a dotted path of nested objects and lists ("attendees.0.email"); None where there is none."""
    value = payload
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
