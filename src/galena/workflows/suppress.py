"""Who must not be contacted: banned for the workspace or one tenant, asked before every use, lifted with a reason.

A ban holds for every lead that is reached by the same address or number, also for those that come in later: it is
asked by the lead's contacts as they are at that moment.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from galena.domain.events import NewEvent
from galena.domain.listing import LeadEntry
from galena.domain.playbook import FieldType, Playbook
from galena.domain.suppression import Contact, Suppression, contact_fields, contacts_of, read_contact
from galena.kit.errors import InputError
from galena.stores import assignment_states, assignments, audit, leads, outbox, suppressions, tasks
from galena.stores.door import OPERATOR, Session
from galena.workflows.lead_view import find_lead

WHY = "on the do-not-contact list"


@dataclass(frozen=True, slots=True)
class Banned:
    """What a ban did: how many bans are new, and which leads it stopped besides the one it came from."""

    added: int
    leads: tuple[UUID, ...]


def ban_lead(
    session: Session,
    playbook: Playbook,
    entry: LeadEntry,
    reason: str,
    at: datetime,
    *,
    tenant_id: UUID | None = None,
    disposition_id: UUID | None = None,
) -> tuple[UUID, ...]:
    """Ban a lead and everything it is reached by; returns the other leads that this stops."""
    ways = contacts_of(entry.lead.fields, contact_fields(playbook))
    contacts = [Contact("lead", str(entry.lead.id)), *ways]
    suppressions.add(
        session,
        contacts,
        reason=reason,
        at=at,
        tenant_id=tenant_id,
        lead_id=entry.lead.id,
        disposition_id=disposition_id,
    )
    others = [] if tenant_id else _stop(session, playbook, ways, entry.lead.id, at)
    _note(session, "suppress", f"lead:{entry.lead.id}", len(contacts), others, tenant_id)
    return tuple(others)


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
    contact = read_contact(text)
    if contact is None:
        entry = leads.load(session, find_lead(session, text))
        return Banned(1, ban_lead(session, playbook, entry, reason.strip(), at, tenant_id=tenant_id))
    added = suppressions.add(session, [contact], reason=reason.strip(), at=at, tenant_id=tenant_id)
    stopped = [] if tenant_id else _stop(session, playbook, [contact], None, at)
    _note(
        session,
        "suppress",
        f"contact:{contact.hashed(session.workspace_id).hex()[:16]}",
        added,
        stopped,
        tenant_id,
    )
    return Banned(added, tuple(stopped))


def banned_among(
    session: Session,
    playbook: Playbook,
    fields: Mapping[UUID, Mapping[str, Any]],
    *,
    tenant_id: UUID | None = None,
) -> dict[UUID, Suppression]:
    """Of these leads (id -> fields) those that must not be contacted or given to anybody, with the ban that says so.

    Args:
        tenant_id: count this tenant's own bans, too.
    """
    names = contact_fields(playbook)
    ways = {lead_id: contacts_of(values, names) for lead_id, values in fields.items()}
    return suppressions.find_banned(session, ways, tenant_id=tenant_id)


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


def _stop(
    session: Session, playbook: Playbook, contacts: Iterable[Contact], but: UUID | None, at: datetime
) -> list[UUID]:
    """Ends what is planned with other leads that are reached by these contacts, and gives these leads."""
    wanted = set(contacts)
    names = contact_fields(playbook)
    kinds = {name: "email" if kind is FieldType.EMAIL else "phone" for name, kind in names.items()}
    maybe = leads.load_many(session, suppressions.list_reached_by(session, wanted, kinds))
    reached = [
        lead_id
        for lead_id, entry in maybe.items()
        if lead_id != but and wanted & set(contacts_of(entry.lead.fields, names))
    ]
    if reached:
        held = assignments.find_open(session, reached, lock=True).values()
        going = [each for each in held if each.state in ("active", "inactive")]
        assignment_states.move_many(session, going, "closed", step="suppressed", why=WHY, at=at)
        tasks.end_of_leads(session, reached, because=WHY, at=at)
    return reached


def _note(
    session: Session, action: str, subject: str, count: int, others: list[UUID], tenant_id: UUID | None
) -> None:
    facts = {"bans": count, "other_leads": len(others), "tenant": str(tenant_id) if tenant_id else None}
    audit.record(session, action, subject, facts)
    lead_id = UUID(subject.removeprefix("lead:")) if subject.startswith("lead:") else None
    outbox.append(
        session, [NewEvent("suppressed", each, {}) for each in ([lead_id, *others] if lead_id else others)]
    )
