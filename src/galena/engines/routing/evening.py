"""Exchanges of leads between tenants with much and with little value: the leads dropped and the counts stay."""

import numpy as np
from numpy.typing import NDArray

from galena.engines.routing.allocation import Allocation, served
from galena.engines.routing.fairness import gini
from galena.engines.routing.market import Ints, Market

_PASSES = 30
_ENDS = 40
"""Tenants with most and with least value that are tried against each other."""
_MOST_PAIRS = 5_000
"""Pairs of tenants that are tried in all: more would take longer than the whole plan."""


class _Holdings:
    """Who holds what, with the value of each, while leads change hands."""

    def __init__(self, market: Market, allocation: Allocation) -> None:
        self.market = market
        self.tenant = allocation.tenant.copy()
        self.place = allocation.place.copy()
        self.worth = allocation.values_by_tenant(market)
        self.weight = np.array([needs.weight for needs in market.needs])
        self.served = served(market)
        self.pairs_left = _MOST_PAIRS
        given = allocation.given
        order = np.argsort(allocation.tenant[given], kind="stable")
        ends = np.cumsum(np.bincount(allocation.tenant[given], minlength=len(market.needs)))
        self.held: list[Ints] = np.split(given[order], ends[:-1]) if len(market.needs) else []

    def gini(self) -> float:
        """Of value over the tenants with open places."""
        return gini(self.worth[self.served].tolist())

    def poorest_first(self, *, weighed: bool) -> list[int]:
        """The tenants with open places, by value, or by value per weight."""
        worth = self.worth / self.weight if weighed else self.worth
        order: list[int] = self.served[np.argsort(worth[self.served], kind="stable")].tolist()
        return order

    def exchange(self, rich: int, poor: int, *, keep_fit: bool) -> bool:
        """The exchange of two leads that brings both tenants nearest to each other; whether there is one.

        `keep_fit`: the sum of both fits may not fall, and values are compared per weight.
        """
        pair = self._best_pair(rich, poor, keep_fit)
        if pair is None:
            return False
        down, up = pair
        moved = self.market.values[down] - self.market.values[up]
        self.worth[rich] -= moved
        self.worth[poor] += moved
        self.tenant[down], self.tenant[up] = poor, rich
        self.place[[down, up]] = self.place[[up, down]]
        self.held[rich] = np.sort(np.append(self.held[rich][self.held[rich] != down], up))
        self.held[poor] = np.sort(np.append(self.held[poor][self.held[poor] != up], down))
        return True

    def _best_pair(self, rich: int, poor: int, keep_fit: bool) -> tuple[int, int] | None:
        """A lead of the rich and one of the poor that may change places."""
        market = self.market
        downs, ups = self._accepted(self.held[rich], poor), self._accepted(self.held[poor], rich)
        if not len(downs) or not len(ups):
            return None
        per = self.weight if keep_fit else np.ones_like(self.weight)
        gap = self.worth[rich] / per[rich] - self.worth[poor] / per[poor]
        moved = market.values[downs][:, None] - market.values[ups][None, :]
        closed = moved * (1 / per[rich] + 1 / per[poor])
        able = (market.tier[downs][:, None] == market.tier[ups][None, :]) | (
            self.place[downs][:, None] == self.place[ups][None, :]
        )
        able &= (moved > 0) & (closed < 2 * gap)
        if keep_fit:
            lost = market.fits[rich, market.pattern[downs]] - market.fits[poor, market.pattern[downs]]
            won = market.fits[rich, market.pattern[ups]] - market.fits[poor, market.pattern[ups]]
            able &= won[None, :] - lost[:, None] > -1e-9
        if not able.any():
            return None
        best = int(np.argmin(np.where(able, np.abs(gap - closed), np.inf)))
        return int(downs[best // len(ups)]), int(ups[best % len(ups)])

    def _accepted(self, leads: Ints, tenant: int) -> NDArray[np.int64]:
        """Those of the leads that a tenant accepts."""
        return np.asarray(leads[self.market.columns[leads, tenant // 8] >> (tenant % 8) & 1 > 0])

    def allocation(self) -> Allocation:
        """As it stands now."""
        return Allocation(self.tenant, self.place)


def smoothed(market: Market, allocation: Allocation) -> Allocation:
    """The same leads with no less fit, exchanged between tenants with much and with little value per weight.

    In the first pass the richest meets the poorest, the next richest the next poorest, and so on; in each later one
    the poor move up by one, so that tenants whose gates have nothing in common do not meet again.
    """
    holdings = _Holdings(market, allocation)
    for turned in range(_PASSES):
        order = holdings.poorest_first(weighed=True)
        half = len(order) // 2
        for number in range(half):
            rich, poor = order[-1 - number], order[(number + turned) % half]
            holdings.exchange(rich, poor, keep_fit=True)
    return holdings.allocation()


def evened(market: Market, allocation: Allocation, most_gini: float) -> Allocation:
    """The same leads, exchanged between the tenants with most and with least value until the Gini is low enough.

    The result may still lie above `most_gini`, where gates let nothing more be exchanged.
    """
    holdings = _Holdings(market, allocation)
    while holdings.gini() > most_gini and _one_exchange(holdings):
        pass
    return holdings.allocation()


def _one_exchange(holdings: _Holdings) -> bool:
    """One exchange between a rich and a poor tenant, the farthest apart first; whether there was one."""
    order = holdings.poorest_first(weighed=False)
    for poor in order[:_ENDS]:
        for rich in order[::-1][:_ENDS]:
            if holdings.worth[rich] <= holdings.worth[poor] or holdings.pairs_left <= 0:
                break
            holdings.pairs_left -= 1
            if holdings.exchange(rich, poor, keep_fit=False):
                return True
    return False
