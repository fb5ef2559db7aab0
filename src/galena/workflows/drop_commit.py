"""A drop committed: every lead of its plan given in one transaction, or none. A second commit changes nothing.

What changed since the plan is looked at again, and what no longer holds is left out, each lead with the reason: it
has another tenant by now, is held, banned, in another tier, does not pass the tenant's gates any more, was taken back
from that very tenant; the tenant is paused, or has no place, room or money left. What would only add to the plan counts
from the next one.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

import polars as pl

from galena.domain.assignment import NewAssignment
from galena.domain.drop import STANDING_WORDS, DropLine, DropShare, KeptDrop, LeadStand
from galena.domain.events import NewEvent
from galena.domain.gates import LABELS
from galena.domain.playbook import Routing
from galena.domain.tenant_parameters import TenantWants
from galena.engines.routing.gates import first_failed
from galena.engines.routing.pool import Pool
from galena.kit.errors import ConflictError
from galena.stores import assignments, audit, drops, outbox, pool, tenant_accounts, tenants
from galena.stores.door import Session
from galena.stores.tenant_accounts import BalanceEntry
from galena.workflows.context import Context
from galena.workflows.drop_needs import MINOR, needs_of, prices_minor
from galena.workflows.drop_plan import make_plan, visible_hours
from galena.workflows.routing_pool import RoutingPool, pool_rules, routing_of

Reached = Callable[[str], None]
"""Told the name of each point that the commit reaches, for tests that end it there."""

POINTS = ("turn taken", "leads locked", "leads given", "accounts settled", "drop marked")
"""The points a commit reaches, in order; all but the last before its transaction ends."""


@dataclass(frozen=True, slots=True)
class Committed:
    """A drop that stands; `changed` is False where it stood before."""

    drop_id: UUID
    changed: bool


def commit_drop(
    context: Context,
    drop_id: UUID | None = None,
    on: date | None = None,
    reached: Reached = lambda _: None,
) -> Committed:
    """Commits a plan, or the newest plan of a day, or plans and commits at once where there is none.

    Raises:
        ConflictError: another drop of that day stands, or the plan was superseded.
        NotFoundError: there is no such plan.
    """
    with context.session() as session:
        drops.take_turn(session)
        reached(POINTS[0])
        kept = _found(session, context, drop_id, on)
        if kept.state == "committed":
            return Committed(kept.id, changed=False)
        _ensure_can_be_committed(session, kept)
        _Commit(session, context, kept, reached).run()
        return Committed(kept.id, changed=True)


def _found(session: Session, context: Context, drop_id: UUID | None, on: date | None) -> KeptDrop:
    if drop_id is not None:
        return drops.load(session, drop_id, lock=True)
    standing = None if on is None else drops.find_committed(session, on)
    kept = standing or drops.find_planned(session, on)
    if kept is None:
        return drops.load(session, make_plan(session, context.playbook, context.clock(), on))
    return drops.load(session, kept.id, lock=True)


def _ensure_can_be_committed(session: Session, kept: KeptDrop) -> None:
    if kept.state != "planned":
        raise ConflictError(
            f"This drop was {kept.state}, so it cannot be committed.",
            facts={"drop": kept.id, "why": kept.ended_reason},
            remedy="Make a new plan with `galena drop plan`.",
        )
    standing = drops.find_committed(session, kept.drop_on)
    if standing is not None:
        raise ConflictError(
            f"Another drop of {kept.drop_on} stands.",
            facts={"drop": standing.id},
            remedy="Undo it first, or leave it as it is.",
        )


class _Commit:
    """One commit, within its transaction."""

    def __init__(self, session: Session, context: Context, kept: KeptDrop, reached: Reached) -> None:
        self._session = session
        self._context = context
        self._kept = kept
        self._reached = reached
        self._at = context.clock()
        self._routing: Routing = routing_of(context.playbook)
        self._prices = prices_minor(self._routing)
        self._frame = pl.DataFrame()

    def run(self) -> None:
        """All of it."""
        lines = drops.list_lines(self._session, self._kept.id)
        tenants.keep_still(self._session, tuple({line.tenant_id for line in lines}))
        wants = {each.tenant.id: each for each in tenants.list_wants(self._session, self._at)}
        stands = self._stands(lines)
        self._reached(POINTS[1])
        left_out = self._left_out(lines, stands, wants)
        hours = visible_hours(tuple(wants.values()), self._routing, self._kept.drop_on, self._at)
        left_out |= self._unfitting([line for line in lines if line.lead_id not in left_out], wants)
        left_out |= self._beyond_means([line for line in lines if line.lead_id not in left_out], wants, hours)
        given = [line for line in lines if line.lead_id not in left_out]
        ids = self._give(given, stands, hours, wants)
        self._reached(POINTS[2])
        self._settle(given, ids, wants, short={line.tenant_id for line in lines if line.lead_id in left_out})
        self._reached(POINTS[3])
        self._mark(given, left_out, hours)
        self._reached(POINTS[4])

    def _stands(self, lines: Sequence[DropLine]) -> Mapping[UUID, LeadStand]:
        ids = [line.lead_id for line in lines]
        rules = pool_rules(self._routing)
        found = pool.stand_of(self._session, rules, ids, self._at, lock=True)
        ready = [id_ for id_, one in found.items() if one.standing == "ready"]
        self._frame = RoutingPool(self._session, self._context.playbook, self._at).some(ready)
        contactable = set(self._frame["lead"])
        banned = [id_ for id_ in ready if str(id_) not in contactable]
        return found | {id_: replace(found[id_], standing="banned") for id_ in banned}

    def _left_out(
        self, lines: Sequence[DropLine], stands: Mapping[UUID, LeadStand], wants: Mapping[UUID, TenantWants]
    ) -> dict[UUID, str]:
        """Lead -> why it is not given after all."""
        labels = {tier.name: tier.label for tier in self._context.playbook.rules.tiers}
        found = {}
        for line in lines:
            stand, tenant = stands.get(line.lead_id), wants[line.tenant_id]
            if tenant.parameters.standing != "active":
                found[line.lead_id] = f"{tenant.tenant.name} is {tenant.parameters.standing} since the plan."
            elif stand is None:
                found[line.lead_id] = "The lead is gone since the plan."
            elif stand.tier != line.tier:
                now = labels.get(stand.tier or "", "no score")
                found[line.lead_id] = f"Its tier changed since the plan, from {labels[line.tier]} to {now}."
            elif stand.standing != "ready":
                found[line.lead_id] = f"Since the plan it {STANDING_WORDS[stand.standing]}."
        return found

    def _unfitting(self, lines: Sequence[DropLine], wants: Mapping[UUID, TenantWants]) -> dict[UUID, str]:
        """Leads that do not pass their tenant's gates of this moment, or that it had and lost since the plan."""
        had = assignments.had_before(self._session, [line.lead_id for line in lines])
        facts, place = Pool.of(self._frame), {lead: row for row, lead in enumerate(self._frame["lead"])}
        found = {}
        for who, own in groupby(lines, lambda line: line.tenant_id):
            of_tenant, tenant = tuple(own), wants[who]
            seen = facts.some([place[str(line.lead_id)] for line in of_tenant])
            failed = first_failed(tenant.parameters.gates, seen)
            for number, line in enumerate(of_tenant):
                if who in had.get(line.lead_id, ()):
                    found[line.lead_id] = f"{tenant.tenant.name} had it and lost it since the plan."
                elif number in failed:
                    gate = LABELS[failed[number]].lower()
                    found[line.lead_id] = (
                        f"Since the plan it does not pass a gate of {tenant.tenant.name} any more: {gate}."
                    )
        return found

    def _beyond_means(
        self, lines: Sequence[DropLine], wants: Mapping[UUID, TenantWants], hours: Mapping[UUID, datetime]
    ) -> dict[UUID, str]:
        """Leads that a tenant has no place, room or money for any more, the least valuable ones."""
        needs, out = needs_of(self._session, tuple(wants.values()), self._routing, hours)
        room = {each.tenant: each.cap for each in needs} | {each.tenant.tenant.id: 0 for each in out}
        money = {each.tenant: each.budget_minor for each in needs}
        places = Counter({(each.tenant, tier): most for each in needs for tier, most in each.quotas.items()})
        found = {}
        for line in sorted(lines, key=lambda each: (-each.value, each.lead_id)):
            who, price = line.tenant_id, int((self._price(line, wants) or 0) * MINOR)
            left, budget = room.get(who), money.get(who)
            place = (who, str(line.why["place_tier"]))
            if left is not None and left < 1:
                found[line.lead_id] = "Its tenant's cap leaves no room for it any more since the plan."
            elif places[place] < 1:
                found[line.lead_id] = "Its tenant has fewer places of this tier since the plan."
            elif budget is not None and price > budget:
                found[line.lead_id] = "Its tenant cannot pay for it any more since the plan."
            else:
                places[place] -= 1
                room[who] = None if left is None else left - 1
                money[who] = None if budget is None else budget - price
        return found

    def _give(
        self,
        lines: Sequence[DropLine],
        stands: Mapping[UUID, LeadStand],
        hours: Mapping[UUID, datetime],
        wants: Mapping[UUID, TenantWants],
    ) -> tuple[UUID, ...]:
        returns = timedelta(hours=self._routing.returns.hours)
        new = []
        for line in lines:
            price, stand = self._price(line, wants), stands[line.lead_id]
            visible = hours[line.tenant_id]
            new.append(
                NewAssignment(
                    lead_id=line.lead_id,
                    tenant_id=line.tenant_id,
                    how="drop",
                    tier=line.tier,
                    micropoints=stand.micropoints or line.micropoints,
                    value=line.value,
                    assigned_at=self._at,
                    visible_at=visible,
                    why=line.why,
                    drop_id=self._kept.id,
                    policy=self._kept.policy,
                    score_id=stand.score_id,
                    propensity=line.propensity,
                    price=price,
                    return_until=visible + returns if price else None,
                )
            )
        return assignments.assign_many(self._session, new)

    def _price(self, line: DropLine, wants: Mapping[UUID, TenantWants]) -> Decimal | None:
        minor = self._prices.get(str(line.why["place_tier"]))
        pays = wants[line.tenant_id].parameters.pays
        return Decimal(minor) / MINOR if minor and pays else None

    def _settle(
        self,
        given: Sequence[DropLine],
        ids: Sequence[UUID],
        wants: Mapping[UUID, TenantWants],
        short: Collection[UUID],
    ) -> None:
        """Charges leads that have a price, and carries shortfalls to the next drop.

        Args:
            short: tenants of whose plan leads fell out: it settles nothing that they are owed.
        """
        why, charges = f"Drop of {self._kept.drop_on}", []
        for line, id_ in zip(given, ids, strict=True):
            price = self._price(line, wants)
            if price:
                charges.append(BalanceEntry(line.tenant_id, "charge", -price, why, self._at, id_))
        tenant_accounts.add_entries(self._session, charges)
        before = tenant_accounts.list_credits(self._session)
        after = {UUID(who): credit for who, credit in self._kept.figures["credits"].items()}
        changes = {who: credit - before.get(who, 0.0) for who, credit in after.items()}
        changes = {who: max(change, 0.0) if who in short else change for who, change in changes.items()}
        tenant_accounts.add_credits(self._session, changes, why=why, at=self._at, drop_id=self._kept.id)

    def _mark(
        self, given: Sequence[DropLine], left_out: Mapping[UUID, str], hours: Mapping[UUID, datetime]
    ) -> None:
        got = Counter((line.tenant_id, line.why["place_tier"]) for line in given)
        shares = [
            _given(share, got[(share.tenant_id, share.tier)], hours.get(share.tenant_id))
            for share in drops.list_shares(self._session, self._kept.id)
        ]
        drops.mark_left_out(self._session, self._kept.id, left_out)
        drops.mark_given(self._session, shares)
        until = self._at + timedelta(hours=self._routing.drop.undo_hours)
        told: dict[str, Any] = {"given": len(given), "left_out": len(left_out)}
        drops.mark_committed(
            self._session,
            self._kept.id,
            at=self._at,
            undo_until=until,
            figures={**self._kept.figures, **told},
        )
        audit.record(
            self._session,
            "commit_drop",
            f"drop:{self._kept.id}",
            {"drop_on": str(self._kept.drop_on), **told},
        )
        payload = {"drop_id": str(self._kept.id), "drop_on": str(self._kept.drop_on), **told}
        outbox.append(self._session, [NewEvent("drop_committed", None, payload)])


def _given(share: DropShare, given: int, visible_at: datetime | None) -> DropShare:
    """A share after the commit: leads that fell out since the plan are part of what is missing."""
    fell = share.planned - given
    why = dict(share.why)
    if fell > 0:
        words = f"{fell} of the plan fell out at the commit."
        why["words"] = f"{why['words']} {words}" if why.get("words") else words
    return replace(share, given=given, visible_at=visible_at, why=why)


def undo_drop(context: Context, drop_id: UUID, why: str) -> tuple[int, int]:
    """Takes a whole drop back: how many leads went back to the pool, and how many stay, for they were contacted.

    Raises:
        NotFoundError: there is no such drop.
        ConflictError: it does not stand, or the time in which it could be undone is over.
    """
    with context.session() as session:
        drops.take_turn(session)
        kept, at = drops.load(session, drop_id, lock=True), context.clock()
        _ensure_can_be_undone(kept, at)
        standing = [one for one in assignments.list_of_drop(session, drop_id, lock=True) if one.is_open]
        back = [one for one in standing if one.contacted_at is None and one.state == "active"]
        reason = f"The drop of {kept.drop_on} was undone: {why}"
        assignments.end_many(session, back, "released", step="undone", why=reason, at=at)
        refunds = [
            BalanceEntry(one.tenant_id, "refund", one.price, reason, at, one.id) for one in back if one.price
        ]
        tenant_accounts.add_entries(session, refunds)
        owed = tenant_accounts.credits_of_drop(session, drop_id)
        reversed_ = {who: -change for who, change in owed.items()}
        tenant_accounts.add_credits(session, reversed_, why=reason, at=at, drop_id=drop_id)
        drops.mark_undone(session, drop_id, at=at, why=why)
        told = {"back": len(back), "stay": len(standing) - len(back), "why": why}
        audit.record(session, "undo_drop", f"drop:{drop_id}", told)
        outbox.append(session, [NewEvent("drop_undone", None, {"drop_id": str(drop_id), **told})])
        return len(back), len(standing) - len(back)


def _ensure_can_be_undone(kept: KeptDrop, at: datetime) -> None:
    if kept.state != "committed" or kept.undo_until is None:
        raise ConflictError(
            f"This drop is {kept.state}; only one that was committed can be undone.", facts={"drop": kept.id}
        )
    if at > kept.undo_until:
        raise ConflictError(
            "The time in which this drop could be undone is over.",
            facts={"until": kept.undo_until.isoformat(timespec="minutes")},
            remedy="Take leads back one by one, or by tenant, with `galena clawback`.",
        )
