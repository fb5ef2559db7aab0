"""Who must not be contacted: banned for the workspace or one tenant, asked before every use, lifted with a reason.

A ban holds for every lead that is reached by the same address or number, also for those that come in later: it is
asked by the lead's contacts as they are at that moment.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from galena.domain.dispositions import Disposition, is_outcome, rule_of
from galena.domain.events import NewEvent
from galena.domain.listing import LeadEntry
from galena.domain.playbook import FieldType, Playbook
from galena.domain.suppression import Contact, Suppression, contact_fields, contacts_of, read_contact
from galena.kit.errors import InputError
from galena.stores import (
    assignment_states,
    assignments,
    audit,
    dispositions,
    drops,
    leads,
    outbox,
    suppressions,
    tasks,
)
from galena.stores.door import OPERATOR, Session
from galena.workflows.lead_view import find_lead

WHY = "on the do-not-contact list"
ASKED = "asked not to be contacted"
STOPPED = "suppressed"
"""The step of assignments that a ban closes."""


@dataclass(frozen=True, slots=True)
class Banned:
    """What a ban did: how many bans are new, and which leads it stopped besides the one it came from."""

    added: int
    leads: tuple[UUID, ...]


def take_turn_to_ban(session: Session, outcomes: Collection[str]) -> None:
    """Waits, where one of these outcomes bans, until nobody gives leads: a drop under way could give what is banned.

    Before any lead is locked.
    """
    if any(is_outcome(each) and rule_of(each).bans for each in outcomes):
        drops.take_turn(session)


def ban_leads(
    session: Session, playbook: Playbook, asked: Sequence[tuple[LeadEntry, Disposition]], at: datetime
) -> dict[UUID, tuple[UUID, ...]]:
    """Ban the leads of which outcomes say so, and everything they are reached by, for the whole workspace.

    Returns: disposition -> the other leads that this stops.
    """
    names = contact_fields(playbook)
    ways = {row.id: contacts_of(entry.lead.fields, names) for entry, row in asked}
    for entry, row in asked:
        reason = row.note or ASKED
        _add(session, entry, ways[row.id], reason, at, disposition_id=row.id)
    reached = _reached(session, playbook, {way for each in ways.values() for way in each})
    others = {
        row.id: tuple(
            sorted({lead for way in ways[row.id] for lead in reached.get(way, ())} - {entry.lead.id})
        )
        for entry, row in asked
    }
    _stop(session, {lead for each in others.values() for lead in each}, at)
    for entry, row in asked:
        _note(session, f"lead:{entry.lead.id}", entry.lead.id, 1 + len(ways[row.id]), others[row.id])
    return others


def unban_leads(
    session: Session, playbook: Playbook, wrong: Disposition, because: str, at: datetime
) -> tuple[UUID, ...]:
    """Ends the bans that an outcome made, for it was a mistake; what somebody else asked for, too, stays banned.

    A ban whose address or number was erased stays: nobody could tell who else asked for it.

    Returns: leads that may be contacted again.
    """
    known = [
        ban for ban in suppressions.list_of_outcome(session, wrong.id) if ban.kind == "lead" or ban.value
    ]
    ways = {Contact(ban.kind, ban.value) for ban in known if ban.value is not None}
    near = {wrong.lead_id, *(lead for of in _reached(session, playbook, ways).values() for lead in of)}
    suppressions.lift_many(session, known, because=f"The outcome was taken back: {because}", at=at)
    names, entries = contact_fields(playbook), leads.load_many(session, near)
    for lead_id, rows in dispositions.list_for_leads(session, near).items():
        gone = {row.corrects for row in rows}
        for row in rows:
            if row.rule is not None and row.rule.bans and row.id not in gone | {wrong.id}:
                reason = row.note or ASKED
                theirs = contacts_of(entries[lead_id].lead.fields, names)
                _add(session, entries[lead_id], theirs, reason, at, disposition_id=row.id)
    for ban in known:
        detail = {"because": because, "kind": ban.kind, "outcome": str(wrong.id)}
        audit.record(session, "lift_suppression", f"suppression:{ban.id}", detail)
    outbox.append(
        session, [NewEvent("suppression_lifted", ban.lead_id, {"suppression": str(ban.id)}) for ban in known]
    )
    banned = banned_leads(session, playbook, tuple(entries.values()))
    return tuple(sorted(near - banned)) if known else ()


def banned_leads(session: Session, playbook: Playbook, entries: Collection[LeadEntry]) -> frozenset[UUID]:
    """Of these leads those that nobody may contact."""
    names = contact_fields(playbook)
    ways = {entry.lead.id: contacts_of(entry.lead.fields, names) for entry in entries}
    return frozenset(suppressions.find_banned(session, ways))


def ban_contact(
    session: Session,
    playbook: Playbook,
    text: str,
    reason: str,
    at: datetime,
    *,
    tenant_id: UUID | None = None,
) -> Banned:
    """Ban an address, a number, or a lead by its key or title.

    Raises:
        InputError: no reason is given.
        NotFoundError: it is neither an address nor a number, and no lead fits.
    """
    if not reason.strip():
        raise InputError("A ban needs a reason.", remedy="Say why, such as `asked by letter`.")
    drops.take_turn(session)
    contact = read_contact(text)
    if contact is None:
        entry = leads.load(session, find_lead(session, text))
        ways: tuple[Contact, ...] = contacts_of(entry.lead.fields, contact_fields(playbook))
        _take_over(session, [Contact("lead", str(entry.lead.id)), *ways], reason, at, tenant_id)
        added = _add(session, entry, ways, reason.strip(), at, tenant_id=tenant_id)
        subject, lead_id = f"lead:{entry.lead.id}", entry.lead.id
    else:
        ways = (contact,)
        _take_over(session, ways, reason, at, tenant_id)
        added = suppressions.add(session, ways, reason=reason.strip(), at=at, tenant_id=tenant_id)
        subject, lead_id = f"contact:{contact.hashed(session.workspace_id).hex()[:16]}", None
    found = {} if tenant_id else _reached(session, playbook, set(ways))
    stopped = {lead for each in found.values() for lead in each}
    if lead_id is not None and tenant_id is None:
        stopped.add(lead_id)
    _stop(session, stopped, at)
    _note(session, subject, lead_id, added, tuple(sorted(stopped)), tenant_id)
    return Banned(added, tuple(sorted(stopped)))


def check(session: Session, playbook: Playbook, text: str) -> tuple[Suppression, ...]:
    """The bans that bear on an address, a number or a lead, the newest first; lifted ones too.

    Raises:
        NotFoundError: it is neither an address nor a number, and no lead fits.
    """
    contact = read_contact(text)
    if contact is not None:
        return suppressions.find_by_contact(session, contact)
    entry = leads.load(session, find_lead(session, text))
    ways = contacts_of(entry.lead.fields, contact_fields(playbook))
    found = {
        ban.id: ban
        for way in (Contact("lead", str(entry.lead.id)), *ways)
        for ban in suppressions.find_by_contact(session, way)
    }
    return tuple(sorted(found.values(), key=lambda ban: ban.id, reverse=True))


def lift(session: Session, suppression_id: UUID, *, because: str, at: datetime) -> Suppression:
    """End a ban, as an administrator, with a reason that is kept.

    Raises:
        InputError: no reason is given, or a tenant asks.
        NotFoundError: there is no such ban.
        ConflictError: it was lifted before.
    """
    if session.tenant_id != OPERATOR:
        raise InputError("Only an administrator lifts a ban.")
    if not because.strip():
        raise InputError("Lifting a ban needs a reason.", remedy="Say why it no longer holds.")
    ban = suppressions.lift(session, suppression_id, because=because.strip(), at=at)
    audit.record(
        session, "lift_suppression", f"suppression:{ban.id}", {"because": because.strip(), "kind": ban.kind}
    )
    outbox.append(session, [NewEvent("suppression_lifted", ban.lead_id, {"suppression": str(ban.id)})])
    return ban


def _add(
    session: Session,
    entry: LeadEntry,
    ways: Sequence[Contact],
    reason: str,
    at: datetime,
    *,
    tenant_id: UUID | None = None,
    disposition_id: UUID | None = None,
) -> int:
    """Bans a lead itself and its contacts; says how many bans are new."""
    return suppressions.add(
        session,
        [Contact("lead", str(entry.lead.id)), *ways],
        reason=reason,
        at=at,
        tenant_id=tenant_id,
        lead_id=entry.lead.id,
        disposition_id=disposition_id,
    )


def _take_over(
    session: Session, ways: Collection[Contact], reason: str, at: datetime, tenant_id: UUID | None
) -> None:
    """What is banned by hand stays banned when an outcome that banned it before turns out a mistake."""
    theirs = suppressions.list_of_outcomes(session, ways, tenant_id=tenant_id)
    suppressions.lift_many(session, theirs, because=f"Banned by hand in its place: {reason.strip()}", at=at)


def _reached(session: Session, playbook: Playbook, wanted: set[Contact]) -> dict[Contact, list[UUID]]:
    """Contact -> the leads that are reached by it."""
    names = contact_fields(playbook)
    kinds = {name: "email" if kind is FieldType.EMAIL else "phone" for name, kind in names.items()}
    found: dict[Contact, list[UUID]] = {}
    for lead_id, entry in leads.load_many(
        session, suppressions.list_reached_by(session, wanted, kinds)
    ).items():
        for way in wanted & set(contacts_of(entry.lead.fields, names)):
            found.setdefault(way, []).append(lead_id)
    return found


def _stop(session: Session, lead_ids: Collection[UUID], at: datetime) -> None:
    """Ends what is planned with leads; they stay with whom they were given to, closed."""
    if not lead_ids:
        return
    held = assignments.find_open(session, lead_ids, lock=True).values()
    going = [each for each in held if each.state in ("active", "inactive")]
    assignment_states.move_many(session, going, "closed", step=STOPPED, why=WHY, at=at)
    tasks.end_of_leads(session, lead_ids, because=WHY, at=at)


def _note(
    session: Session,
    subject: str,
    lead_id: UUID | None,
    count: int,
    others: Sequence[UUID],
    tenant_id: UUID | None = None,
) -> None:
    facts = {"bans": count, "other_leads": len(others), "tenant": str(tenant_id) if tenant_id else None}
    audit.record(session, "suppress", subject, facts)
    stopped = dict.fromkeys((*([lead_id] if lead_id else []), *others))
    outbox.append(session, [NewEvent("suppressed", each, {}) for each in stopped])
