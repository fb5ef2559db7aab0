"""Who has which lead: an allocation over a market, complete or on its way."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galena.engines.routing.fairness import gini
from galena.engines.routing.market import Ints, Market

NOBODY = -1


@dataclass(frozen=True, slots=True)
class Allocation:
    """Per lead its tenant (or `NOBODY`) and the tier of the place it fills."""

    tenant: Ints
    place: Ints

    @classmethod
    def empty(cls, size: int) -> "Allocation":
        """Nobody has anything."""
        return cls(np.full(size, NOBODY, dtype=np.int64), np.full(size, NOBODY, dtype=np.int64))

    @property
    def given(self) -> NDArray[np.intp]:
        """The leads that somebody has."""
        return np.flatnonzero(self.tenant != NOBODY)

    @property
    def fill(self) -> int:
        """Leads that somebody has."""
        return len(self.given)

    def value(self, market: Market) -> int:
        """Summed value in thousandths."""
        return int(market.values[self.given].sum())

    def fit(self, market: Market) -> float:
        """Summed fit, to a billionth."""
        given = self.given
        return round(float(market.fits[self.tenant[given], market.pattern[given]].sum()), 9)

    def values_by_tenant(self, market: Market) -> Ints:
        """Value in thousandths of each tenant's leads."""
        found = np.zeros(len(market.needs), dtype=np.int64)
        np.add.at(found, self.tenant[self.given], market.values[self.given])
        return found

    def counts(self, market: Market) -> Ints:
        """Filled places by tenant and tier of the place."""
        found = np.zeros((len(market.needs), len(market.rules.tiers)), dtype=np.int64)
        np.add.at(found, (self.tenant[self.given], self.place[self.given]), 1)
        return found

    def gini(self, market: Market) -> float:
        """Gini of value over the tenants that have open places."""
        return gini(self.values_by_tenant(market)[served(market)].tolist())

    def joined(self, other: "Allocation") -> "Allocation":
        """Both allocations together; no lead is in both."""
        mine = self.tenant != NOBODY
        return Allocation(np.where(mine, self.tenant, other.tenant), np.where(mine, self.place, other.place))


def served(market: Market) -> NDArray[np.intp]:
    """The tenants with open places."""
    return np.flatnonzero(market.room.caps > 0)


def reaches(market: Market, *, beyond: bool) -> tuple[tuple[int, ...], ...]:
    """Per tier of a lead the tiers whose places it may fill; `beyond` its own, by the shortage policy."""
    tiers = range(len(market.rules.tiers))
    step = {"leave": 0, "up": 1, "down": -1}[market.rules.shortage] if beyond else 0
    return tuple((tier, tier + step) if step and tier + step in tiers else (tier,) for tier in tiers)
