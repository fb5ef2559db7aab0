"""Gates: what a tenant asks of a lead, and what a gate says when the fact it reads is unknown.

A lead fits a tenant when it passes every gate; within one gate, any of the listed values is enough. Gates read facts
by the names below; a playbook says which of its fields holds which fact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Unknown = Literal["accept", "refuse"]
"""What a gate does with a lead whose fact is unknown."""

WordFact = Literal["city", "state", "zip", "trade_category", "language", "tier"]
"""Facts that are compared as words, whatever their case; a trade category also matches the lead's trade group."""

NumberFact = Literal["annual_revenue", "employee_count", "years_in_business", "property_value"]
"""Facts that are compared as numbers: US dollars, people, years, US dollars."""

WORD_FACTS: tuple[WordFact, ...] = get_args(WordFact)
NUMBER_FACTS: tuple[NumberFact, ...] = get_args(NumberFact)
TEXT_FACTS: tuple[str, ...] = (*WORD_FACTS, "trade_group", "industry", "naics")
"""Every fact that is text; `industry` is words, `naics` digits of the North American industry codes."""
FACTS: tuple[str, ...] = (*TEXT_FACTS, *NUMBER_FACTS, "latitude", "longitude")
"""Every fact that a gate may read. Latitude and longitude are in degrees."""

LABELS: Mapping[str, str] = {
    "city": "City",
    "state": "State",
    "zip": "ZIP code",
    "trade_category": "Trade",
    "language": "Language",
    "tier": "Tier",
    "annual_revenue": "Annual revenue",
    "employee_count": "Employees",
    "years_in_business": "Years in business",
    "property_value": "Property value",
    "industry": "Industry",
    "radius": "Distance",
    "area": "Drawn area",
}
"""The name of each gate on screens."""


@dataclass(frozen=True, slots=True)
class WordsGate:
    """The fact is one of the values, whatever its case.

    Attributes:
        values: at least one. A ZIP code may end with `*`: `750*` is every ZIP code that begins with 750; ZIP+4 codes
            are compared by their first five digits.
    """

    fact: WordFact
    values: tuple[str, ...]
    unknown: Unknown = "refuse"

    @property
    def name(self) -> str:
        """The gate's name: that of its fact."""
        return self.fact


@dataclass(frozen=True, slots=True)
class RangeGate:
    """The fact is at least `minimum` and at most `maximum`; None: no limit on that side."""

    fact: NumberFact
    minimum: float | None = None
    maximum: float | None = None
    unknown: Unknown = "refuse"

    @property
    def name(self) -> str:
        """The gate's name: that of its fact."""
        return self.fact


@dataclass(frozen=True, slots=True)
class IndustryGate:
    """The industry is one of `included` (empty: any) and none of `excluded`.

    An entry of digits is the beginning of a NAICS code (`23`: construction); any other is words that must all occur,
    whole, in the lead's industry (`restaurant` fits "Full-service restaurant").
    """

    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    unknown: Unknown = "refuse"

    @property
    def name(self) -> str:
        """The gate's name."""
        return "industry"


@dataclass(frozen=True, slots=True)
class Circle:
    """Everything within `miles` of a point, along the ground; the rim belongs to it."""

    latitude: float
    longitude: float
    miles: float


@dataclass(frozen=True, slots=True)
class RadiusGate:
    """The lead lies in one of the circles."""

    circles: tuple[Circle, ...]
    unknown: Unknown = "refuse"

    @property
    def name(self) -> str:
        """The gate's name."""
        return "radius"


Ring = tuple[tuple[float, float], ...]
"""Corners as (longitude, latitude) in degrees, as GeoJSON writes them; the last corner repeats the first."""


@dataclass(frozen=True, slots=True)
class Polygon:
    """A drawn area: inside `outer` and in none of the holes; every border belongs to it."""

    outer: Ring
    holes: tuple[Ring, ...] = ()


@dataclass(frozen=True, slots=True)
class AreaGate:
    """The lead lies in one of the drawn areas. An area across the 180th meridian is drawn as two."""

    polygons: tuple[Polygon, ...]
    unknown: Unknown = "refuse"

    @property
    def name(self) -> str:
        """The gate's name."""
        return "area"


Gate = WordsGate | RangeGate | IndustryGate | RadiusGate | AreaGate


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """What one gate says of one lead.

    Attributes:
        known: whether the fact it reads is known; when not, its policy decided.
    """

    name: str
    passes: bool
    known: bool


@dataclass(frozen=True, slots=True)
class GateCount:
    """How many leads of a pool one gate removes.

    Attributes:
        alone: leads it would remove if it were the only gate.
        first: leads that pass every gate before it in the tenant's list, and not this one.
        only: leads that every other gate lets pass: what dropping this gate would win.
        unknown: leads whose fact is unknown, whether they pass or not.
    """

    name: str
    alone: int
    first: int
    only: int
    unknown: int


@dataclass(frozen=True, slots=True)
class GateTally:
    """What a tenant's gates leave of a pool: `passing` of `pool` leads, by gate and by tier."""

    pool: int
    passing: int
    gates: tuple[GateCount, ...]
    passing_by_tier: Mapping[str, int]


def facts_of(fields: Mapping[str, Any], reads: Mapping[str, str]) -> dict[str, Any]:
    """The facts of a lead: fact -> value of the field that `reads` names for it; facts without a value are left out."""
    return {fact: fields[field] for fact, field in reads.items() if fields.get(field) is not None}
