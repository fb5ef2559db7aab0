"""After a lead was given: accepted, declined or let lapse, returned for a reason, left alone and taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from galena.domain.assignment import Assignment
from galena.domain.playbook import Routing
from galena.kit.errors import ConflictError, InputError, NotFoundError
from galena.stores import assignments, audit, drops, lead_holds, tenant_accounts
from galena.stores.door import Session
from galena.workflows.claw_back import refunds
from galena.workflows.context import Context
from galena.workflows.route import Routed, route_some
from galena.workflows.routing_pool import routing_of

BAD_PHONE = "bad_phone"
"""A lead returned for this reason is held until somebody has mended its number."""

RETURNS_COUNTED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the routine look after given leads did.

    Attributes:
        lapsed: offers that were not accepted in time; their leads were offered to the next tenant.
        warned: leads whose tenant was warned that it leaves them alone.
        taken_back: leads taken back after the warning.
    """

    lapsed: int = 0
    warned: int = 0
    taken_back: int = 0
    routed: Routed = field(default_factory=Routed)

    def as_dict(self) -> dict[str, object]:
        """As JSON, for scripts."""
        told = {"lapsed": self.lapsed, "warned": self.warned, "taken_back": self.taken_back}
        return {**told, **self.routed.as_dict()}


def accept(context: Context, lead_id: UUID, tenant_id: UUID) -> Assignment:
    """The tenant takes the lead that it was offered.

    Raises:
        NotFoundError: the lead is not with this tenant.
        ConflictError: the time to accept is over.
    """
    with context.session() as session:
        one, at = _theirs(session, lead_id, tenant_id), context.clock()
        if one.accepted_at is not None or one.accept_by is None:
            return one
        if at >= one.accept_by:
            raise ConflictError(
                "The time to accept this lead is over.",
                facts={"until": one.accept_by.isoformat(timespec="minutes")},
                remedy="It goes to another tenant.",
            )
        assignments.mark_many(session, [one], "accepted", why=None, at=at, accepted_at=at)
        return assignments.load(session, one.id)


def decline(context: Context, lead_id: UUID, tenant_id: UUID, why: str) -> Routed:
    """The tenant does not take the lead that it was offered; the next one is asked at once.

    Raises:
        NotFoundError: the lead is not with this tenant.
        ConflictError: the tenant has accepted it, or need not accept.
    """
    with context.session() as session:
        drops.take_turn(session)
        one, at = _theirs(session, lead_id, tenant_id), context.clock()
        if not one.is_offer:
            raise ConflictError(
                "This lead is the tenant's already, so it cannot be declined.",
                remedy="Return it, where it has a price, or ask the operator to take it back.",
            )
        _end_offers(session, [one], "declined", why or "Declined", at)
        return route_some(session, context.playbook, [lead_id], at, note=True)


def return_lead(context: Context, lead_id: UUID, tenant_id: UUID, code: str, note: str = "") -> Assignment:
    """The tenant gives a paid lead back, for a reason of the playbook, within the time; it is refunded.

    Raises:
        NotFoundError: the lead is not with this tenant.
        InputError: there is no such reason.
        ConflictError: it has no price, the time is over, or the tenant has returned too many.
    """
    reasons = routing_of(context.playbook).returns.reasons
    if code not in reasons:
        raise InputError(
            f"{code!r} is no reason to return a lead.", remedy=f"Use one of: {', '.join(reasons)}."
        )
    with context.session() as session:
        drops.take_turn(session)
        one, at = _theirs(session, lead_id, tenant_id), context.clock()
        _ensure_can_be_returned(session, one, routing_of(context.playbook), at)
        why = reasons[code] + (f": {note.strip()}" if note.strip() else "")
        assignments.end_many(session, [one], "returned", step="returned", why=why, at=at)
        tenant_accounts.add_entries(session, refunds([one], f"Returned. {why}", at))
        audit.record(session, "return_lead", f"lead:{lead_id}", {"code": code, "tenant": str(tenant_id)})
        if code == BAD_PHONE:
            lead_holds.hold_many(session, [lead_id], why=why, at=at, until=None)
            assignments.note_leads(session, [lead_id], "held", why=why, at=at)
        return assignments.load(session, one.id)


def keep_up(context: Context) -> Kept:
    """What time brings: offers that lapse are offered on, idle leads warned of and taken back, by the playbook."""
    routing = context.playbook.routing
    if routing is None:
        return Kept()
    with context.session() as session:
        drops.take_turn(session)
        at = context.clock()
        lapsed = assignments.list_offers_over(session, at)
        _end_offers(session, lapsed, "lapsed", "Not accepted in time", at)
        back = _take_back_idle(session, routing, at)
        warned = _warn_idle(session, routing, at)
        again = [one.lead_id for one in (*lapsed, *back)]
        on_arrival = routing.mode == "on_arrival"
        routed = route_some(session, context.playbook, again, at, note=True) if on_arrival else Routed()
        return Kept(len(lapsed), len(warned), len(back), routed)


def _end_offers(session: Session, offers: Sequence[Assignment], step: str, why: str, at: datetime) -> None:
    assignments.end_many(session, offers, "declined", step=step, why=why, at=at)
    tenant_accounts.add_entries(session, refunds(offers, why, at))


def _warn_idle(session: Session, routing: Routing, at: datetime) -> tuple[Assignment, ...]:
    if routing.idle is None:
        return ()
    days = routing.idle.warn_days
    found = assignments.list_left_alone(session, visible_before=at - timedelta(days=days))
    why = f"No contact for {days} days."
    if routing.idle.take_back_days is not None:
        why += f" It is taken back in {routing.idle.take_back_days} days."
    assignments.mark_many(session, found, "warned", why=why, at=at, warned_at=at)
    return found


def _take_back_idle(session: Session, routing: Routing, at: datetime) -> tuple[Assignment, ...]:
    if routing.idle is None or routing.idle.take_back_days is None:
        return ()
    found = assignments.list_left_alone(
        session,
        visible_before=at - timedelta(days=routing.idle.warn_days),
        warned_before=at - timedelta(days=routing.idle.take_back_days),
    )
    why = f"No contact for {routing.idle.take_back_days} days after the warning."
    assignments.end_many(session, found, "released", step="taken_back_idle", why=why, at=at)
    return found


def _theirs(session: Session, lead_id: UUID, tenant_id: UUID) -> Assignment:
    one = assignments.find_open(session, [lead_id], lock=True).get(lead_id)
    if one is None or one.tenant_id != tenant_id:
        raise NotFoundError("This lead is not with this tenant.", facts={"lead": lead_id})
    return one


def _ensure_can_be_returned(session: Session, one: Assignment, routing: Routing, at: datetime) -> None:
    if one.price is None or one.return_until is None:
        raise ConflictError("This lead had no price, so it cannot be returned.")
    if at > one.return_until:
        raise ConflictError(
            "The time in which this lead could be returned is over.",
            facts={"until": one.return_until.isoformat(timespec="minutes")},
        )
    got, returned = assignments.count_returns(session, one.tenant_id, at - RETURNS_COUNTED)
    most = max(int(got * routing.returns.most_share), 1)
    if returned >= most:
        raise ConflictError(
            f"This tenant has returned {returned:,} of {got:,} leads in 30 days; {most:,} are allowed.",
            remedy="The operator can take the lead back.",
        )
