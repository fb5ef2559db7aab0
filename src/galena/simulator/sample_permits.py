"""Sample data of a lead seller: a month or two of building permits, as a city hands them out."""

from collections.abc import Iterator
from datetime import date
from random import Random

from galena.simulator.sample_people import Row, days_before, person
from galena.simulator.words import FAMILY_BEGINNINGS, FAMILY_ENDINGS, PLACE_ENDINGS, PLACE_WORDS

WORKS = (
    ("New", "New in-ground swimming pool with spa and stone deck for the residence", 68_000, 5),
    ("Remodel", "Remodel of kitchen and two baths, new cabinets, wiring and plumbing", 42_000, 9),
    ("Addition", "Addition of a bedroom suite and covered porch at the rear of the house", 95_000, 6),
    ("Repair", "Replace the roof, remove and install composition shingles on the residence", 16_000, 12),
    ("New", "Install rooftop solar photovoltaic system with 24 panels and inverter", 24_000, 8),
    ("Change Out", "Replace air conditioning condenser and coil, same location, residential hvac", 9_500, 10),
    ("New", "Wooden fence of 160 feet along the rear and side property line", 6_000, 6),
    ("Repair", "Foundation repair with 14 piers under the front of the house", 13_500, 7),
    ("Finish Out", "Interior finish out of a shell suite for a dental office", 150_000, 3),
    ("New", "Covered patio with outdoor kitchen and gas line behind the residence", 31_000, 6),
    ("Remodel", "Replace 18 windows and two exterior doors, same openings", 14_000, 7),
    ("New", "New single family residence, two stories, attached garage", 320_000, 4),
    ("Change Out", "Replace water heater like for like in the garage", 1_800, 8),
    ("Repair", "Reconnect power after electric meter change", 600, 5),
)
"""Class of work, description, what it usually costs in USD, how often."""

STREETS = ("Ln", "Dr", "St", "Ct", "Trl", "Ave")
COMMON = tuple(work[3] for work in WORKS)


def permits(seed: int, count: int, as_of: date) -> Iterator[Row]:
    """`count` permits under the field names of the playbook."""
    for number in range(1, count + 1):
        chance = Random(f"galena-sample-permits:{seed}:{number}")  # noqa: S311 - a sample, not a secret
        who = person(chance, number)
        work_class, description, cost, _ = chance.choices(WORKS, COMMON)[0]
        issued = days_before(as_of, chance, 150)
        worth = round(chance.lognormvariate(12.9, 0.45), -3)
        hired = chance.random() < 0.45
        is_over = (as_of - issued).days > 60 and chance.random() < 0.4
        yield {
            "permit_number": f"S-{as_of.year}-{number:05d}",
            "permit_type": "Building permit",
            "property_use": "commercial" if "office" in description else "residential",
            "work_class": work_class,
            "description": description,
            "status": "Final"
            if is_over
            else chance.choices(("Active", "Expired", "Withdrawn"), (92, 5, 3))[0],
            "issued_on": issued,
            "declared_value": round(cost * chance.lognormvariate(0, 0.5), -2)
            if chance.random() < 0.8
            else "",
            "site_address": f"{chance.randrange(100, 9900)} {chance.choice(PLACE_WORDS)} "
            f"{chance.choice(PLACE_ENDINGS)} {chance.choice(STREETS)}",
            "site_city": who.city,
            "site_state": who.state,
            "site_zip": who.postal_code,
            "latitude": who.latitude,
            "longitude": who.longitude,
            "contractor_name": f"{_family(chance)} Contracting" if hired else "",
            "owner_name": who.name,
            "owner_phone": who.phone if chance.random() < 0.5 else "",
            "market_value": worth,
            "year_built": chance.randrange(1948, as_of.year - 1),
            "homestead": "true" if chance.random() < 0.7 else "false",
        }


def _family(chance: Random) -> str:
    return chance.choice(FAMILY_BEGINNINGS) + chance.choice(FAMILY_ENDINGS)
