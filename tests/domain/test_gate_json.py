"""Gates as JSON: what is written is read again; what is wrong is said with its place."""

import pytest

from galena.domain.gate_json import gates_as_json, gates_of_json, polygons_of_geojson
from galena.domain.gates import (
    AreaGate,
    Circle,
    Gate,
    IndustryGate,
    Polygon,
    RadiusGate,
    RangeGate,
    WordsGate,
    facts_of,
)
from galena.kit.errors import InputError

SQUARE = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0), (0.0, 0.0))
HOLE = ((0.5, 0.5), (1.0, 0.5), (1.0, 1.0), (0.5, 0.5))
GATES: tuple[Gate, ...] = (
    WordsGate("state", ("TX", "OK"), "accept"),
    WordsGate("zip", ("750*",)),
    RangeGate("annual_revenue", 1e6, None),
    IndustryGate(("23", "restaurant"), ("bar",), "accept"),
    RadiusGate((Circle(32.8, -96.8, 30.0),)),
    AreaGate((Polygon(SQUARE, (HOLE,)),), "accept"),
)


def test_gates_written_are_read_again() -> None:
    assert gates_of_json(gates_as_json(GATES)) == GATES


def test_unknown_is_refused_unless_said() -> None:
    assert gates_of_json([{"gate": "city", "values": [" Dallas ", ""]}]) == (WordsGate("city", ("Dallas",)),)


def test_areas_come_from_what_map_tools_write() -> None:
    polygon = {"type": "Polygon", "coordinates": [[list(corner) for corner in SQUARE]]}
    feature = {"type": "Feature", "geometry": polygon}
    collection = {"type": "FeatureCollection", "features": [feature, feature]}
    assert polygons_of_geojson(collection) == (Polygon(SQUARE), Polygon(SQUARE))


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        ({"gate": "colour", "values": ["red"]}, "gate"),
        ({"gate": "state", "values": []}, "values"),
        ({"gate": "state", "values": "TX"}, "values"),
        ({"gate": "state", "values": ["TX"], "unknown": "maybe"}, "unknown"),
        ({"gate": "annual_revenue"}, "minimum"),
        ({"gate": "annual_revenue", "minimum": "much"}, "minimum"),
        ({"gate": "annual_revenue", "minimum": 5, "maximum": 4}, "minimum"),
        ({"gate": "industry"}, "included"),
        ({"gate": "radius", "circles": []}, "circles"),
        ({"gate": "radius", "circles": [{"latitude": 91, "longitude": 0, "miles": 1}]}, "point"),
        ({"gate": "radius", "circles": [{"latitude": 1, "longitude": 0, "miles": -1}]}, "miles"),
        ({"gate": "area", "shape": {"type": "Point", "coordinates": [0, 0]}}, "shape"),
        ({"gate": "area", "shape": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]}}, "shape"),
        (
            {"gate": "area", "shape": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}},
            "shape",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(entry: dict[str, object], where: str) -> None:
    with pytest.raises(InputError) as caught:
        gates_of_json([{"gate": "language", "values": ["es"]}, entry])
    assert caught.value.facts["entry"] == 2
    assert caught.value.facts["where"] == where


def test_a_gate_is_there_once() -> None:
    with pytest.raises(InputError, match="twice"):
        gates_of_json([{"gate": "city", "values": ["a"]}, {"gate": "city", "values": ["b"]}])


def test_facts_are_the_fields_a_playbook_names() -> None:
    reads = {"city": "town", "zip": "zip", "state": "state"}
    assert facts_of({"town": "Plano", "zip": None}, reads) == {"city": "Plano"}
