"""What a playbook says of routing: when leads are given, how many, to whom first, and when they come back."""

from typing import Literal

from pydantic import Field as Limit

from galena.domain.gates import FACTS
from galena.domain.playbook.part import Name, Part, Sentence, Sql
from galena.domain.routing import ArrivalPolicy, DropPolicy, Shortage

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
"""In the order of `date.weekday()`."""

NUMBER_FACTS = frozenset(
    {"annual_revenue", "employee_count", "years_in_business", "property_value", "latitude", "longitude"}
)
"""Facts of gates that are numbers; all others are texts."""

GIVEN_FACTS = frozenset({"tier"})
"""Facts that every lead has by its score, so that no expression is written for them."""

READABLE_FACTS = frozenset(FACTS) - GIVEN_FACTS
"""Facts for which a playbook says what they are read from."""


class Drop(Part):
    """The weekly drop.

    Attributes:
        weekday, hour: when a tenant sees its leads, in its own time zone.
        quotas: tier -> leads for each tenant; a tenant may have quotas of its own.
        policy: `optimal` plans over all tenants at once; `round_robin` lets them take turns.
        shortage: what becomes of places that their tier cannot fill: `leave` them empty, or fill them from the next
            tier `up` or `down`.
        exploration_share: 0 to 0.5; share of places filled by a draw, so that learning sees more than its own choices.
        undo_hours: for how long a whole drop can be taken back.
    """

    weekday: Weekday = "tuesday"
    hour: int = Limit(default=6, ge=0, le=23)
    quotas: dict[Name, int] = {}
    policy: DropPolicy = "optimal"
    shortage: Shortage = "leave"
    exploration_share: float = Limit(default=0.0, ge=0, le=0.5)
    undo_hours: int = Limit(default=24, ge=0, le=168)


class Arrival(Part):
    """Routing of a lead when it arrives.

    Attributes:
        policy: weighted turns, the best fit, or the highest bid.
        accept_minutes: how long a tenant has to accept before the next one is asked; 0: nobody has to accept.
        caps: the most leads of one tenant in an hour, a day and a week; a tenant may have caps of its own.
        sticky: a lead with an e-mail or a telephone number that a tenant already has goes to that tenant.
        turn_days: over how many days turns are counted.
    """

    policy: ArrivalPolicy = "weighted_round_robin"
    accept_minutes: int = Limit(default=0, ge=0, le=10_080)
    caps: dict[Literal["hour", "day", "week"], int] = {}
    sticky: bool = True
    turn_days: int = Limit(default=28, ge=1, le=365)


class Returns(Part):
    """When a tenant that pays for leads may give one back.

    Attributes:
        hours: from the assignment on.
        reasons: code -> what screens call it.
        most_share: 0 to 1; the greatest share of a tenant's leads of the last 30 days that it may return.
    """

    hours: int = Limit(default=72, ge=1, le=2_160)
    reasons: dict[Name, Sentence] = {
        "duplicate": "We had this lead before",
        "bad_phone": "The telephone number is wrong",
        "out_of_area": "It lies outside our area",
    }
    most_share: float = Limit(default=0.2, ge=0, le=1)


class Idle(Part):
    """Leads that their tenant leaves alone.

    Attributes:
        warn_days: without a contact; the tenant is warned.
        take_back_days: after the warning; the lead goes back to the pool. Left out: it never does.
    """

    warn_days: int = Limit(default=7, ge=1, le=365)
    take_back_days: int | None = Limit(default=None, ge=1, le=365)


class Routing(Part):
    """How leads of a playbook reach tenants.

    Attributes:
        mode: `weekly` drops, or each lead `on_arrival`.
        tiers: the tiers that are given away; leads of others never are.
        reads: fact of a gate -> SQL expression that gives it.
        value: what a lead is worth to its tenant, for comparing leads; reads `score`, fields, `tier`.
        contact: fields of which one must be known.
        fresh_days: leads of which nothing new was told for longer are left out; left out: all are fresh.
        prices: tier -> what a lead costs its tenant, in the playbook's currency; empty: nothing.
    """

    mode: Literal["weekly", "on_arrival"] = "on_arrival"
    tiers: tuple[Name, ...] = Limit(min_length=1)
    reads: dict[Name, Sql] = {}
    value: Sql = "score"
    contact: tuple[Name, ...] = ()
    fresh_days: int | None = Limit(default=None, ge=1)
    drop: Drop = Drop()
    arrival: Arrival = Arrival()
    prices: dict[Name, float] = {}
    returns: Returns = Returns()
    idle: Idle | None = None
