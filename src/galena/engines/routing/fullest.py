"""The fullest drop, and of the fullest the most valuable: exact, for any gates.

Leads are offered the most valuable first. A lead for which an accepting tenant has an open place is given at once. One
that finds all places taken starts a chain: it takes the place of another lead, which moves to another tenant that
accepts it, and so on until the chain ends at an open place. When no chain ends, none of the places it reached can ever
take in another lead, and they are closed for good. A lead that was given somewhere is never sent away again. The leads
that can be given together form a matroid, in which taking the most valuable first gives the most leads, and of the
largest sets the one of most value.
"""

from collections import deque
from collections.abc import Collection, Sequence

import numpy as np

from galena.engines.routing.allocation import NOBODY, Allocation, reaches
from galena.engines.routing.market import Market, Room, bits_of
from galena.engines.routing.pool import Mask

Place = tuple[int, int]
"""Tier and tenant."""


def fullest(
    market: Market, room: Room, available: Mask, preferred: Allocation, kept: Mask | None = None
) -> Allocation:
    """The fullest and then most valuable allocation; a lead stays where `preferred` has it while that place is open.

    `kept`: leads that are offered before all others; those that can be given together are all given.
    """
    matching = _Matching(market, room)
    leads: list[int] = np.flatnonzero(available).tolist()
    if kept is not None:
        leads.sort(key=lambda lead: (not kept[lead], lead))
    matching.offer(leads, reaches(market, beyond=False), preferred)
    if market.rules.shortage != "leave":
        left = [lead for lead in leads if matching.allocation.tenant[lead] == NOBODY]
        matching.offer(left, reaches(market, beyond=True), preferred)
    return matching.allocation


class _Matching:
    """Leads in places, and the chains by which another one may enter."""

    def __init__(self, market: Market, room: Room) -> None:
        self.market = market
        self.allocation = Allocation.empty(market.size)
        self.quotas = room.quotas.tolist()
        self.caps = room.caps.tolist()
        self.tiers = range(len(market.rules.tiers))
        self.held: list[list[set[int]]] = [[set() for _ in market.needs] for _ in self.tiers]
        self.counts = [0] * len(market.needs)
        self.open = [self._all_places(tier) for tier in self.tiers]
        self.alive = list(self.open)
        self.tenants: dict[int, int] = {}
        self.tier_of = market.tier.tolist()
        self.reach: Sequence[tuple[int, ...]] = ()

    def _all_places(self, tier: int) -> int:
        """The tenants with places of a tier, as bits."""
        return sum(
            1 << tenant for tenant, cap in enumerate(self.caps) if cap > 0 and self.quotas[tenant][tier] > 0
        )

    def offer(self, leads: list[int], reach: Sequence[tuple[int, ...]], preferred: Allocation) -> None:
        """Give as many of the leads as can be given, in their order."""
        self.reach = reach
        self.alive = [self._all_places(tier) for tier in self.tiers]
        wish_tenant, wish_place = preferred.tenant.tolist(), preferred.place.tolist()
        for lead in leads:
            tenants = self.market.tenants_of(lead)
            if not any(tenants & self.alive[tier] for tier in reach[self.tier_of[lead]]):
                continue
            wish = wish_tenant[lead], wish_place[lead]
            if (
                wish[0] != NOBODY
                and wish[1] in reach[self.tier_of[lead]]
                and self.open[wish[1]] >> wish[0] & 1
            ):
                self._put(lead, wish[1], wish[0])
            elif (place := self._open_place(lead, tenants)) is not None:
                self._put(lead, *place)
            else:
                self._chain(lead, tenants)

    def _open_place(self, lead: int, tenants: int) -> Place | None:
        """An open place for a lead."""
        for tier in self.reach[self.tier_of[lead]]:
            found = tenants & self.open[tier]
            if found:
                return tier, (found & -found).bit_length() - 1
        return None

    def _put(self, lead: int, tier: int, tenant: int) -> None:
        self.held[tier][tenant].add(lead)
        self.counts[tenant] += 1
        self.allocation.tenant[lead], self.allocation.place[lead] = tenant, tier
        self.tenants[lead] = self.market.tenants_of(lead)
        self._mark(tenant)

    def _remove(self, lead: int) -> None:
        tier, tenant = int(self.allocation.place[lead]), int(self.allocation.tenant[lead])
        self.held[tier][tenant].remove(lead)
        self.counts[tenant] -= 1
        self.allocation.tenant[lead] = self.allocation.place[lead] = NOBODY
        self._mark(tenant)

    def _mark(self, tenant: int) -> None:
        """Notes which places of a tenant are open."""
        room = self.counts[tenant] < self.caps[tenant]
        bit = 1 << tenant
        for tier in self.tiers:
            is_open = room and len(self.held[tier][tenant]) < self.quotas[tenant][tier]
            if is_open != bool(self.open[tier] & bit):
                self.open[tier] ^= bit

    def _chain(self, lead: int, tenants: int) -> None:
        """Looks for the shortest chain from a lead to an open place, and moves every lead along it."""
        unseen = list(self.alive)
        came: dict[Place, tuple[int, Place | None]] = {}
        queue: deque[Place] = deque()

        def enter(mover: int, accepting: int, origin: Place | None) -> Place | None:
            """Notes the places a lead may enter; an open one ends the chain."""
            for tier in self.reach[self.tier_of[mover]]:
                found = accepting & self.open[tier]
                if found:
                    return tier, (found & -found).bit_length() - 1
                new = accepting & unseen[tier]
                if new:
                    unseen[tier] ^= new
                    for tenant in bits_of(new):
                        came[tier, tenant] = (mover, origin)
                        queue.append((tier, tenant))
            return None

        enter(lead, tenants, None)
        while queue:
            place = queue.popleft()
            for mover in self._displaced(*place):
                end = enter(mover, self.tenants[mover], place)
                if end is not None:
                    self._move(mover, end, place, came)
                    return
        self.alive = unseen

    def _displaced(self, tier: int, tenant: int) -> Collection[int]:
        """The leads of which one must leave so that another may enter a place.

        A full place: its own leads. A place with room under a tenant's cap: any lead of the tenant.
        """
        if len(self.held[tier][tenant]) >= self.quotas[tenant][tier]:
            return self.held[tier][tenant]
        return [lead for each in self.tiers for lead in self.held[each][tenant]]

    def _move(
        self, mover: int, end: Place, origin: Place, came: dict[Place, tuple[int, Place | None]]
    ) -> None:
        """Moves the leads of a chain, the last one first."""
        step: Place | None = origin
        while True:
            if self.allocation.tenant[mover] != NOBODY:
                self._remove(mover)
            self._put(mover, *end)
            if step is None:
                return
            end = step
            mover, step = came[step]
