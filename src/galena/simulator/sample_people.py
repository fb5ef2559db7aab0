"""People and places of the sample data: names that belong to nobody, numbers that ring nowhere."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from galena.simulator.market import fictional_phone
from galena.simulator.words import CITIES, FAMILY_BEGINNINGS, FAMILY_ENDINGS, GIVEN_NAMES

Row = dict[str, object]
"""A line of a file, by its headings."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented, and the place they live or work in."""

    given: str
    family: str
    phone: str
    city: str
    state: str
    postal_code: str
    latitude: float
    longitude: float

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}"


def person(chance: Random, number: int) -> Person:
    """Person `number` (from 1), in one city after the other."""
    city, state, postal_code, latitude, longitude = CITIES[(number - 1) % len(CITIES)]
    return Person(
        chance.choice(GIVEN_NAMES),
        chance.choice(FAMILY_BEGINNINGS) + chance.choice(FAMILY_ENDINGS),
        fictional_phone(number, state, number - 1),
        city,
        state,
        postal_code,
        round(latitude + chance.gauss(0, 0.05), 5),
        round(longitude + chance.gauss(0, 0.05), 5),
    )


def days_before(as_of: date, chance: Random, longest: int) -> date:
    """A day at most `longest` days ago."""
    return as_of - timedelta(days=chance.randrange(longest + 1))
