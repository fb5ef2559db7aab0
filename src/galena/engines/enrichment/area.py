"""Which counties a property can lie in, so that a county is asked only about its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from galena.domain.playbook.enrichment import Enrichment
from galena.kit.forms.zips import county_name, town_counties, zip_place


@dataclass(frozen=True, slots=True)
class Area:
    """The counties that a source knows, and the lead fields that tell where a lead lies.

    Attributes:
        counties: "tarrant, tx", in lower case.
        zip, city, state, county: names of lead fields; "": the playbook has none.
    """

    counties: frozenset[str]
    zip: str = ""
    city: str = ""
    state: str = ""
    county: str = ""

    @classmethod
    def of(cls, text: str, enrichment: Enrichment) -> "Area | None":
        """The area that a setting names, as "Tarrant, TX; Johnson, TX"; None where it names none.

        Which fields tell the place is what the playbook says of addresses.
        """
        named = frozenset(found for part in text.split(";") if (found := county_name(*_apart(part))))
        reading = next((each for each in enrichment.local if each.kind == "address"), None)
        if not named or reading is None:
            return None
        beside = reading.beside
        county = next((field for field, value in reading.fills.items() if value == "county"), "")
        return cls(named, beside.get("zip", ""), beside.get("city", ""), beside.get("state", ""), county)

    def outside(self, fields: Mapping[str, Any]) -> str:
        """Why a lead cannot be known there; "" where it can, or where nobody can say."""
        possible = self._possible(fields)
        if not possible or possible & self.counties:
            return ""
        where = " or ".join(sorted(each.partition(",")[0].title() for each in possible))
        return f"the property lies in {where} County, which this source does not cover"

    def _possible(self, fields: Mapping[str, Any]) -> frozenset[str]:
        """The counties of its ZIP code and all over which its town spreads: ZIP codes cross borders, too."""
        code, city, state, county = (
            str(fields.get(name) or "").strip() for name in (self.zip, self.city, self.state, self.county)
        )
        found = {county_name(county, state)}
        if place := zip_place(code) if code else None:
            found |= {county_name(place.county, place.state), *town_counties(place.city, place.state)}
            state = state or place.state
        return frozenset(filter(None, found | town_counties(city, state)))


def _apart(text: str) -> tuple[str, str]:
    county, _, state = text.partition(",")
    return county, state
