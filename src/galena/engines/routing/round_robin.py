"""Plain weighted round robin: in turns, each tenant takes the best lead left that fits it.

Who is least well served (leads it got less leads owed to it, per unit of weight) has the next turn; ties go by the
drop's order of turns. Places that their own tier cannot fill are filled in a second round, where the policy says so.
"""

import heapq
from collections.abc import Sequence

import numpy as np

from galena.engines.routing.allocation import Allocation, reaches
from galena.engines.routing.fairness import level
from galena.engines.routing.market import Market, Room
from galena.engines.routing.pool import Mask

_LOOK_AHEAD = 48
"""Leads that a tenant notes at a time of those left."""


def round_robin(market: Market, room: Room, available: Mask) -> Allocation:
    """Round robin over the available leads and the open places."""
    table = _Table(market, room, available)
    table.deal(reaches(market, beyond=False))
    if market.rules.shortage != "leave":
        table.deal(reaches(market, beyond=True))
    return table.allocation


class _Table:
    """The leads left and the places open while tenants take turns."""

    def __init__(self, market: Market, room: Room, available: Mask) -> None:
        self.market = market
        self.left = available.copy()
        self.open = room.quotas.copy()
        self.cap = room.caps.copy()
        self.allocation = Allocation.empty(market.size)
        self.of_tier = [market.tier == code for code in range(len(market.rules.tiers))]

    def deal(self, reach: Sequence[tuple[int, ...]]) -> None:
        """Turns, until nobody can take a lead."""
        got = self.allocation.counts(self.market).sum(axis=1)
        noted: dict[int, list[int]] = {}
        turns = [self._turn(tenant, int(got[tenant])) for tenant in range(len(self.market.needs))]
        heapq.heapify(turns)
        while turns:
            _, _, tenant = turns[0]
            lead = self._next_lead(tenant, reach, noted)
            if lead is None:
                heapq.heappop(turns)
                continue
            self._take(tenant, lead, reach)
            got[tenant] += 1
            heapq.heapreplace(turns, self._turn(tenant, int(got[tenant])))

    def _turn(self, tenant: int, got: int) -> tuple[float, int, int]:
        needs = self.market.needs[tenant]
        return level(got, needs.credit, needs.weight), int(self.market.turn[tenant]), tenant

    def _place(self, tenant: int, lead: int, reach: Sequence[tuple[int, ...]]) -> int | None:
        """The tier of an open place of the tenant that a lead may fill."""
        if self.cap[tenant] <= 0:
            return None
        return next((tier for tier in reach[self.market.tier[lead]] if self.open[tenant, tier] > 0), None)

    def _next_lead(
        self, tenant: int, reach: Sequence[tuple[int, ...]], noted: dict[int, list[int]]
    ) -> int | None:
        """The best lead left that the tenant has a place for."""
        if self.cap[tenant] <= 0:
            return None
        while True:
            notes = noted.get(tenant, [])
            while notes:
                lead = notes[-1]
                if self.left[lead] and self._place(tenant, lead, reach) is not None:
                    return lead
                notes.pop()
            noted[tenant] = self._notes(tenant, reach)
            if not noted[tenant]:
                return None

    def _notes(self, tenant: int, reach: Sequence[tuple[int, ...]]) -> list[int]:
        """The best leads left for a tenant, the best last."""
        fitting = self.market.accepts(tenant) & self.left
        for tier, places in enumerate(reach):
            if not any(self.open[tenant, place] > 0 for place in places):
                fitting &= ~self.of_tier[tier]
        best: list[int] = np.flatnonzero(fitting)[:_LOOK_AHEAD][::-1].tolist()
        return best

    def _take(self, tenant: int, lead: int, reach: Sequence[tuple[int, ...]]) -> None:
        place = self._place(tenant, lead, reach)
        assert place is not None
        self.left[lead] = False
        self.open[tenant, place] -= 1
        self.cap[tenant] -= 1
        self.allocation.tenant[lead] = tenant
        self.allocation.place[lead] = place
