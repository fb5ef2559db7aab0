"""What each tenant may get at a moment: gates and quotas, what is left of its caps, what it is owed and can pay."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from galena.domain.drop_times import cap_start
from galena.domain.playbook import Routing
from galena.domain.routing import CapPeriod, TenantNeeds
from galena.domain.tenant_parameters import TenantWants
from galena.stores import assignments, tenant_accounts
from galena.stores.door import Session

DROP_CAPS: tuple[CapPeriod, ...] = ("day", "week")
"""Caps that a drop keeps. It comes all at once, so a cap of an hour bounds only leads that arrive one by one."""

MINOR = 100
"""Hundredths in one unit of a currency."""


@dataclass(frozen=True, slots=True)
class OutOfDrop:
    """A tenant that takes no part in a drop, and why."""

    tenant: TenantWants
    why: str


def quotas_of(wants: TenantWants, routing: Routing) -> Mapping[str, int]:
    """A tenant's quotas: its own, else the playbook's; of tiers that are given alone."""
    asked = routing.drop.quotas if wants.parameters.quotas is None else wants.parameters.quotas
    return {tier: asked[tier] for tier in routing.tiers if asked.get(tier, 0) > 0}


def caps_of_drop(wants: TenantWants, routing: Routing) -> Mapping[CapPeriod, int]:
    """A tenant's caps that a drop keeps: its own, else the playbook's, and never above what it can work."""
    caps = wants.parameters.caps_beside(routing.arrival.caps)
    return {period: caps[period] for period in DROP_CAPS if period in caps}


def prices_minor(routing: Routing) -> Mapping[str, int]:
    """Tier -> price of a lead, in hundredths of the currency."""
    return {tier: round(price * MINOR) for tier, price in routing.prices.items() if price > 0}


def needs_of(
    session: Session, wants: Sequence[TenantWants], routing: Routing, hours: Mapping[UUID, datetime]
) -> tuple[tuple[TenantNeeds, ...], tuple[OutOfDrop, ...]]:
    """What tenants may get in a drop, and those that take no part.

    Args:
        hours: tenant -> when it sees the drop: caps are counted for that day and week of its own clock.
    """
    active = [each for each in wants if each.parameters.standing == "active"]
    out = [
        OutOfDrop(each, f"It is {each.parameters.standing}.")
        for each in wants
        if each.parameters.standing != "active"
    ]
    used = _used(session, active, routing, hours)
    owed = tenant_accounts.list_credits(session)
    balances = tenant_accounts.list_balances(session) if routing.prices else {}
    prices = prices_minor(routing)
    found = []
    for each in active:
        quotas = quotas_of(each, routing)
        caps = caps_of_drop(each, routing)
        room = {period: max(most - used[each.tenant.id, period], 0) for period, most in caps.items()}
        spent = next((period for period, left in room.items() if left == 0), None)
        if not quotas:
            out.append(OutOfDrop(each, "It has no quota."))
        elif spent is not None:
            out.append(OutOfDrop(each, f"Its cap of {caps[spent]:,} leads a {spent} is used up."))
        else:
            pays = bool(prices) and each.parameters.pays
            found.append(
                TenantNeeds(
                    tenant=each.tenant.id,
                    name=each.tenant.name,
                    gates=each.parameters.gates,
                    quotas=quotas,
                    cap=min(room.values(), default=None),
                    credit=owed.get(each.tenant.id, 0.0),
                    weight=each.parameters.weight,
                    budget_minor=int(balances.get(each.tenant.id, 0) * MINOR) if pays else None,
                    prices_minor=prices if pays else {},
                )
            )
    return tuple(found), tuple(out)


def _used(
    session: Session, wants: Sequence[TenantWants], routing: Routing, hours: Mapping[UUID, datetime]
) -> Counter[tuple[UUID, CapPeriod]]:
    """Leads that each tenant got in the day and the week in which it sees the drop, by its own clock."""
    since: dict[tuple[CapPeriod, datetime], list[UUID]] = defaultdict(list)
    for each in wants:
        for period in caps_of_drop(each, routing):
            start = cap_start(period, hours[each.tenant.id], routing.drop, each.parameters.time_zone)
            since[period, start].append(each.tenant.id)
    used: Counter[tuple[UUID, CapPeriod]] = Counter()
    for (period, start), ids in since.items():
        for who, count in assignments.count_since(session, ids, start).items():
            used[who, period] = count
    return used
