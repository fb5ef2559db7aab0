"""US addresses: their parts, where they lie, and whether the parts agree."""

from functools import lru_cache
from typing import NamedTuple

from galena.domain.enrichment import Finding
from galena.kit.forms.texts import folded
from galena.kit.forms.zips import ZipPlace, time_zone_at, zip_place

_STREET = (
    "StreetNamePreModifier", "StreetNamePreDirectional", "StreetNamePreType", "StreetName", "StreetNamePostType",
    "StreetNamePostDirectional",
)  # fmt: skip
_HOUSE = ("AddressNumberPrefix", "AddressNumber", "AddressNumberSuffix")
_UNIT = ("OccupancyType", "OccupancyIdentifier", "SubaddressType", "SubaddressIdentifier")
_BOX = ("USPSBoxGroupType", "USPSBoxGroupID", "USPSBoxType", "USPSBoxID")
STATES = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA", "colorado": "CO",
    "connecticut": "CT", "delaware": "DE", "district of columbia": "DC", "florida": "FL", "georgia": "GA",
    "hawaii": "HI", "idaho": "ID", "illinois": "IL", "indiana": "IN", "iowa": "IA", "kansas": "KS", "kentucky": "KY",
    "louisiana": "LA", "maine": "ME", "maryland": "MD", "massachusetts": "MA", "michigan": "MI", "minnesota": "MN",
    "mississippi": "MS", "missouri": "MO", "montana": "MT", "nebraska": "NE", "nevada": "NV", "new hampshire": "NH",
    "new jersey": "NJ", "new mexico": "NM", "new york": "NY", "north carolina": "NC", "north dakota": "ND",
    "ohio": "OH", "oklahoma": "OK", "oregon": "OR", "pennsylvania": "PA", "puerto rico": "PR", "rhode island": "RI",
    "south carolina": "SC", "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT",
    "virginia": "VA", "washington": "WA", "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY",
}  # fmt: skip
_CODES = frozenset(STATES.values()) | {"AS", "GU", "VI", "MP", "AA", "AE", "AP"}


class AddressParts(NamedTuple):
    """An address in parts, as written, without the commas between them; "" for what is not there."""

    house: str = ""
    street: str = ""
    unit: str = ""
    box: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    kind: str = "unknown"


@lru_cache(maxsize=50_000)
def address_parts(text: str) -> AddressParts:
    """The parts of an address in one line, by the labels that usaddress gives its words."""
    import usaddress  # type: ignore[import-untyped]

    words = usaddress.parse(text)

    def joined(*labels: str) -> str:
        return " ".join(word.strip(" ,;()") for word, label in words if label in labels).strip()

    box = joined(*_BOX)
    crosses = any(label == "IntersectionSeparator" for _, label in words)
    street = joined(*_STREET)
    kind = (
        "po_box"
        if box
        else "intersection"
        if crosses
        else "street"
        if street
        else "place"
        if words
        else "unknown"
    )
    return AddressParts(
        joined(*_HOUSE),
        street,
        joined(*_UNIT),
        box,
        joined("PlaceName"),
        joined("StateName"),
        joined("ZipCode"),
        kind,
    )


def address_finding(
    text: str,
    city: str = "",
    state: str = "",
    zip_code: str = "",
    point: tuple[float, float] | None = None,
) -> Finding:
    """What an address says; city, state and ZIP are taken from it where they are not given apart.

    Values: kind (street, po_box, intersection, place), house_number, street, unit, box, city, state, zip, county,
    latitude, longitude, place_from (point or zip), time_zone, agrees (whether city and state fit the ZIP).

    Args:
        point: latitude and longitude, where they are known; the ZIP code's own point stands in for them.
    """
    parts = address_parts(text) if text.strip() else AddressParts()
    found = zip_place(zip_code or parts.zip)
    wanted_state = state_code(state or parts.state)
    wanted_city = city or parts.city
    values: dict[str, object] = {
        "kind": parts.kind,
        "house_number": parts.house,
        "street": parts.street,
        "unit": parts.unit,
        "box": parts.box,
        "city": wanted_city or (found.city if found else ""),
        "state": wanted_state or (found.state if found else ""),
        "zip": found.zip if found else "",
        "county": found.county if found else "",
    }
    values |= _where(found, point)
    reason, confidence, is_valid = "Its parts were read.", 0.8, True
    if found is not None:
        agrees = _agrees(found, wanted_city, wanted_state)
        values["agrees"] = agrees
        confidence = 0.95 if agrees else 0.5
        reason = (
            "City, state and ZIP agree."
            if agrees
            else "The ZIP code lies in another place than the city or state."
        )
        is_valid = agrees
    elif zip_code or parts.zip:
        reason, confidence, is_valid = "There is no such ZIP code.", 0.6, False
    elif parts.kind == "unknown" or not (parts.street or parts.box or wanted_city):
        return Finding("address", {}, 0.9, "It is no address.", False)
    return Finding(
        "address", {name: each for name, each in values.items() if each != ""}, confidence, reason, is_valid
    )


def state_code(text: str) -> str:
    """A state's two letters: "Texas", "tx", "Tex." is not one -> TX, TX, ""."""
    plain = folded(text)
    return STATES.get(plain) or (plain.upper() if plain.upper() in _CODES else "")


def _where(found: ZipPlace | None, point: tuple[float, float] | None) -> dict[str, object]:
    if point is not None:
        zone = (found.time_zone if found else "") or time_zone_at(*point) or ""
        return {"latitude": point[0], "longitude": point[1], "place_from": "point", "time_zone": zone}
    if found is None:
        return {}
    return {
        "latitude": found.latitude,
        "longitude": found.longitude,
        "place_from": "zip",
        "time_zone": found.time_zone,
    }


def _agrees(found: ZipPlace, city: str, state: str) -> bool:
    """Whether city and state fit the ZIP code; a city whose name the postal service knows by another is not held
    against it while the state is right."""
    if state:
        return state == found.state
    known = {folded(each) for each in (found.city, *found.other_cities)}
    return not city or folded(city) in known
