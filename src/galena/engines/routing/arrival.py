"""One arriving lead: whom to offer it, in order, and why everybody else is left out.

The owner of a known contact comes first: gates and turns do not matter to it, while caps, balance and a pause do. After
it come the tenants that pass, in the order of the policy; the next in the order is asked when one declines or lets the
time run out.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from galena.domain.gates import LABELS, GateVerdict
from galena.domain.routing import (
    ArrivalChoice,
    ArrivalPolicy,
    ArrivalTenant,
    Offer,
    Refusal,
    RefusalCode,
    Why,
)
from galena.engines.routing.gates import fit_of, verdicts

_Key = Callable[[ArrivalTenant, float], tuple[object, ...]]


def route_arrival(
    facts: Mapping[str, Any],
    tenants: Sequence[ArrivalTenant],
    policy: ArrivalPolicy,
    *,
    owner: UUID | None = None,
    declined: frozenset[UUID] = frozenset(),
) -> ArrivalChoice:
    """Whom to offer an arriving lead.

    Args:
        facts: fact of `domain.gates.FACTS` -> value.
        owner: the tenant that knows this contact already.
        declined: tenants that had this lead before, said no to it, or did not answer in time.
    """
    open_: list[tuple[ArrivalTenant, tuple[GateVerdict, ...]]] = []
    refusals = []
    for each in sorted(tenants, key=lambda each: each.needs.tenant.bytes):
        said = verdicts(each.needs.gates, facts)
        refusal = _refusal(each, said, policy, owner=owner, declined=declined)
        if refusal is None:
            open_.append((each, said))
        else:
            refusals.append(refusal)
    order = _ORDERS[policy]
    ranked = sorted(
        open_,
        key=lambda pair: (pair[0].needs.tenant != owner, *order(pair[0], fit_of(pair[1]))),
    )
    offers = tuple(
        Offer(
            tenant=each.needs.tenant,
            rank=rank,
            fit=fit_of(said),
            sticky=each.needs.tenant == owner,
            why=_why(
                each, fit_of(said), policy, rank=rank, of=len(ranked), sticky=each.needs.tenant == owner
            ),
        )
        for rank, (each, said) in enumerate(ranked, start=1)
    )
    return ArrivalChoice(policy, offers, tuple(refusals))


def _share(each: ArrivalTenant) -> float:
    """Leads of the window per unit of weight: who has least is next."""
    return each.turns / each.needs.weight


def _waited(each: ArrivalTenant) -> tuple[object, ...]:
    """Who waited longest first; who never had a lead before all others; then by id."""
    at: datetime | None = each.last_at
    return (at is not None, at.timestamp() if at else 0.0, each.needs.tenant.bytes)


_ORDERS: Mapping[ArrivalPolicy, _Key] = {
    "weighted_round_robin": lambda each, _: (_share(each), *_waited(each)),
    "best_fit": lambda each, fit: (-fit, _share(each), *_waited(each)),
    "highest_bid": lambda each, fit: (-(each.bid_minor or 0), -fit, _share(each), *_waited(each)),
}


def _refusal(
    each: ArrivalTenant,
    said: Sequence[GateVerdict],
    policy: ArrivalPolicy,
    *,
    owner: UUID | None,
    declined: frozenset[UUID],
) -> Refusal | None:
    """Why a tenant is not offered the lead; the first reason of several."""
    tenant = each.needs.tenant
    if each.closed is not None:
        return _refused(tenant, "closed", f"It is {each.closed}.", {"state": each.closed})
    if tenant in declined:
        return _refused(
            tenant, "declined", "It had this lead before, or declined it, or did not answer in time.", {}
        )
    failed = [verdict for verdict in said if not verdict.passes]
    if failed and tenant != owner:
        return _refused(tenant, "gate", _gate_words(failed), {"gates": [verdict.name for verdict in failed]})
    for cap in each.caps:
        if cap.used >= cap.most:
            words = (
                f"Its cap of {cap.most} {'lead' if cap.most == 1 else 'leads'} per {cap.period} is reached."
            )
            return _refused(tenant, "cap", words, {"period": cap.period, "most": cap.most, "used": cap.used})
    if policy == "highest_bid" and each.bid_minor is None:
        return _refused(tenant, "no_bid", "It bids nothing.", {})
    price = each.bid_minor or 0 if policy == "highest_bid" else each.price_minor
    if each.balance_minor is not None and price > each.balance_minor:
        words = f"Its balance of {_money(each.balance_minor)} does not pay the price of {_money(price)}."
        return _refused(tenant, "balance", words, {"price_minor": price, "balance_minor": each.balance_minor})
    return None


def _refused(tenant: UUID, code: RefusalCode, words: str, figures: Mapping[str, Any]) -> Refusal:
    return Refusal(tenant, code, Why(words, figures))


def _gate_words(failed: Sequence[GateVerdict]) -> str:
    """Which gates the lead does not pass, and whether the fact is only unknown."""
    parts = [f"{LABELS[verdict.name].lower()}{'' if verdict.known else ' (unknown)'}" for verdict in failed]
    return f"The lead does not pass: {', '.join(parts)}."


def _why(each: ArrivalTenant, fit: float, policy: ArrivalPolicy, *, rank: int, of: int, sticky: bool) -> Why:
    """Why this tenant at this rank."""
    figures = {
        "rank": rank,
        "of": of,
        "fit": fit,
        "turns": each.turns,
        "weight": each.needs.weight,
        "bid_minor": each.bid_minor,
    }
    if sticky:
        return Why("It knows this contact already.", figures)
    had = f"{each.turns} {'lead' if each.turns == 1 else 'leads'} so far at weight {each.needs.weight:g}"
    if policy == "weighted_round_robin":
        words = f"By turn: {had}."
    elif policy == "best_fit":
        words = f"By fit: {fit:.0%} of its gates confirmed by facts; then by turn, {had}."
    else:
        words = f"By bid: {_money(each.bid_minor or 0)}; at equal bids by fit, {fit:.0%}."
    return Why(f"{words} No. {rank} of {of} that may have it.", figures)


def _money(minor: int) -> str:
    """Hundredths of the currency as an amount."""
    return f"{minor / 100:,.2f}"
