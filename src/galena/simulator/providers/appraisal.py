"""A county's appraisal district on this machine: one roll, asked by address or through a map layer.

`GET /api/Property/Search?Address=...` answers as Tarrant's search does; `/layer/query` is the same roll as a layer of
ArcGIS, with the columns of Dallas. Neither is clever: both want the number of the house and the beginning of a word of
the street's name, and leave it to the one who asks to tell which of the parcels it is.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from galena.simulator.providers import arcgis
from galena.simulator.providers.server import Asked, Reply

SEARCH = "/api/Property/Search"
LAYER = "/layer"
BEGINNING = 3
"""Letters of a street's name that a search needs."""

Parcel = Mapping[str, Any]

_LAYER_COLUMNS = {
    "PARCELID": "account_num",
    "OWNERNME1": "owner_name",
    "PSTLADDRESS": "owner_address",
    "SITEADDRESS": "situs_address",
    "CNTASSDVAL": "total_value",
    "LNDVALUE": "land_value",
    "IMPVALUE": "improvement_value",
    "RESYRBLT": "year_built",
    "BLDGAREA": "living_area",
}
_UNITS = re.compile(r"\s(?:#|UNIT\b|APT\b|STE\b|SUITE\b|BLDG\b).*")


class Appraisal:
    """The roll of a county, and how it is asked."""

    def __init__(self, parcels: Sequence[Parcel], *, most: int = 1000) -> None:
        self._by_number: dict[str, list[Parcel]] = defaultdict(list)
        for each in parcels:
            self._by_number[_words(each["situs_address"])[0]].append(each)
        self._layer = [
            {column: each.get(name) for column, name in _LAYER_COLUMNS.items()}
            | {"PSTLCITY": "", "PSTLSTATE": "", "PSTLZIP5": "", "CLASSDSCRP": ""}
            for each in parcels
        ]
        self._most = most

    def answer(self, asked: Asked) -> Reply:
        """The protocol of the server."""
        if asked.path == SEARCH:
            return Reply({"parcels": self.found(asked.query.get("Address", ""))})
        if asked.path == f"{LAYER}/query":
            return arcgis.query(asked, self._layer, most=self._most)
        return Reply({"error": "not_found", "message": "no such page"}, 404)

    def found(self, address: str) -> list[Parcel]:
        """The parcels of the house's number whose street begins like a word of the address."""
        words = _words(address)
        starts = _starts(words)
        return [
            each
            for each in self._by_number.get(words[0] if words else "", ())
            if starts & _starts(_words(each["situs_address"]))
        ]


def _words(address: str) -> list[str]:
    return re.findall(r"\w+", _UNITS.sub("", address.upper()))


def _starts(words: Sequence[str]) -> set[str]:
    return {word[:BEGINNING] for word in words[1:] if len(word) >= BEGINNING or not word.isalpha()}
