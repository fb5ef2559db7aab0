"""Tenants as they stand when leads arrive: turns, caps used up, balances; kept up from lead to lead."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from galena.domain.drop_times import cap_start
from galena.domain.playbook import Routing
from galena.domain.routing import ArrivalTenant, CapPeriod, RateCap, TenantNeeds
from galena.domain.tenant_parameters import PERIODS, TenantWants
from galena.stores import assignments, tenant_accounts, tenants
from galena.stores.door import Session
from galena.workflows.drop_needs import MINOR, prices_minor


@dataclass(slots=True)
class RouteState:
    """Tenants within one batch of arriving leads.

    Attributes:
        used: (tenant, period) -> leads that count against the cap.
        turns: tenant -> leads of the window over which turns are counted.
    """

    routing: Routing
    wants: tuple[TenantWants, ...]
    at: datetime
    used: Counter[tuple[UUID, str]] = field(default_factory=Counter)
    turns: Counter[UUID] = field(default_factory=Counter)
    last_at: dict[UUID, datetime] = field(default_factory=dict)
    balances_minor: dict[UUID, int] = field(default_factory=dict)

    @classmethod
    def load(cls, session: Session, routing: Routing, at: datetime) -> "RouteState":
        """How tenants stand at this moment."""
        wants = tenants.list_wants(session, at)
        state = cls(routing, wants, at)
        since = at - timedelta(days=routing.arrival.turn_days)
        for who, (count, last) in assignments.last_given(session, since).items():
            state.turns[who], state.last_at[who] = count, last
        zones: dict[str, list[UUID]] = defaultdict(list)
        for each in wants:
            if state.caps_of(each):
                zones[each.parameters.time_zone].append(each.tenant.id)
        for zone, ids in zones.items():
            for period in PERIODS:
                start = cap_start(period, at, routing.drop, zone)
                for who, count in assignments.count_since(session, ids, start).items():
                    state.used[(who, period)] = count
        balances = tenant_accounts.list_balances(session)
        state.balances_minor = {who: int(balance * MINOR) for who, balance in balances.items()}
        return state

    @property
    def is_idle(self) -> bool:
        """Whether nobody could get a lead."""
        return all(each.parameters.standing != "active" for each in self.wants)

    def caps_of(self, each: TenantWants) -> Mapping[CapPeriod, int]:
        """A tenant's caps: its own, else the playbook's, and never above what it can work."""
        return each.parameters.caps_beside(self.routing.arrival.caps)

    def price_minor(self, each: TenantWants, tier: str) -> int:
        """What a tenant is charged for a lead of a tier, in hundredths of the currency."""
        if not each.parameters.pays:
            return 0
        if self.routing.arrival.policy == "highest_bid":
            return each.parameters.bids_minor.get(tier, 0)
        return prices_minor(self.routing).get(tier, 0)

    def arrivals(self, tier: str) -> tuple[ArrivalTenant, ...]:
        """Every tenant as it stands towards a lead of this tier."""
        return tuple(self._arrival(each, tier) for each in self.wants)

    def given(self, who: UUID, price_minor: int) -> None:
        """A tenant was given a lead."""
        self.turns[who] += 1
        self.last_at[who] = self.at
        for period in PERIODS:
            self.used[(who, period)] += 1
        self.balances_minor[who] = self.balances_minor.get(who, 0) - price_minor

    def find(self, who: UUID) -> TenantWants:
        """A tenant by its id."""
        return next(each for each in self.wants if each.tenant.id == who)

    def _arrival(self, each: TenantWants, tier: str) -> ArrivalTenant:
        who, wanted = each.tenant.id, each.parameters
        price = self.price_minor(each, tier)
        bid = wanted.bids_minor.get(tier)
        return ArrivalTenant(
            needs=TenantNeeds(who, each.tenant.name, wanted.gates, {}, weight=wanted.weight),
            caps=tuple(
                RateCap(period, most, self.used[(who, period)])
                for period in PERIODS
                if (most := self.caps_of(each).get(period)) is not None
            ),
            turns=self.turns[who],
            bid_minor=bid,
            price_minor=price,
            balance_minor=self.balances_minor.get(who, 0) if wanted.pays and price else None,
            last_at=self.last_at.get(who),
            closed=None if wanted.standing == "active" else wanted.standing,
        )
