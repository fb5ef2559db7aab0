"""Asks the register in charge of a domain, as RFC 9082 says and RFC 9083 answers."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from galena.domain.connector import Access, LookUpAnswer, Trial
from galena.kit.forms.domains import registered_domain
from galena.kit.forms.emails import FREE_DOMAINS
from galena.kit.web import Call, RefusedError, UnreadableAnswerError, WebClient

CACHE_S = 30 * 86_400.0
SAMPLE = "example.com"
_EVENTS = {"registration": "registered_on", "last changed": "changed_on", "expiration": "expires_on"}


def open_enricher(access: Access, web: WebClient) -> "RdapEnricher":
    """The enricher of a connection."""
    return RdapEnricher(str(access.settings["address"]), web)


class RdapEnricher:
    """Looks up single leads."""

    def __init__(self, address: str, web: WebClient) -> None:
        self._address = address.rstrip("/")
        self._web = web

    def mapping_name(self) -> str:
        """The mapping of the records it finds."""
        return "rdap_domain"

    def needs(self) -> tuple[str, ...]:
        """None in particular: a website or a company's e-mail address will do."""
        return ()

    def try_out(self) -> Trial:
        """Asks for a domain that everybody knows.

        Raises:
            GalenaError: the connection does not work, and why.
        """
        record, _ = self._ask(SAMPLE, 0.0)
        return Trial((record,), tuple(record))

    def look_up(self, lead: Mapping[str, Any]) -> LookUpAnswer:
        """Asks about one lead, given by its fields.

        Raises:
            WebError: the register gave no usable answer.
        """
        domain = _own_domain(lead)
        if domain is None:
            return LookUpAnswer(
                "unasked", because="the lead has no website or company e-mail of its own domain"
            )
        try:
            record, calls = self._ask(domain, CACHE_S)
        except RefusedError as fault:
            if fault.status not in (404, 410):
                raise
            return LookUpAnswer("absent", because="the register knows no such domain", calls=1)
        if "registered_on" not in record:
            return LookUpAnswer(
                "absent", because="the register does not tell when it was registered", calls=calls
            )
        return LookUpAnswer("found", record, "same domain", 1.0, calls)

    def _ask(self, domain: str, cache_s: float) -> tuple[dict[str, Any], int]:
        headers = {"accept": "application/rdap+json, application/json"}
        call = Call(
            f"{self._address}/domain/{quote(domain)}", headers=headers, label="domain", cache_s=cache_s
        )
        answer = self._web.send(call)
        body = answer.json()
        if not isinstance(body, Mapping) or body.get("objectClassName") != "domain":
            raise UnreadableAnswerError(
                "The answer does not describe a domain.",
                facts={"expected": "objectClassName: domain"},
                remedy="Check the address of the server.",
            )
        return _record(domain, body), answer.attempts


def _own_domain(lead: Mapping[str, Any]) -> str | None:
    """The domain of the website, or of an e-mail address that no free provider keeps."""
    website = registered_domain(str(lead.get("website") or ""))
    if website and "/" not in website:
        return website
    email = str(lead.get("email") or "")
    mail = registered_domain(email.rpartition("@")[2]) if "@" in email else None
    return mail if mail and "/" not in mail and mail not in FREE_DOMAINS else None


def _record(domain: str, body: Mapping[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = {"domain": domain}
    for event in _mappings(body.get("events")):
        if (name := _EVENTS.get(str(event.get("eventAction")))) and event.get("eventDate"):
            record[name] = str(event["eventDate"])[:10]
    record["states"] = [str(each) for each in body.get("status") or ()]
    for entity in _mappings(body.get("entities")):
        if "registrar" in (entity.get("roles") or ()):
            record["registrar"] = _full_name(entity)
    return record


def _full_name(entity: Mapping[str, Any]) -> str | None:
    """The name on a vCard written as JSON (RFC 7095)."""
    card = entity.get("vcardArray")
    lines = card[1] if isinstance(card, list) and len(card) > 1 and isinstance(card[1], list) else []
    found = (line[3] for line in lines if isinstance(line, list) and len(line) > 3 and line[0] == "fn")
    return next((str(name) for name in found), None)


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
