"""The desk: leads taken back, given by hand, passed on, held, released; one or many, each with a reason.

Everything is in one transaction with its line on the ledger, the audit trail and the events by which outreach stops.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from galena.domain.assignment import Assignment, Ending, How, NewAssignment
from galena.domain.drop import STANDING_WORDS
from galena.domain.events import NewEvent
from galena.kit.errors import InputError, NotFoundError
from galena.stores import (
    assignments,
    audit,
    drops,
    lead_holds,
    leads,
    outbox,
    pool,
    sales,
    tenant_accounts,
    tenants,
)
from galena.stores.door import Session
from galena.stores.tenant_accounts import BalanceEntry
from galena.workflows.context import Context
from galena.workflows.routing_pool import RoutingPool, pool_rules, routing_of

BY_HAND = ("ready", "stale", "no_contact", "resting")
"""How a lead may stand that a person gives: what only speaks against giving it unasked is theirs to weigh."""


@dataclass(frozen=True, slots=True)
class DeskReport:
    """What was done with some leads: to how many, and why not to the others (lead -> words)."""

    done: tuple[UUID, ...]
    left_out: Mapping[UUID, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """As JSON, for scripts."""
        return {"done": len(self.done), "left_out": {str(lead): why for lead, why in self.left_out.items()}}


def leads_named(session: Session, references: Sequence[str]) -> tuple[UUID, ...]:
    """The leads that people name: by key (with or without its source), id, or the beginning of one.

    Raises:
        NotFoundError: a reference is nobody's.
        ConflictError: a reference fits several leads.
    """
    known = sales.ids_by_key(session, list(references))
    found = []
    for reference in references:
        if reference in known:
            found.append(known[reference])
            continue
        lead = leads.find(session, reference)
        if lead is None:
            raise NotFoundError(f"There is no lead {reference!r}.", remedy="Give its key, as lists show it.")
        found.append(lead.lead.id)
    return tuple(dict.fromkeys(found))


def claw_back(context: Context, lead_ids: Collection[UUID], why: str, *, hold: bool = False) -> DeskReport:
    """Takes leads back from their tenants; what they paid for them is refunded.

    Args:
        hold: keep them out of drops and routing, too, until they are released.

    Raises:
        InputError: there is no reason.
    """
    with context.session() as session:
        report = _end(session, context, lead_ids, "clawed_back", step="clawed_back", why=why, refund=True)
        if hold:
            _hold(session, report.done, why, context.clock(), None)
        return report


def release(context: Context, lead_ids: Collection[UUID], why: str) -> DeskReport:
    """Frees leads from the tenants that they are locked to; nothing is refunded.

    Raises:
        InputError: there is no reason.
    """
    with context.session() as session:
        return _end(session, context, lead_ids, "released", step="released", why=why, refund=False)


def give(context: Context, lead_ids: Collection[UUID], tenant: str, why: str) -> DeskReport:
    """Gives leads that nobody has to a tenant, by hand: no gate or quota is asked, but bans and tiers hold.

    Raises:
        InputError: there is no reason.
        NotFoundError: there is no such tenant.
    """
    with context.session() as session:
        drops.take_turn(session)
        return _give(session, context, lead_ids, tenant, why, "manual")


def reassign(context: Context, lead_ids: Collection[UUID], tenant: str, why: str) -> DeskReport:
    """Takes leads from their tenants and gives them to another one; leads that cannot be given stay where they are.

    Raises:
        InputError: there is no reason.
        NotFoundError: there is no such tenant.
    """
    with context.session() as session:
        drops.take_turn(session)
        to = tenants.find(session, tenant)
        held = assignments.find_open(session, lead_ids, lock=True)
        theirs = {lead: "It is with this tenant." for lead, one in held.items() if one.tenant_id == to.id}
        moving = [lead for lead in lead_ids if lead not in theirs]
        banned = _cannot_be_given(session, context, [lead for lead in moving if lead in held])
        moving = [lead for lead in moving if lead not in banned]
        _end(
            session,
            context,
            [lead for lead in moving if lead in held],
            "clawed_back",
            step="reassigned",
            why=why,
            refund=True,
        )
        report = _give(session, context, moving, tenant, why, "reassign")
        return DeskReport(report.done, {**report.left_out, **theirs, **banned})


def hold(context: Context, lead_ids: Collection[UUID], why: str, until: datetime | None = None) -> DeskReport:
    """Keeps leads out of drops and routing; those that a tenant has stay there.

    Raises:
        InputError: there is no reason, or the day is past.
    """
    at = context.clock()
    if until is not None and until <= at:
        raise InputError("This day is past.", facts={"until": until.date()}, remedy="Name a day to come.")
    with context.session() as session:
        known = leads.load_many(session, lead_ids)
        _hold(session, sorted(known), why, at, until)
        return DeskReport(
            tuple(sorted(known)), {lead: "It is gone." for lead in lead_ids if lead not in known}
        )


def end_hold(context: Context, lead_ids: Collection[UUID], why: str) -> DeskReport:
    """Lets drops and routing give leads again.

    Raises:
        InputError: there is no reason.
    """
    with context.session() as session:
        at = context.clock()
        done = lead_holds.end_many(session, lead_ids, at=at)
        assignments.note_leads(session, done, "hold_ended", why=_reason(why), at=at)
        _audit(session, "end_hold", done, why)
        return DeskReport(done, {lead: "It is not held." for lead in lead_ids if lead not in done})


def _end(
    session: Session,
    context: Context,
    lead_ids: Collection[UUID],
    state: Ending,
    *,
    step: str,
    why: str,
    refund: bool,
) -> DeskReport:
    at, reason = context.clock(), _reason(why)
    drops.take_turn(session)
    found = assignments.find_open(session, lead_ids, lock=True)
    open_ones = tuple(found.values())
    assignments.end_many(session, open_ones, state, step=step, why=reason, at=at)
    if refund:
        tenant_accounts.add_entries(session, refunds(open_ones, reason, at))
    _audit(session, step, tuple(found), reason)
    return DeskReport(tuple(found), {lead: "Nobody has it." for lead in lead_ids if lead not in found})


def refunds(ended: Collection[Assignment], why: str, at: datetime) -> list[BalanceEntry]:
    """What tenants get back for leads that were taken from them."""
    return [BalanceEntry(one.tenant_id, "refund", one.price, why, at, one.id) for one in ended if one.price]


def _give(
    session: Session, context: Context, lead_ids: Collection[UUID], tenant: str, why: str, how: How
) -> DeskReport:
    at, reason, to = context.clock(), _reason(why), tenants.find(session, tenant)
    standing = tenants.load_wants(session, to.id, at).parameters.standing
    if standing == "cancelled":
        raise InputError(
            f"{to.name} is cancelled.", remedy=f"Run `galena tenant resume` for {to.name} first."
        )
    left_out = _cannot_be_given(session, context, lead_ids, locked=True)
    frame = RoutingPool(session, context.playbook, at).some(
        [lead for lead in lead_ids if lead not in left_out], BY_HAND
    )
    new = [
        NewAssignment(
            lead_id=UUID(row["lead"]),
            tenant_id=to.id,
            how=how,
            tier=row["tier"],
            micropoints=row["micropoints"],
            value=row["value"],
            assigned_at=at,
            visible_at=at,
            why={"words": reason},
            score_id=row["score_id"],
        )
        for row in frame.iter_rows(named=True)
    ]
    assignments.assign_many(session, new)
    done = tuple(one.lead_id for one in new)
    _audit(session, "give_leads", done, reason, tenant=str(to.id))
    return DeskReport(done, left_out)


def _cannot_be_given(
    session: Session, context: Context, lead_ids: Collection[UUID], *, locked: bool = False
) -> dict[UUID, str]:
    """Lead -> why a person may not give it; an open assignment counts only with `locked`."""
    at, rules = context.clock(), pool_rules(routing_of(context.playbook))
    stands = pool.stand_of(session, rules, lead_ids, at, lock=True)
    allowed = BY_HAND if locked else (*BY_HAND, "assigned")
    found = {}
    for lead in lead_ids:
        stand = stands.get(lead)
        if stand is None or stand.standing not in allowed:
            found[lead] = f"It {STANDING_WORDS[stand.standing if stand else 'gone']}."
        elif stand.tier not in routing_of(context.playbook).tiers:
            found[lead] = f"It {STANDING_WORDS['other_tier' if stand.tier else 'not_scored']}."
    for one in lead_holds.list_open(session, lead_ids):
        if one.until is None or one.until > at:
            found.setdefault(one.lead_id, f"It {STANDING_WORDS['held']}.")
    banned = RoutingPool(session, context.playbook, at).banned_of(
        [one for one in lead_ids if one not in found]
    )
    return found | dict.fromkeys(banned, f"It {STANDING_WORDS['banned']}.")


def _hold(
    session: Session, lead_ids: Collection[UUID], why: str, at: datetime, until: datetime | None
) -> None:
    reason = _reason(why)
    lead_holds.hold_many(session, lead_ids, why=reason, at=at, until=until)
    told = {"until": until.isoformat()} if until else {}
    assignments.note_leads(session, lead_ids, "held", why=reason, at=at, **told)
    _audit(session, "hold_leads", tuple(lead_ids), reason)


def _reason(why: str) -> str:
    reason = " ".join(why.split())
    if not reason:
        raise InputError("A reason is needed: tenants and the history show it.", remedy="Say why.")
    return reason


def _audit(session: Session, action: str, lead_ids: Collection[UUID], why: str, **more: str) -> None:
    """One entry for each lead, so that each lead's trail is whole."""
    for lead_id in lead_ids:
        audit.record(session, action, f"lead:{lead_id}", {"why": why, **more})
    if lead_ids:
        outbox.append(session, [NewEvent("desk", None, {"action": action, "leads": len(lead_ids), **more})])
