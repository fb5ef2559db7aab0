"""What Clerk sends; Svix signs it, by Standard Webhooks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from galena.domain.inbound import InboundEvent, fingerprint, instant_text, lead_key, value_at
from galena.kit.web.signatures import check_standard_webhook

_ABOUT_USERS = frozenset(("user.created", "user.updated"))


def verify(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> None:
    """See `Inbound.verify`."""
    check_standard_webhook(headers, body, secret, now)


def read(payload: Mapping[str, Any], headers: Mapping[str, str]) -> InboundEvent:
    """See `Inbound.read`."""
    kind = str(payload.get("type") or "unknown")
    by_name = {name.lower(): value for name, value in headers.items()}
    number = by_name.get("svix-id") or by_name.get("webhook-id") or fingerprint(payload)
    about = payload.get("data")
    about = about if isinstance(about, Mapping) else {}
    user = about.get("id") if kind.startswith("user.") else about.get("user_id")
    email = _primary(about, "email_addresses", "primary_email_address_id", "email_address")
    told = {
        "signal": "signed_up" if kind == "user.created" else None,
        "email": email,
        "contact_id": user,
        "lead_key": lead_key(user, number),
    }
    moment = instant_text(payload.get("timestamp")) or instant_text(about.get("updated_at"))
    lead = _lead(about, email) if kind in _ABOUT_USERS and user else None
    return InboundEvent("clerk", kind, number, moment, payload, told, lead)


def _lead(about: Mapping[str, Any], email: Any) -> dict[str, Any]:
    return {
        "id": about.get("id"),
        "name": " ".join(filter(None, (about.get("first_name"), about.get("last_name")))),
        "email": email,
        "phone": _primary(about, "phone_numbers", "primary_phone_number_id", "phone_number"),
        "created_at": instant_text(about.get("created_at")),
    }


def _primary(about: Mapping[str, Any], several: str, chosen: str, value: str) -> Any:
    """The address marked as primary, else the first."""
    found = about.get(several)
    rows = [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
    rows.sort(key=lambda each: each.get("id") != about.get(chosen))
    return value_at(rows[0], value) if rows else None
