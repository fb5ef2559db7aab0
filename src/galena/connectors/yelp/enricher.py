"""Looks a business up: which it is, then what Yelp says of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from galena.connectors.rest import RestEnricher
from galena.connectors.rest.asking import AbsentError, Asking
from galena.connectors.rest.beside import description_beside
from galena.connectors.rest.description import Request
from galena.domain.connector import Access, LookUpAnswer, Trial
from galena.kit.web import WebClient

DETAILS_CACHE_S = 86_400.0
"""How long a rating is used again: as long as Yelp allows it to be kept."""


def open_enricher(access: Access, web: WebClient) -> "YelpEnricher":
    """The enricher of a connection."""
    description = description_beside(__file__)
    return YelpEnricher(RestEnricher(description, access, web), Asking(description, access, web))


class YelpEnricher:
    """Looks up single leads."""

    def __init__(self, matching: RestEnricher, asking: Asking) -> None:
        self._matching = matching
        self._asking = asking

    def mapping_name(self) -> str:
        """The mapping of the records it finds."""
        return self._matching.mapping_name()

    def needs(self) -> tuple[str, ...]:
        """The lead fields without which it cannot ask."""
        return self._matching.needs()

    def try_out(self) -> Trial:
        """Asks for a well-known business.

        Raises:
            GalenaError: the connection does not work, and why.
        """
        return self._matching.try_out()

    def look_up(self, lead: Mapping[str, Any]) -> LookUpAnswer:
        """Asks about one lead, given by its fields.

        Raises:
            WebError: Yelp gave no usable answer.
        """
        found = self._matching.look_up(lead)
        if found.record is None:
            return found
        request = Request(path="/v3/businesses/{lead.id}")
        call = self._asking.call(request, {"lead": found.record}, label="business", cache_s=DETAILS_CACHE_S)
        try:
            details, answer = self._asking.ask(call)
        except AbsentError:
            gone = "Yelp knows the business but does not show it"
            return LookUpAnswer("absent", because=gone, calls=found.calls + 1)
        return replace(found, record={**found.record, **details}, calls=found.calls + answer.attempts)
