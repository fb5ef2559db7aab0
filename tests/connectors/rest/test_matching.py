"""Which parcel is the one at an address: what people write in different ways, and what only looks alike."""

import pytest

from galena.connectors.rest.description import MatchRule
from galena.connectors.rest.matching import COMPARISONS, weigh


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1200 W Magnolia Avenue", "1200 W MAGNOLIA AVE"),
        ("1200 West Magnolia Ave.", "1200 W MAGNOLIA AVE"),
        ("1200 Magnolia Ave", "1200 W MAGNOLIA AVE"),
        ("1200 W Magnolia", "1200 W MAGNOLIA AVE"),
        ("1200 W Magnolia Ave, Fort Worth, TX 76104", "1200 W MAGNOLIA AVE"),
        ("01200 W Magnolia Ave", "1200 W MAGNOLIA AVE"),
        ("1200 W Magnolla Ave", "1200 W MAGNOLIA AVE"),
        ("405 Meadow Brook Dr", "405 MEADOWBROOK DR"),
        ("12 Saint James Ct", "12 ST JAMES CT"),
        ("500 E 7th St Apt 4", "500 E 7TH ST #4"),
        ("500 E 7th St Apt 4", "500 E 7TH ST"),
        ("4502 Windy Hill Dr", "4502 WINDY HILL"),
        ("3813 1/2 Some Rd", "3813-1/2 SOME RD"),
        ("5 Oak St Bldg B", "5 OAK ST # B"),
    ],
)
def test_the_same_address(one: str, other: str) -> None:
    assert COMPARISONS["address"](one, other) > 0.8


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1200 W Magnolia Ave", "1202 W MAGNOLIA AVE"),
        ("1200 W Magnolia Ave", "1200 E MAGNOLIA AVE"),
        ("1200 W Magnolia Ave", "1200 W MAGNOLIA CT"),
        ("500 E 7th St", "500 E 8TH ST"),
        ("500 E 7th St Apt 4", "500 E 7TH ST APT 5"),
        ("500 E 7th St Bldg 2 Apt 4", "500 E 7TH ST BLDG 3 APT 4"),
        ("3813 1/2 Some Rd", "3813 SOME RD"),
        ("1 Windy Meadowbrook Trl", "1 WINDY MEADOWBROOK TER"),
        ("406 Meadowbrook Dr", "406 MEADOWLARK DR"),
        ("Magnolia Ave", "1200 W MAGNOLIA AVE"),
        ("", "1200 W MAGNOLIA AVE"),
        ("PO Box 1200", "1200 W MAGNOLIA AVE"),
    ],
)
def test_another_address(one: str, other: str) -> None:
    assert COMPARISONS["address"](one, other) == 0


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("zip", "76104-1234", "76104", True),
        ("zip", "76104", "76105", False),
        ("phone", "(817) 555-0100", "+1 817 555 0100", True),
        ("phone", "555-0100", "555-0100", False),
        ("domain", "https://www.sample.com/about", "sample.com", True),
        ("domain", "https://www.linkedin.com/in/pat/", "linkedin.com/in/pat", True),
        ("domain", "linkedin.com/in/pat", "linkedin.com/in/alex", False),
        ("domain", "no domain", "no domain", False),
        ("name", "Doe, Pat & Alex", "ALEX DOE PAT", True),
        ("name", "Pat Doe", "Sam Roe", False),
        ("text", "Fort-Worth", "FORT WORTH", True),
    ],
)
def test_other_comparisons(kind: str, one: str, other: str, same: bool) -> None:
    assert (COMPARISONS[kind](one, other) > 0) is same


def test_rules_together() -> None:
    rules = [
        MatchRule(lead="site_address", record=("no", "street"), kind="address"),
        MatchRule(lead="site_zip", record=("zip",), kind="zip"),
        MatchRule(lead="site_city", record=("city",), required=False),
    ]
    record = {"no": 12, "street": "ELM ST", "zip": 76104, "city": "FORT WORTH"}
    lead = {"site_address": "12 Elm Street", "site_zip": "76104", "site_city": "Fort Worth"}
    whole = weigh(rules, lead, record)
    assert (whole.fits, whole.because) == (True, "same site address and same site zip and same site city")
    assert weigh(rules, lead | {"site_city": "Arlington"}, record).score < whole.score
    assert not weigh(rules, lead | {"site_zip": "75001"}, record).fits
    assert weigh(rules, {"site_address": "12 Elm Street"}, record).fits, (
        "what the lead does not know is not compared"
    )
    assert not weigh(rules, lead, {"street": "ELM ST"}).fits
    assert not weigh(rules, {}, record).fits
