"""What Stripe sends, signed with a header of time and HMAC-SHA256."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from galena.domain.inbound import InboundEvent, fingerprint, instant_text, lead_key, value_at
from galena.kit.web.signatures import check_timed_hex, header

_WHOLE = frozenset(
    (
        "bif",
        "clp",
        "djf",
        "gnf",
        "jpy",
        "kmf",
        "krw",
        "mga",
        "pyg",
        "rwf",
        "ugx",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    )
)
"""Currencies without smaller coins: their amounts are whole, all others in hundredths."""

_THOUSANDTHS = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))


def verify(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> None:
    """See `Inbound.verify`."""
    check_timed_hex(body, header(headers, "stripe-signature"), secret, now)


def read(payload: Mapping[str, Any], headers: Mapping[str, str]) -> InboundEvent:  # noqa: ARG001
    """See `Inbound.read`."""
    kind = str(payload.get("type") or "unknown")
    number = str(payload.get("id") or fingerprint(payload))
    about = value_at(payload, "data.object")
    about = about if isinstance(about, Mapping) else {}
    customer = _customer(about)
    email = next(
        (
            found
            for place in (
                "customer_email",
                "customer_details.email",
                "billing_details.email",
                "receipt_email",
            )
            if (found := value_at(about, place))
        ),
        about.get("email") if about.get("object") == "customer" else None,
    )
    amount = about.get("amount_paid", about.get("amount_total", about.get("amount")))
    told = {
        "signal": _signal(kind, about),
        "email": email,
        "contact_id": customer,
        "lead_key": lead_key(customer, number),
        "amount": _money(amount, about.get("currency")),
        "currency": str(about.get("currency") or "").upper() or None,
        "object": about.get("object"),
        "object_id": about.get("id"),
        "status": about.get("status"),
    }
    lead = _lead(kind, about, customer)
    return InboundEvent("stripe", kind, number, instant_text(payload.get("created")), payload, told, lead)


def _customer(about: Mapping[str, Any]) -> str | None:
    found = about.get("id") if about.get("object") == "customer" else about.get("customer")
    if isinstance(found, Mapping):
        found = found.get("id")
    return found if isinstance(found, str) and found else None


def _signal(kind: str, about: Mapping[str, Any]) -> str | None:
    """A payment is told once: by its invoice, or by the checkout when that made no invoice."""
    if kind == "invoice.paid":
        return "paid"
    if kind == "invoice.payment_failed":
        return "payment_failed"
    is_payment = about.get("mode") == "payment" and about.get("payment_status") == "paid"
    if kind == "checkout.session.completed" and is_payment and not about.get("invoice"):
        return "paid"
    return None


def _money(amount: object, currency: object) -> float | None:
    if not isinstance(amount, int | float) or isinstance(amount, bool):
        return None
    code = str(currency).lower()
    return amount / (1 if code in _WHOLE else 1_000 if code in _THOUSANDTHS else 100)


def _lead(kind: str, about: Mapping[str, Any], customer: str | None) -> dict[str, Any] | None:
    if kind in ("customer.created", "customer.updated") and customer:
        person = about
    elif kind == "checkout.session.completed" and isinstance(about.get("customer_details"), Mapping):
        person = about["customer_details"]
    else:
        return None
    key = customer or person.get("email")
    if not key:
        return None
    return {
        "id": key,
        "name": person.get("name"),
        "email": person.get("email"),
        "phone": person.get("phone"),
        "city": value_at(person, "address.city"),
        "state": value_at(person, "address.state"),
        "postal_code": value_at(person, "address.postal_code"),
        "country": value_at(person, "address.country"),
    }
