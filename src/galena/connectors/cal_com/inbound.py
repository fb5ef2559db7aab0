"""What Cal.com sends, signed with HMAC-SHA256 in hexadecimal digits."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from galena.domain.inbound import InboundEvent, fingerprint, instant_text, lead_key, value_at
from galena.kit.web.signatures import check_hmac_hex, header

_SIGNALS = {
    "BOOKING_CREATED": "booking_created",
    "BOOKING_CANCELLED": "booking_cancelled",
    "BOOKING_REJECTED": "booking_cancelled",
    "MEETING_ENDED": "booking_held",
}
_FOUNDING = frozenset(("BOOKING_CREATED", "BOOKING_REQUESTED", "BOOKING_RESCHEDULED"))


def verify(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> None:  # noqa: ARG001
    """See `Inbound.verify`. Cal.com signs no time: a message sent twice is known by its content."""
    check_hmac_hex(body, header(headers, "x-cal-signature-256"), secret)


def read(payload: Mapping[str, Any], headers: Mapping[str, str]) -> InboundEvent:  # noqa: ARG001
    """See `Inbound.read`."""
    kind = str(payload.get("triggerEvent") or "unknown")
    number = fingerprint(payload)
    email = value_at(payload, "payload.attendees.0.email") or value_at(
        payload, "payload.responses.email.value"
    )
    name = value_at(payload, "payload.attendees.0.name") or value_at(payload, "payload.responses.name.value")
    told = {
        "signal": _SIGNALS.get(kind),
        "email": email,
        "lead_key": lead_key(_plain(email), number),
        "booking": value_at(payload, "payload.uid"),
        "title": value_at(payload, "payload.title"),
        "starts_at": value_at(payload, "payload.startTime"),
        "host": value_at(payload, "payload.organizer.email"),
        "reason": value_at(payload, "payload.cancellationReason"),
    }
    lead = None
    if kind in _FOUNDING and _plain(email):
        phone = value_at(payload, "payload.attendees.0.phoneNumber")
        phone = phone or value_at(payload, "payload.responses.attendeePhoneNumber.value")
        lead = {"id": _plain(email), "name": name, "email": email, "phone": phone}
    return InboundEvent("cal_com", kind, number, instant_text(payload.get("createdAt")), payload, told, lead)


def _plain(email: object) -> str:
    return email.strip().lower() if isinstance(email, str) else ""
