"""A county is asked about its own properties, and about those of which nobody can say where they lie."""

import pytest

from galena.engines.enrichment.area import Area
from galena.playbooks import load


@pytest.mark.parametrize(
    ("fields", "is_asked"),
    [
        ({"site_city": "Fort Worth", "site_state": "TX"}, True),
        ({"site_city": "Austin", "site_state": "TX"}, False),
        ({"site_zip": "76104-1234"}, True),
        ({"site_zip": "78701"}, False),
        ({"county": "TARRANT COUNTY", "site_state": "tx"}, True),
        ({"site_city": "Nowhere", "site_state": "TX"}, True),
        ({"site_city": "Austin"}, True),
        ({}, True),
    ],
)
def test_only_the_county_that_can_know(fields: dict[str, str], is_asked: bool) -> None:
    enrichment = load("permits").enrichment
    assert enrichment is not None
    area = Area.of("Tarrant, TX", enrichment)
    assert area is not None
    assert (area.outside(fields) == "") is is_asked


def test_a_town_over_several_counties_is_asked_of_each() -> None:
    enrichment = load("permits").enrichment
    assert enrichment is not None
    for named in ("Travis, TX", "Hays County, TX; Bell, TX"):
        area = Area.of(named, enrichment)
        assert area is not None
        assert area.outside({"site_city": "Austin", "site_state": "TX"}) == ""
    assert Area.of("", enrichment) is None
