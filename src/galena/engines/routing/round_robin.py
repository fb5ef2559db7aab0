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

_LOOK_AHEAD = 2048
"""Leads that a tenant looks through at a time; a multiple of 8."""


def round_robin(market: Market, room: Room, available: Mask) -> Allocation:
    """Round robin over the available leads and the open places."""
    table = _Table(market, room, available)
    table.deal(reaches(market, beyond=False))
    if market.rules.shortage != "leave":
        table.deal(reaches(market, beyond=True))
    return table.allocation


class _Notes:
    """Per tenant the leads it noted, the best last, and how many leads of the ranking it has looked through."""

    def __init__(self, tenants: int) -> None:
        self.leads: list[list[int]] = [[] for _ in range(tenants)]
        self.read = [0] * tenants


class _Table:
    """The leads left and the places open while tenants take turns."""

    def __init__(self, market: Market, room: Room, available: Mask) -> None:
        self.market = market
        # Bytes and lists are read one by one several times as fast as arrays; the mask is the same bytes as an array.
        self.left = bytearray(available.tobytes())
        self.left_mask = np.frombuffer(self.left, dtype=bool)
        self.open: list[list[int]] = room.quotas.tolist()
        self.cap: list[int] = room.caps.tolist()
        self.tier_of: list[int] = market.tier.tolist()
        self.allocation = Allocation.empty(market.size)
        self.of_tier = [market.tier == code for code in range(len(market.rules.tiers))]

    def deal(self, reach: Sequence[tuple[int, ...]]) -> None:
        """Turns, until nobody can take a lead."""
        got = self.allocation.counts(self.market).sum(axis=1)
        notes = _Notes(len(self.market.needs))
        turns = [self._turn(tenant, int(got[tenant])) for tenant in range(len(self.market.needs))]
        heapq.heapify(turns)
        while turns:
            _, _, tenant = turns[0]
            lead = self._next_lead(tenant, reach, notes)
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
        return next((tier for tier in reach[self.tier_of[lead]] if self.open[tenant][tier] > 0), None)

    def _next_lead(self, tenant: int, reach: Sequence[tuple[int, ...]], notes: "_Notes") -> int | None:
        """The best lead left that the tenant has a place for."""
        while self.cap[tenant] > 0:
            noted = notes.leads[tenant]
            while noted:
                lead = noted[-1]
                if self.left[lead] and self._place(tenant, lead, reach) is not None:
                    return lead
                noted.pop()
            if notes.read[tenant] >= self.market.size:
                return None
            self._note(tenant, reach, notes)
        return None

    def _note(self, tenant: int, reach: Sequence[tuple[int, ...]], notes: "_Notes") -> None:
        """Notes the next best leads left for a tenant, the best last."""
        start, end = notes.read[tenant], min(notes.read[tenant] + _LOOK_AHEAD, self.market.size)
        bits = self.market.rows[tenant, start // 8 : (end + 7) // 8]
        fitting = (
            np.unpackbits(bits, count=end - start, bitorder="little").view(bool) & self.left_mask[start:end]
        )
        for tier, places in enumerate(reach):
            if not any(self.open[tenant][place] > 0 for place in places):
                fitting &= ~self.of_tier[tier][start:end]
        notes.leads[tenant] = (np.flatnonzero(fitting)[::-1] + start).tolist()
        notes.read[tenant] = end

    def _take(self, tenant: int, lead: int, reach: Sequence[tuple[int, ...]]) -> None:
        place = self._place(tenant, lead, reach)
        assert place is not None
        self.left[lead] = 0
        self.open[tenant][place] -= 1
        self.cap[tenant] -= 1
        self.allocation.tenant[lead] = tenant
        self.allocation.place[lead] = place
