"""A lead's own values, read by the local providers that its playbook names."""

from collections.abc import Mapping
from typing import Any

from galena.domain.enrichment import Finding
from galena.domain.playbook.enrichment import LocalReading
from galena.engines.enrichment.local import (
    address_finding,
    company_finding,
    domain_finding,
    email_finding,
    name_finding,
    phone_finding,
    review_finding,
    title_finding,
)
from galena.engines.enrichment.local.emails import MailServers

TYPES: dict[str, str] = {
    "email": "Is an e-mail address well formed, and does it belong to a person, a post or a throw-away service?",
    "phone": "Is a phone number valid, of which type, where, in which time zone, and in all its spellings.",
    "name": "A person's name in parts, or that it names an organisation.",
    "title": "A job title written out, with its seniority and function.",
    "company": "A company's name without its legal form, and the industry (NAICS) its words tell of.",
    "domain": "Whose a web domain is and of which kind.",
    "address": "The parts of a US address; city, state, county, a point and the time zone by its ZIP code.",
    "reviews": "How content the writers of reviews are.",
}
"""What can be said without asking anybody, by type."""


def read_locally(
    fields: Mapping[str, Any],
    readings: tuple[LocalReading, ...],
    *,
    region: str = "US",
    mail_servers: MailServers | None = None,
) -> tuple[tuple[LocalReading, Finding], ...]:
    """What a lead's own values say; a reading whose value is unknown is left out."""
    found = []
    for reading in readings:
        value = fields.get(reading.reads)
        beside = {name: fields.get(field) for name, field in reading.beside.items()}
        if value in (None, "", []) and not (reading.kind == "address" and beside.get("zip")):
            continue
        found.append(
            (reading, say(reading.kind, value or "", beside, region=region, mail_servers=mail_servers))
        )
    return tuple(found)


def say(
    kind: str,
    value: Any,
    beside: Mapping[str, Any] | None = None,
    *,
    region: str = "US",
    mail_servers: MailServers | None = None,
) -> Finding:
    """What one value says by itself.

    Args:
        beside: what else is known, by the provider's names (an address: city, state, zip, latitude, longitude).

    Raises:
        KeyError: there is no such type.
    """
    known = {name: each for name, each in (beside or {}).items() if each not in (None, "")}
    if kind == "email":
        return email_finding(str(value), mail_servers)
    if kind == "phone":
        return phone_finding(str(value), region)
    if kind == "company":
        return company_finding(str(value), str(known.get("description", "")))
    if kind == "domain":
        return domain_finding(str(value), str(known.get("company", "")))
    if kind == "address":
        return _address(str(value), known)
    if kind == "reviews":
        return review_finding([str(each) for each in (value if isinstance(value, list) else [value])])
    return {"name": name_finding, "title": title_finding}[kind](str(value))


def fillings(read: tuple[tuple[LocalReading, Finding], ...], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The lead fields that nobody else knows and a finding is sure enough of."""
    found: dict[str, Any] = {}
    for reading, finding in read:
        if finding.is_valid is False or finding.confidence < reading.least_confidence:
            continue
        for field, name in reading.fills.items():
            if fields.get(field) in (None, "", []) and finding.values.get(name) not in (None, "", []):
                found.setdefault(field, finding.values[name])
    return found


def _address(text: str, known: Mapping[str, Any]) -> Finding:
    point = None
    if "latitude" in known and "longitude" in known:
        point = (float(known["latitude"]), float(known["longitude"]))
    city, state, zip_code = (str(known.get(name, "")) for name in ("city", "state", "zip"))
    return address_finding(text, city, state, zip_code, point)
