"""What any sender gives that signs by Standard Webhooks: `{"type": ..., "timestamp": ..., "data": {...}}`.

Types that end in `.created` or `.updated` with an e-mail, a telephone or a name in `data` describe a lead; types
`signal.<kind>` are signals of the playbook's kinds; all others are kept.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from galena.domain.inbound import InboundEvent, fingerprint, instant_text, lead_key
from galena.kit.web.signatures import check_standard_webhook

_SIGNAL = "signal."
_DESCRIBING = ("email", "phone", "name", "first_name", "last_name", "company")


def verify(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> None:
    """See `Inbound.verify`."""
    check_standard_webhook(headers, body, secret, now)


def read(payload: Mapping[str, Any], headers: Mapping[str, str]) -> InboundEvent:
    """See `Inbound.read`."""
    kind = str(payload.get("type") or "unknown")
    by_name = {name.lower(): value for name, value in headers.items()}
    number = by_name.get("webhook-id") or by_name.get("svix-id") or fingerprint(payload)
    about = payload.get("data")
    about = about if isinstance(about, Mapping) else {}
    contact = about.get("lead_id") or about.get("contact_id")
    told = {name: value for name, value in about.items() if not isinstance(value, Mapping | list)}
    told |= {
        "signal": kind.removeprefix(_SIGNAL) if kind.startswith(_SIGNAL) else None,
        "email": about.get("email"),
        "contact_id": contact,
        "lead_key": lead_key(contact, number),
    }
    moment = instant_text(payload.get("timestamp"))
    return InboundEvent("standard_webhooks", kind, number, moment, payload, told, _lead(kind, about))


def _lead(kind: str, about: Mapping[str, Any]) -> dict[str, Any] | None:
    key = about.get("id") or about.get("email") or about.get("phone")
    if not kind.endswith((".created", ".updated")) or not key or not any(map(about.get, _DESCRIBING)):
        return None
    name = about.get("name") or " ".join(
        str(part) for part in (about.get("first_name"), about.get("last_name")) if part
    )
    return {**about, "id": key, "name": name, "business": about.get("company") or name}
