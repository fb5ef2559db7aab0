"""US postcodes: where one lies, and its time zone. Nothing is fetched: the table comes with the library."""

from functools import lru_cache
from typing import Any, NamedTuple

from galena.kit.forms.texts import folded


class ZipPlace(NamedTuple):
    """Where a ZIP code lies: its main town, and a point inside it."""

    zip: str
    city: str
    state: str
    county: str
    latitude: float
    longitude: float
    time_zone: str
    other_cities: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    import zipcodes

    return {each["zip_code"]: each for each in zipcodes.list_all()}  # type: ignore[no-untyped-call]


@lru_cache(maxsize=50_000)
def zip_place(text: str) -> ZipPlace | None:
    """The place of a ZIP code, "78701" or "78701-1234"; None where there is no such code."""
    digits = text.strip().removesuffix(".0").partition("-")[0]
    if digits.isdigit() and len(digits) in (3, 4):  # A table program took the leading zeros.
        digits = digits.zfill(5)
    found = _table().get(digits[:5]) if len(digits) in (5, 9) else None
    if found is None:
        return None
    return ZipPlace(
        found["zip_code"],
        found["city"],
        found["state"],
        found["county"],
        float(found["lat"]),
        float(found["long"]),
        found["timezone"] or "",
        tuple(found["acceptable_cities"]),
    )


def county_name(county: str, state: str) -> str:
    """A county in one spelling, "tarrant, tx"; "" where either is not said."""
    plain = folded(county).removesuffix(" county").strip()
    code = folded(state)
    return f"{plain}, {code}" if plain and code else ""


@lru_cache(maxsize=1)
def _towns() -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for each in _table().values():
        if name := county_name(each["county"], each["state"]):
            for town in (each["city"], *each["acceptable_cities"]):
                found.setdefault((folded(town), folded(each["state"])), set()).add(name)
    return {town: frozenset(names) for town, names in found.items()}


def town_counties(city: str, state: str) -> frozenset[str]:
    """Every county over which the ZIP codes of a town spread, "travis, tx"; none where the town is not known."""
    return _towns().get((folded(city), folded(state)), frozenset())


@lru_cache(maxsize=1)
def _finder() -> Any:
    from timezonefinder import TimezoneFinder

    return TimezoneFinder()


@lru_cache(maxsize=50_000)
def time_zone_at(latitude: float, longitude: float) -> str | None:
    """The time zone of a point on land, "America/Chicago"; None at sea or where the numbers are no point."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180) or (latitude == 0 and longitude == 0):
        return None
    found: str | None = _finder().timezone_at_land(lat=latitude, lng=longitude)
    return found
