"""Keeping the spread of value between tenants near that of round robin: exchanges, and a way back to round robin."""

import numpy as np

from galena.engines.routing.allocation import Allocation, served
from galena.engines.routing.fairness import gini
from galena.engines.routing.market import Market

_ENDS = 40
"""Tenants with most and with least value that are tried against each other."""
_ROUNDS = 400
_TRIED_LEADS = 2000


class _Holdings:
    """Who holds what, with the value of each, while leads change hands."""

    def __init__(self, market: Market, allocation: Allocation) -> None:
        self.market = market
        self.tenant = allocation.tenant.copy()
        self.place = allocation.place.copy()
        self.worth = allocation.values_by_tenant(market)
        self.served = served(market)
        self.held: dict[int, set[int]] = {int(tenant): set() for tenant in range(len(market.needs))}
        for lead in allocation.given.tolist():
            self.held[int(self.tenant[lead])].add(lead)

    def gini(self) -> float:
        """Of value over the tenants with open places."""
        return gini(self.worth[self.served].tolist())

    def give(self, lead: int, tenant: int, place: int) -> None:
        """A lead to a tenant; -1: to nobody."""
        before = int(self.tenant[lead])
        if before >= 0:
            self.held[before].remove(lead)
            self.worth[before] -= self.market.values[lead]
        self.tenant[lead], self.place[lead] = tenant, place
        if tenant >= 0:
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
    for _ in range(_ROUNDS):
        if holdings.gini() <= most_gini or not _exchange(holdings):
            break
    return holdings.allocation()


def _exchange(holdings: _Holdings) -> bool:
    """One exchange between a rich and a poor tenant, the farthest apart first; whether there was one."""
    order = holdings.served[np.argsort(holdings.worth[holdings.served], kind="stable")].tolist()
    for poor in order[:_ENDS]:
        for rich in order[::-1][:_ENDS]:
            gap = int(holdings.worth[rich] - holdings.worth[poor])
            if gap <= 0:
                break
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


def raised(market: Market, allocation: Allocation, available: np.ndarray, most_gini: float) -> Allocation:
    """Leads nobody has in place of less valuable ones of the same tier, while the Gini stays low enough."""
    holdings = _Holdings(market, allocation)
    unused = np.flatnonzero(available & (allocation.tenant < 0))[:_TRIED_LEADS].tolist()
    for lead in unused:
        accepting = market.tenants_of(lead)
        weaker = [
            (int(holdings.worth[tenant]), int(market.values[held]), held)
            for tenant, leads in holdings.held.items()
            if accepting >> tenant & 1
            for held in leads
            if market.tier[held] == market.tier[lead] and market.values[held] < market.values[lead]
        ]
        for _, _, held in sorted(weaker)[:20]:
            tenant, place = int(holdings.tenant[held]), int(holdings.place[held])
            holdings.give(held, -1, -1)
            holdings.give(lead, tenant, place)
            if holdings.gini() <= most_gini:
                break
            holdings.give(lead, -1, -1)
            holdings.give(held, tenant, place)
    return holdings.allocation()
