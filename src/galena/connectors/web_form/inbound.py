"""What a form of a website sends: fields as HTML forms post them, or JSON, with a token that says which form it is."""

import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import orjson

from galena.domain.inbound import InboundEvent, fingerprint, lead_key
from galena.kit.web.signatures import MissingHeaderError, SecretError, WrongSignatureError, secrets_in

TOKEN, TRAP = "token", "_gotcha"
HEADER = "x-form-token"
SHORTEST = 16
_NAMES = {
    "name": ("name", "full_name", "fullname", "your_name", "contact_name", "owner_name"),
    "first_name": ("first_name", "firstname", "fname", "given_name"),
    "last_name": ("last_name", "lastname", "lname", "surname", "family_name"),
    "email": ("email", "e_mail", "email_address", "your_email", "mail"),
    "phone": ("phone", "tel", "telephone", "phone_number", "mobile", "your_phone"),
    "company": ("company", "business", "business_name", "organization", "organisation", "company_name"),
    "title": ("title", "job_title", "role", "position"),
    "website": ("website", "url", "site"),
    "address": ("address", "street", "street_address"),
    "city": ("city", "town"),
    "state": ("state", "region", "province"),
    "postal_code": ("postal_code", "zip", "zip_code", "zipcode", "postcode"),
    "country": ("country",),
    "campaign": ("campaign", "utm_campaign"),
    "source": ("source", "utm_source"),
    "tags": ("tags",),
    "form": ("form", "form_name", "form_id"),
    "page": ("page", "page_url", "referrer"),
    "text": ("message", "comments", "comment", "your_message", "question", "notes"),
    "work": ("work", "project", "service", "description"),
    "submission": ("submission_id", "event_id", "entry_id"),
}
"""What a field means -> the names it goes by, in small letters and underscores."""

_ABOUT_LEAD = (
    *("company", "title", "website", "address", "city", "state", "postal_code", "country"),
    *("campaign", "source", "tags", "work"),
)


def verify(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> None:  # noqa: ARG001
    """See `Inbound.verify`; the secret is the form's token, which is compared and never shown."""
    wanted = secrets_in(secret)
    if any(len(each) < SHORTEST for each in wanted):
        raise SecretError("The token is too short.", remedy=f"Give one of {SHORTEST} characters or more.")
    given = next((value for name, value in headers.items() if name.lower() == HEADER), "") or _token(body)
    if not given:
        raise MissingHeaderError(
            "The form carries no token.", remedy=f"Add a hidden field named {TOKEN}, or the header {HEADER}."
        )
    fits = [hmac.compare_digest(given.encode(), each.encode()) for each in wanted]
    if not any(fits):
        raise WrongSignatureError(
            "The token is not the form's.", remedy="Compare the token here with the one in the form."
        )


def read(payload: Mapping[str, Any], headers: Mapping[str, str]) -> InboundEvent:  # noqa: ARG001
    """See `Inbound.read`. What a program filled in that fell into the trap is kept, and makes no lead."""
    sent = {field: value for field, value in payload.items() if field != TOKEN}
    told = _told(sent)
    number = str(told.pop("submission", "") or fingerprint(sent))
    if not sent or sent.get(TRAP):
        kind = "form.spam" if sent else "unknown"
        return InboundEvent("web_form", kind, number, "", sent, {"lead_key": lead_key(None, number)})
    name = told.get("name") or " ".join(filter(None, (told.get("first_name"), told.get("last_name"))))
    key = str(told.get("email") or told.get("phone") or "").strip().lower()
    about: dict[str, Any] = {
        part: told[part] for part in ("form", "page", "campaign", "text") if part in told
    }
    named: dict[str, Any] = {"signal": "form_submitted", "email": told.get("email")}
    event = {**about, **named, "lead_key": lead_key(key, number)}
    lead: dict[str, Any] = {part: told[part] for part in ("email", "phone", *_ABOUT_LEAD) if part in told}
    lead.update(id=key, name=name, business=told.get("company") or name)
    return InboundEvent("web_form", "form.submitted", number, "", sent, event, lead if key else None)


def _told(sent: Mapping[str, Any]) -> dict[str, str]:
    """The fields that are understood, by what they mean; the first name that is filled in counts."""
    by_name: dict[str, str] = {}
    for name, value in sent.items():
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            word = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
            by_name.setdefault(word, str(value).strip())
    found = {}
    for meaning, names in _NAMES.items():
        value = next((by_name[name] for name in names if name in by_name), None)
        if value is not None:
            found[meaning] = value
    return found


def _token(body: bytes) -> str:
    """The token among the fields, of a form or of JSON; empty where there is none."""
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        payload = {name: values[-1] for name, values in _fields(body).items()}
    found = payload.get(TOKEN) if isinstance(payload, dict) else None
    return found if isinstance(found, str) else ""


def _fields(body: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(body.decode(), max_num_fields=500)
    except ValueError:
        return {}
