"""Gates as JSON, for the database, files and forms: written by `gates_as_json`, read and checked by `gates_of_json`."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from galena.domain.gates import (
    LABELS,
    NUMBER_FACTS,
    WORD_FACTS,
    AreaGate,
    Circle,
    Gate,
    IndustryGate,
    Polygon,
    RadiusGate,
    RangeGate,
    Ring,
    Unknown,
    WordsGate,
)
from galena.kit.errors import InputError

FEWEST_CORNERS = 4
"""Points of a GeoJSON ring at least: three corners and the first one again."""


def gates_as_json(gates: Iterable[Gate]) -> list[dict[str, Any]]:
    """Gates as JSON, in their order: `{"gate": "state", "values": ["TX"], "unknown": "refuse"}`.

    A drawn area is `{"gate": "area", "shape": <GeoJSON MultiPolygon>, ...}`.
    """
    return [{"gate": gate.name, **_content(gate), "unknown": gate.unknown} for gate in gates]


def gates_of_json(content: object) -> tuple[Gate, ...]:
    """The gates of a JSON list.

    Raises:
        InputError: an entry cannot be a gate, or a gate is there twice; the facts say which entry.
    """
    if not isinstance(content, Sequence) or isinstance(content, str):
        raise InputError("Gates are a list.", remedy='Write [{"gate": "state", "values": ["TX"]}].')
    gates = tuple(_gate(entry, number) for number, entry in enumerate(content, start=1))
    names = [gate.name for gate in gates]
    for name in names:
        if names.count(name) > 1:
            raise InputError(
                "A gate is there twice.", facts={"gate": name}, remedy="Put its values into one gate."
            )
    return gates


def _content(gate: Gate) -> dict[str, Any]:
    """What is special to the kind of gate."""
    match gate:
        case WordsGate():
            return {"values": list(gate.values)}
        case RangeGate():
            return {"minimum": gate.minimum, "maximum": gate.maximum}
        case IndustryGate():
            return {"included": list(gate.included), "excluded": list(gate.excluded)}
        case RadiusGate():
            return {
                "circles": [
                    {"latitude": c.latitude, "longitude": c.longitude, "miles": c.miles} for c in gate.circles
                ]
            }
        case AreaGate():
            rings = [
                [[list(corner) for corner in ring] for ring in (p.outer, *p.holes)] for p in gate.polygons
            ]
            return {"shape": {"type": "MultiPolygon", "coordinates": rings}}


def _gate(entry: object, number: int) -> Gate:
    """One entry of the list."""
    if not isinstance(entry, Mapping):
        raise InputError("A gate is an object.", facts={"entry": number, "value": entry})
    name = entry.get("gate")
    unknown: Any = entry.get("unknown") or "refuse"
    if unknown not in get_args(Unknown):
        raise _wrong(number, "unknown", unknown, "Write accept or refuse.")
    if name in WORD_FACTS:
        return WordsGate(name, _words(entry, "values", number, required=True), unknown)
    if name in NUMBER_FACTS:
        return _range(entry, name, unknown, number)
    if name == "industry":
        included, excluded = (
            _words(entry, "included", number, required=False),
            _words(entry, "excluded", number, required=False),
        )
        if not included and not excluded:
            raise _wrong(number, "included", [], "Name an industry to include or to exclude.")
        return IndustryGate(included, excluded, unknown)
    if name == "radius":
        return RadiusGate(_circles(entry.get("circles"), number), unknown)
    if name == "area":
        return AreaGate(polygons_of_geojson(entry.get("shape"), number), unknown)
    raise _wrong(number, "gate", name, f"Use one of: {', '.join(LABELS)}.")


def _wrong(number: int, where: str, value: object, remedy: str) -> InputError:
    return InputError(
        "A gate cannot be read.", facts={"entry": number, "where": where, "value": value}, remedy=remedy
    )


def _words(entry: Mapping[str, Any], where: str, number: int, *, required: bool) -> tuple[str, ...]:
    """A list of texts, without empty ones."""
    given = entry.get(where) or []
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise _wrong(number, where, given, "Write a list of texts.")
    words = tuple(str(word).strip() for word in given if str(word).strip())
    if required and not words:
        raise _wrong(number, where, given, "Name at least one.")
    return words


def _range(entry: Mapping[str, Any], fact: Any, unknown: Any, number: int) -> RangeGate:
    """A gate over numbers, with a limit at least on one side."""
    minimum, maximum = (
        None if entry.get(side) is None else _number(entry[side], side, number)
        for side in ("minimum", "maximum")
    )
    if minimum is None and maximum is None:
        raise _wrong(number, "minimum", None, "Give a minimum or a maximum.")
    if minimum is not None and maximum is not None and minimum > maximum:
        raise _wrong(number, "minimum", minimum, f"It must not be above the maximum, {maximum:g}.")
    return RangeGate(fact, minimum, maximum, unknown)


def _number(value: object, where: str, number: int) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _wrong(number, where, value, "Write a number.")
    return float(value)


def _circles(content: object, number: int) -> tuple[Circle, ...]:
    """At least one circle on the globe."""
    if not isinstance(content, Sequence) or isinstance(content, str) or not content:
        raise _wrong(number, "circles", content, "Give at least one point with its miles.")
    circles = []
    for entry in content:
        if not isinstance(entry, Mapping):
            raise _wrong(number, "circles", entry, "Write latitude, longitude and miles.")
        latitude, longitude, miles = (
            _number(entry.get(where), where, number) for where in ("latitude", "longitude", "miles")
        )
        _on_globe(longitude, latitude, number)
        if miles < 0:
            raise _wrong(number, "miles", miles, "A distance is 0 or more.")
        circles.append(Circle(latitude, longitude, miles))
    return tuple(circles)


def _on_globe(longitude: float, latitude: float, number: int) -> None:
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise _wrong(
            number,
            "point",
            [longitude, latitude],
            "Write longitude (-180 to 180), then latitude (-90 to 90).",
        )


def polygons_of_geojson(shape: object, number: int = 1) -> tuple[Polygon, ...]:
    """The areas of a GeoJSON Polygon, MultiPolygon, Feature or FeatureCollection.

    Raises:
        InputError: it is none of these, a ring is not closed or a point is not on the globe.
    """
    remedy = "Draw it again, or give a GeoJSON Polygon or MultiPolygon."
    if not isinstance(shape, Mapping):
        raise _wrong(number, "shape", shape, remedy)
    kind, coordinates = shape.get("type"), shape.get("coordinates")
    if kind == "FeatureCollection":
        parts = shape.get("features") or []
        found = tuple(polygon for part in parts for polygon in polygons_of_geojson(part, number))
    elif kind == "Feature":
        found = polygons_of_geojson(shape.get("geometry"), number)
    elif kind == "Polygon":
        found = (_polygon(coordinates, number),)
    elif kind == "MultiPolygon" and isinstance(coordinates, Sequence):
        found = tuple(_polygon(part, number) for part in coordinates)
    else:
        raise _wrong(number, "shape", kind, remedy)
    if not found:
        raise _wrong(number, "shape", kind, remedy)
    return found


def _polygon(rings: object, number: int) -> Polygon:
    """An outer ring and holes."""
    if not isinstance(rings, Sequence) or isinstance(rings, str) or not rings:
        raise _wrong(number, "shape", rings, "A polygon is a list of rings, the outer one first.")
    outer, *holes = (_ring(ring, number) for ring in rings)
    return Polygon(outer, tuple(holes))


def _ring(ring: object, number: int) -> Ring:
    """A closed ring of points on the globe."""
    if not isinstance(ring, Sequence) or isinstance(ring, str) or len(ring) < FEWEST_CORNERS:
        raise _wrong(number, "shape", ring, "A ring has at least three corners and ends where it begins.")
    corners = []
    for point in ring:
        if not isinstance(point, Sequence) or isinstance(point, str) or len(point) < 2:
            raise _wrong(number, "shape", point, "A corner is [longitude, latitude].")
        longitude, latitude = (_number(part, "shape", number) for part in point[:2])
        _on_globe(longitude, latitude, number)
        corners.append((longitude, latitude))
    if corners[0] != corners[-1]:
        raise _wrong(number, "shape", list(corners[-1]), "Close the ring: its last corner repeats the first.")
    return tuple(corners)
