"""Exchanges of leads between tenants with much and with little value, until the spread is small enough."""

import numpy as np

from galena.engines.routing.allocation import Allocation, served
from galena.engines.routing.fairness import gini
from galena.engines.routing.market import Market

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
        self.served = served(market)
        self.pairs_left = _MOST_PAIRS
        self.held: dict[int, set[int]] = {int(tenant): set() for tenant in range(len(market.needs))}
        for lead in allocation.given.tolist():
            self.held[int(self.tenant[lead])].add(lead)

    def gini(self) -> float:
        """Of value over the tenants with open places."""
        return gini(self.worth[self.served].tolist())

    def give(self, lead: int, tenant: int, place: int) -> None:
        """A lead from its tenant to another."""
        before = int(self.tenant[lead])
        self.held[before].remove(lead)
        self.worth[before] -= self.market.values[lead]
        self.tenant[lead], self.place[lead] = tenant, place
        self.held[tenant].add(lead)
        self.worth[tenant] += self.market.values[lead]

    def allocation(self) -> Allocation:
        """As it stands now."""
        return Allocation(self.tenant, self.place)


def evened(market: Market, allocation: Allocation, most_gini: float) -> Allocation:
    """The same leads, exchanged between the tenants with most and with least value until the Gini is low enough.

    The result may still lie above `most_gini`, where gates let nothing more be exchanged.
    """
    holdings = _Holdings(market, allocation)
    while holdings.gini() > most_gini and _exchange(holdings):
        pass
    return holdings.allocation()


def _exchange(holdings: _Holdings) -> bool:
    """One exchange between a rich and a poor tenant, the farthest apart first; whether there was one."""
    order = holdings.served[np.argsort(holdings.worth[holdings.served], kind="stable")].tolist()
    for poor in order[:_ENDS]:
        for rich in order[::-1][:_ENDS]:
            gap = int(holdings.worth[rich] - holdings.worth[poor])
            if gap <= 0 or holdings.pairs_left <= 0:
                break
            holdings.pairs_left -= 1
            pair = _best_pair(holdings, rich, poor, gap)
            if pair is not None:
                down, up = pair
                here, there = int(holdings.place[down]), int(holdings.place[up])
                holdings.give(down, poor, there)
                holdings.give(up, rich, here)
                return True
    return False


def _best_pair(holdings: _Holdings, rich: int, poor: int, gap: int) -> tuple[int, int] | None:
    """A lead of the rich and one of the poor that may change places and bring both nearest to each other."""
    market = holdings.market
    downs = [lead for lead in sorted(holdings.held[rich]) if market.tenants_of(lead) >> poor & 1]
    ups = [lead for lead in sorted(holdings.held[poor]) if market.tenants_of(lead) >> rich & 1]
    best: tuple[int, int, int] | None = None
    for down in downs:
        for up in ups:
            moved = int(market.values[down] - market.values[up])
            same = market.tier[down] == market.tier[up] or holdings.place[down] == holdings.place[up]
            if same and 0 < moved < gap:
                off = abs(gap - 2 * moved)
                if best is None or off < best[0]:
                    best = (off, down, up)
    return None if best is None else best[1:]
