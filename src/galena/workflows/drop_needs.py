"""What each tenant may get at a moment: gates and quotas, what is left of its caps, what it is owed and can pay."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from galena.domain.drop_times import cap_start
from galena.domain.playbook import Routing
from galena.domain.routing import TenantNeeds
from galena.domain.tenant_parameters import TenantWants
from galena.stores import assignments, tenant_accounts
from galena.stores.door import Session

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


def prices_minor(routing: Routing) -> Mapping[str, int]:
    """Tier -> price of a lead, in hundredths of the currency."""
    return {tier: round(price * MINOR) for tier, price in routing.prices.items() if price > 0}


def needs_of(
    session: Session, wants: Sequence[TenantWants], routing: Routing, at: datetime
) -> tuple[tuple[TenantNeeds, ...], tuple[OutOfDrop, ...]]:
    """What tenants may get in a drop, as of `at` (when it shows), and those that take no part."""
    active = [each for each in wants if each.parameters.standing == "active"]
    out = [OutOfDrop(each, f"It is {each.parameters.standing}.") for each in wants if each not in active]
    used = _used_in_week(session, active, routing, at)
    owed = tenant_accounts.list_credits(session)
    balances = tenant_accounts.list_balances(session) if routing.prices else {}
    prices = prices_minor(routing)
    found = []
    for each in active:
        quotas = quotas_of(each, routing)
        week = each.parameters.caps.get("week", routing.arrival.caps.get("week"))
        left = None if week is None else max(week - used.get(each.tenant.id, 0), 0)
        if not quotas:
            out.append(OutOfDrop(each, "It has no quota."))
        elif left == 0:
            out.append(OutOfDrop(each, f"Its cap of {week:,} leads a week is used up."))
        else:
            pays = bool(prices) and each.parameters.pays
            found.append(
                TenantNeeds(
                    tenant=each.tenant.id,
                    name=each.tenant.name,
                    gates=each.parameters.gates,
                    quotas=quotas,
                    cap=left,
                    credit=owed.get(each.tenant.id, 0.0),
                    weight=each.parameters.weight,
                    budget_minor=int(balances.get(each.tenant.id, 0) * MINOR) if pays else None,
                    prices_minor=prices if pays else {},
                )
            )
    return tuple(found), tuple(out)


def _used_in_week(
    session: Session, wants: Sequence[TenantWants], routing: Routing, at: datetime
) -> dict[UUID, int]:
    """Leads that each tenant got in the week that lasts, by its own clock."""
    zones: dict[str, list[UUID]] = defaultdict(list)
    for each in wants:
        zones[each.parameters.time_zone].append(each.tenant.id)
    used: dict[UUID, int] = {}
    for zone, ids in zones.items():
        used |= assignments.count_since(session, ids, cap_start("week", at, routing.drop, zone))
    return used
