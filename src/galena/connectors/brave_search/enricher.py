"""Searches the web for a lead, keeps what names it, and mines that for signs of a sale."""

from collections.abc import Mapping
from typing import Any

from galena.connectors.brave_search.signs import names_it, signs_in
from galena.connectors.rest.asking import Asking, records_in
from galena.connectors.rest.beside import description_beside
from galena.connectors.rest.description import LookUp
from galena.connectors.rest.places import ABSENT, at
from galena.domain.connector import Access, LookUpAnswer, Trial
from galena.kit.web import WebClient

_DAY_S = 86_400.0
_KEPT = ("title", "url", "description", "age")


def open_enricher(access: Access, web: WebClient) -> "BraveEnricher":
    """The enricher of a connection."""
    description = description_beside(__file__)
    assert description.look_up is not None
    return BraveEnricher(description.look_up, Asking(description, access, web))


class BraveEnricher:
    """Looks up single leads."""

    def __init__(self, look_up: LookUp, asking: Asking) -> None:
        self._look_up = look_up
        self._asking = asking

    def mapping_name(self) -> str:
        """The mapping of the records it finds."""
        return self._look_up.mapping

    def needs(self) -> tuple[str, ...]:
        """The lead fields without which it cannot ask."""
        return self._look_up.needs

    def try_out(self) -> Trial:
        """Makes one small search.

        Raises:
            GalenaError: the connection does not work, and why.
        """
        record, _, _ = self._searched(self._look_up.sample, 0.0)
        return Trial((record,), tuple(record))

    def look_up(self, lead: Mapping[str, Any]) -> LookUpAnswer:
        """Searches for one lead, given by its fields.

        Raises:
            WebError: Brave gave no usable answer.
        """
        if not str(lead.get("name") or "").strip():
            return LookUpAnswer("unasked", because="the lead has no name")
        record, found, calls = self._searched(lead, self._look_up.cache_days * _DAY_S)
        naming = len(record["results"])
        if not naming:
            return LookUpAnswer("absent", because="no page found names it", calls=calls)
        because = f"{naming} of {found} pages found name it"
        return LookUpAnswer("found", record, because, round(0.5 + naming / found / 2, 3), calls)

    def _searched(self, lead: Mapping[str, Any], cache_s: float) -> tuple[dict[str, Any], int, int]:
        """The record of a search, how many pages it found, and the calls made."""
        name = str(lead["name"]).strip()
        call = self._asking.call(self._look_up.request, {"lead": lead}, label="search", cache_s=cache_s)
        body, answer = self._asking.ask(call)
        # A search without results leaves out `web` altogether.
        nothing = at(body, "type") == "search" and at(body, "web") is ABSENT
        found = [] if nothing else records_in(body, self._look_up.records_at, label="search")
        results = [
            {place: each.get(place) for place in _KEPT}
            for each in found
            if isinstance(each, Mapping) and names_it(name, f"{each.get('title')} {each.get('description')}")
        ]
        texts = (str(each[place] or "") for each in results for place in ("title", "description"))
        query = next(text for place, text in call.params if place == "q")
        record = {"query": query, "name": name, "results": results, "signs": signs_in(texts)}
        return record, len(found), answer.attempts
