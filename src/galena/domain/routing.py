"""Who gets which lead: what tenants need, the plan of a drop, and the choice for a lead that arrives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from galena.domain.gates import Gate

Shortage = Literal["leave", "up", "down"]
"""What becomes of places that their tier cannot fill: left empty, or filled from the next tier up or down."""

DropPolicy = Literal["optimal", "round_robin"]
"""`optimal`: one optimisation over all tenants. `round_robin`: in turns, each takes the best lead left that fits."""

Chosen = Literal["planned", "explored"]
"""How a drop came to an assignment: by its plan, or by the draw of its exploration share."""

ArrivalPolicy = Literal["weighted_round_robin", "best_fit", "highest_bid"]
CapPeriod = Literal["hour", "day", "week"]


@dataclass(frozen=True, slots=True)
class Why:
    """A reason: the sentence a person reads, and the figures in it."""

    words: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TenantNeeds:
    """What a tenant may get in one drop, with the gates in force at its start.

    Attributes:
        name: for reasons and reports.
        quotas: tier -> places. A tier not named has none.
        cap: the most leads in this drop over all tiers, such as what is left of a weekly cap; None: no cap.
        credit: leads owed from the shortfalls of earlier drops; it gives precedence, never more than the quota.
        weight: its share where leads are scarce, beside others' weights; above 0.
        budget_minor: what it may spend in this drop, in hundredths of the currency; None: no limit. Places that it
            cannot pay for are closed before the plan, the lowest tiers first.
        prices_minor: tier of the place -> price of a lead, in hundredths of the currency; not named: free.
    """

    tenant: UUID
    name: str
    gates: tuple[Gate, ...]
    quotas: Mapping[str, int]
    cap: int | None = None
    credit: float = 0.0
    weight: float = 1.0
    budget_minor: int | None = None
    prices_minor: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lead that a drop may assign: unassigned, eligible, fresh and contactable.

    Attributes:
        key: the lead's key; ties go to the key that sorts first.
        value: what it is worth, in the unit of the playbook's value expression; counted in thousandths. 0: nothing.
        facts: fact of `domain.gates.FACTS` -> value; an unknown one is absent or None.
    """

    lead: UUID
    key: str
    tier: str
    value: float
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DropRules:
    """How a workspace drops.

    Attributes:
        tiers: the tiers that are dropped, the best first. Leads of any other tier are left out.
        exploration_share: 0 to 0.5: share of the places filled by a draw outside the plan's order.
        seed: names the drop (`2026-W47`) and decides its draw and order of turns: the same seed, the same plan.
        gini_allowance: how far the Gini of value per tenant may lie above that of round robin.
    """

    tiers: tuple[str, ...]
    policy: DropPolicy = "optimal"
    shortage: Shortage = "leave"
    exploration_share: float = 0.0
    seed: str = ""
    gini_allowance: float = 0.02


@dataclass(frozen=True, slots=True)
class PlannedAssignment:
    """One lead for one tenant.

    Attributes:
        tier: the lead's tier; `place_tier`: that of the place it fills, another one only by the shortage policy.
        fit: 0-1: share of the tenant's gates that a known fact confirms; 1 for a tenant without gates.
        propensity: `explored`: the probability, before the draw, that it took this lead to this tenant. `planned`: the
            probability that the draw left this lead to the plan (1 without exploration).
    """

    lead: UUID
    key: str
    tenant: UUID
    tier: str
    place_tier: str
    value: float
    fit: float
    chosen: Chosen
    propensity: float
    why: Why


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Places of a tenant that stay empty: `got` of `quota` places of `tier`, and why."""

    tenant: UUID
    tier: str
    quota: int
    got: int
    why: Why

    @property
    def missing(self) -> int:
        """Places that stay empty."""
        return self.quota - self.got


@dataclass(frozen=True, slots=True)
class TenantShare:
    """What one tenant gets in a drop.

    Attributes:
        quota: places after cap and budget; `asked`: places by its quotas alone.
        value: summed over its leads.
        fit: mean over its leads; None without a lead.
        credit: what is owed to it after this drop.
    """

    tenant: UUID
    asked: int
    quota: int
    got: int
    value: float
    fit: float | None
    credit: float


@dataclass(frozen=True, slots=True)
class DropMeasures:
    """A drop in figures.

    Attributes:
        leads: in the pool, of dropped tiers; `fitting`: those that at least one tenant accepts.
        places: open places over all tenants; `filled`: those with a lead.
        value: summed over all assignments.
        gini: of value per tenant with open places, 0 (all the same) to 1.
        fit: mean over all assignments; None without one.
        explored: assignments made by the draw.
        most_possible: the most places that could have been filled (the maximum flow).
    """

    leads: int
    fitting: int
    places: int
    filled: int
    value: float
    gini: float
    fit: float | None
    explored: int
    most_possible: int

    @property
    def fill_rate(self) -> float:
        """Filled places as a share of places; 1 without any."""
        return self.filled / self.places if self.places else 1.0


@dataclass(frozen=True, slots=True)
class DropPlan:
    """The plan of a drop: assignments ordered by tenant and lead key, shortfalls, shares and figures.

    Attributes:
        round_robin: the same measures as plain round robin would have had, for comparison.
        equals_round_robin: whether the assignments are exactly those of round robin.
    """

    rules: DropRules
    assignments: tuple[PlannedAssignment, ...]
    shortfalls: tuple[Shortfall, ...]
    shares: tuple[TenantShare, ...]
    measures: DropMeasures
    round_robin: DropMeasures
    equals_round_robin: bool


@dataclass(frozen=True, slots=True)
class RateCap:
    """At most `most` leads per hour, day or week; `used` of them are used up now."""

    period: CapPeriod
    most: int
    used: int


@dataclass(frozen=True, slots=True)
class ArrivalTenant:
    """A tenant as it stands when a lead arrives.

    Attributes:
        needs: its gates, weight and name; quotas, cap and credit are not read.
        turns: leads it got in the window over which turns are counted.
        bid_minor: what it pays for this lead, in hundredths of the currency; None: it does not bid.
        price_minor: what it is charged for this lead; `balance_minor`: what it has to pay with, None: no limit.
        last_at: when it last got a lead; None: never. Equal turns go to who waited longest.
        closed: why it gets nothing now ("paused", "cancelled"); None: open.
    """

    needs: TenantNeeds
    caps: tuple[RateCap, ...] = ()
    turns: int = 0
    bid_minor: int | None = None
    price_minor: int = 0
    balance_minor: int | None = None
    last_at: datetime | None = None
    closed: str | None = None


RefusalCode = Literal["closed", "gate", "cap", "balance", "no_bid", "declined"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a tenant is not offered an arriving lead."""

    tenant: UUID
    code: RefusalCode
    why: Why


@dataclass(frozen=True, slots=True)
class Offer:
    """A tenant that may get an arriving lead; `rank` 1 is the first to be asked."""

    tenant: UUID
    rank: int
    fit: float
    sticky: bool
    why: Why


@dataclass(frozen=True, slots=True)
class ArrivalChoice:
    """Whom to offer an arriving lead, in order, and who was left out and why."""

    policy: ArrivalPolicy
    offers: tuple[Offer, ...]
    refusals: tuple[Refusal, ...]

    @property
    def first(self) -> Offer | None:
        """The first to be asked; None when nobody takes it."""
        return self.offers[0] if self.offers else None
