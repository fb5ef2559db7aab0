"""What GoHighLevel sends, signed with its RSA key."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from galena.domain.inbound import InboundEvent, fingerprint, instant_text, lead_key, value_at
from galena.kit.web.signatures import check_age, check_rsa_sha256, header

PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAokvo/r9tVgcfZ5DysOSC
Frm602qYV0MaAiNnX9O8KxMbiyRKWeL9JpCpVpt4XHIcBOK4u3cLSqJGOLaPuXw6
dO0t6Q/ZVdAV5Phz+ZtzPL16iCGeK9po6D6JHBpbi989mmzMryUnQJezlYJ3DVfB
csedpinheNnyYeFXolrJvcsjDtfAeRx5ByHQmTnSdFUzuAnC9/GepgLT9SM4nCpv
uxmZMxrJt5Rw+VUaQ9B8JSvbMPpez4peKaJPZHBbU3OdeCVx5klVXXZQGNHOs8gF
3kvoV5rTnXV0IknLBXlcKKAQLZcY/Q9rG6Ifi9c+5vqlvHPCUJFT5XUGG5RKgOKU
J062fRtN+rLYZUV+BjafxQauvC8wSWeYja63VSUruvmNj8xkx2zE/Juc+yjLjTXp
IocmaiFeAO6fUtNjDeFVkhf5LNb59vECyrHD2SQIrhgXpO4Q3dVNA5rw576PwTzN
h/AMfHKIjE4xQA1SZuYJmNnmVZLIZBlQAF9Ntd03rfadZ+yDiOXCCs9FkHibELhC
HULgCsnuDJHcrGNd5/Ddm5hxGQ0ASitgHeMZ0kcIOwKDOzOU53lDza6/Y09T7sYJ
PQe7z0cvj7aE4B+Ax1ZoZGPzpJlZtGXCsu9aTEGEnKzmsFqwcSsnw3JB31IGKAyk
T1hhTiaCeIY/OwwwNUY2yvcCAwEAAQ==
-----END PUBLIC KEY-----"""
"""As GoHighLevel publishes it; it stands in for a secret that is not given."""

_END = "-----END PUBLIC KEY-----"
_ABOUT_CONTACTS = frozenset(("ContactCreate", "ContactUpdate", "ContactTagUpdate", "ContactDndUpdate"))
_SIGNALS = {
    "AppointmentCreate": "booking_created",
    "AppointmentDelete": "booking_cancelled",
    "OpportunityStageUpdate": "stage_changed",
}
_APPOINTMENT_SIGNALS = {"cancelled": "booking_cancelled", "showed": "booking_held", "noshow": "no_show"}
_MESSAGE_SIGNALS = {
    ("InboundMessage", "call"): "call_in",
    ("InboundMessage", "email"): "email_in",
    ("InboundMessage", "sms"): "sms_in",
    ("OutboundMessage", "call"): "call_out",
    ("OutboundMessage", "email"): "email_out",
}
_WON = {"won": True, "lost": False, "abandoned": False}


def verify(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> None:
    """See `Inbound.verify`; the secret is a public key in PEM, or several; empty: the published one."""
    given = header(headers, "x-wh-signature")
    keys = [each + _END for each in secret.split(_END) if each.strip()] or [PUBLIC_KEY]
    check_rsa_sha256(body, given, keys)
    sent_at = instant_text(_timestamp(body))
    if sent_at:
        check_age(datetime.fromisoformat(sent_at), now)


def read(payload: Mapping[str, Any], headers: Mapping[str, str]) -> InboundEvent:  # noqa: ARG001
    """See `Inbound.read`."""
    kind = _kind(payload)
    number = str(payload.get("webhookId") or fingerprint(payload))
    contact = _contact_id(payload, kind)
    told = {
        "signal": _signal(payload, kind),
        "contact_id": contact,
        "lead_key": lead_key(contact, number),
        "channel": payload.get("messageType"),
        "text": payload.get("body"),
        "title": value_at(payload, "appointment.title") or payload.get("title"),
        "starts_at": value_at(payload, "appointment.startTime"),
        "stage": payload.get("pipelineStageId"),
        "amount": payload.get("amountPaid") if kind.startswith("Invoice") else payload.get("monetaryValue"),
        "currency": payload.get("currency"),
    }
    if kind.startswith("Opportunity"):
        won = _WON.get(str(payload.get("status")).lower())
        told |= {"won": won, "won_value": payload.get("monetaryValue") if won else None}
    lead = _lead(payload) if kind in _ABOUT_CONTACTS and payload.get("id") else None
    return InboundEvent("gohighlevel", kind, number, _at(payload, kind), payload, told, lead)


def _timestamp(body: bytes) -> object:
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return payload.get("timestamp") if isinstance(payload, dict) else None


def _kind(payload: Mapping[str, Any]) -> str:
    """Messages about invoices name no kind; their state tells it."""
    told = payload.get("type")
    if isinstance(told, str) and told:
        return told
    if "invoiceNumber" in payload:
        return "Invoice" + str(payload.get("status") or "").replace("_", " ").title().replace(" ", "")
    return "unknown"


def _contact_id(payload: Mapping[str, Any], kind: str) -> Any:
    if kind.startswith("Contact"):
        return payload.get("id")
    places = ("contactId", "appointment.contactId", "contactDetails.id", "contactSnapshot.id")
    return next(
        (found for place in places if isinstance(found := value_at(payload, place), str) and found), None
    )


def _signal(payload: Mapping[str, Any], kind: str) -> str | None:
    if kind in ("InboundMessage", "OutboundMessage"):
        channel = str(payload.get("messageType")).lower()
        other = "message_in" if kind == "InboundMessage" else None
        return _MESSAGE_SIGNALS.get((kind, channel), other)
    if kind == "AppointmentUpdate":
        return _APPOINTMENT_SIGNALS.get(str(value_at(payload, "appointment.appointmentStatus")).lower())
    if kind == "InvoicePaid":
        return "paid"
    return _SIGNALS.get(kind)


def _at(payload: Mapping[str, Any], kind: str) -> str:
    """When it happened. A change of a contact carries the time it was made, and none of its own."""
    if sent := instant_text(payload.get("timestamp")):
        return sent
    if kind.endswith("Create") or kind.endswith("Message"):
        return instant_text(payload.get("dateAdded") or value_at(payload, "appointment.dateAdded"))
    return instant_text(value_at(payload, "appointment.dateUpdated") or payload.get("updatedAt"))


def _lead(payload: Mapping[str, Any]) -> dict[str, Any]:
    silent = {
        channel: bool(payload.get("dnd"))
        or str(value_at(payload, f"dndSettings.{channel}.status")).lower() in ("active", "permanent")
        for channel in ("Email", "Call")
    }
    left_out = ("webhookId", "timestamp", "dndSettings")
    kept = {name: value for name, value in payload.items() if name not in left_out}
    name = kept.get("name") or " ".join(filter(None, (payload.get("firstName"), payload.get("lastName"))))
    business = kept.get("companyName") or name
    return {
        **kept,
        "name": name,
        "business": business,
        "no_email": silent["Email"],
        "no_calls": silent["Call"],
    }
