"""A tenant's own customers: kept, changed, made of leads, found to be one, and put back.

Each story takes the session of who acts: its row-level security decides which clients and leads are there at all.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from galena.domain.clients import (
    FIELD_WORDS,
    MOST_CLIENTS,
    Client,
    ClientEntry,
    checked_client,
    with_more,
)
from galena.domain.playbook import FieldType, Playbook
from galena.domain.suppression import contact_fields
from galena.kit.errors import ConflictError, InputError
from galena.stores import audit, clients, leads, sameness
from galena.stores.door import Session

_LEAD_FIELDS = {
    "name": ("owner_name", "contact_name", "full_name"),
    "company": ("company", "business_name", "company_name", "name"),
    "street": ("mailing_address", "address", "street", "site_address"),
    "city": ("mailing_city", "city", "site_city"),
    "region": ("mailing_state", "state", "region", "site_state"),
    "postcode": ("mailing_zip", "zip", "postal_code", "site_zip"),
}
"""Field of a client -> fields of leads it is taken from, the first that is known."""


def keep_client(session: Session, entry: ClientEntry, now: datetime) -> Client:
    """Keep a client.

    Raises:
        InputError: what `domain.clients.checked_client` refuses.
        ConflictError: the list is full.
    """
    kept = checked_client(entry)
    ensure_room(session, 1)
    (made,) = clients.add_many(session, [(kept, None)], "hand", now)
    audit.record(session, "keep_client", f"client:{made}")
    return clients.load(session, made)


def change_client(session: Session, client_id: UUID, entry: ClientEntry, now: datetime) -> Client:
    """Change what is kept of a client.

    Raises:
        InputError: what `domain.clients.checked_client` refuses.
        NotFoundError: there is no such client that this session sees.
        ConflictError: they were taken off the list.
    """
    found = clients.load(session, client_id)
    if found.removed_at is not None:
        raise ConflictError("This client was taken off the list.", remedy="Put them back first.")
    clients.set_entry(session, client_id, checked_client(entry), now)
    audit.record(session, "change_client", f"client:{client_id}")
    return clients.load(session, client_id)


def remove_client(session: Session, client_id: UUID, now: datetime) -> Client:
    """Take a client off the list; they can be put back.

    Raises:
        NotFoundError: there is no such client that this session sees.
    """
    found = clients.load(session, client_id)
    if found.removed_at is None:
        clients.set_removed(session, [client_id], now)
        audit.record(session, "remove_client", f"client:{client_id}")
    return found


def restore_client(session: Session, client_id: UUID) -> Client:
    """Put a client back on the list. Raises as `remove_client`."""
    found = clients.load(session, client_id)
    if found.removed_at is not None:
        clients.set_removed(session, [client_id], None)
        audit.record(session, "restore_client", f"client:{client_id}")
    return found


def client_of_lead(session: Session, playbook: Playbook, lead_id: UUID, now: datetime) -> tuple[Client, bool]:
    """Make a client of a lead. Returns: the client, and whether they are new.

    Raises:
        NotFoundError: there is no such lead that this session sees.
        ConflictError: the list is full.
    """
    lead = leads.load(session, sameness.visible_of(session, lead_id)).lead
    known = clients.find_of_lead(session, lead.id)
    if known is not None:
        return known, False
    ensure_room(session, 1)
    title = leads.load(session, lead.id).title or lead.key
    entry = entry_of_lead(lead.fields, playbook, title)
    (made,) = clients.add_many(session, [(entry, lead.id)], "lead", now)
    audit.record(session, "keep_client", f"client:{made}", {"lead": str(lead.id)})
    return clients.load(session, made), True


def entry_of_lead(fields: Mapping[str, Any], playbook: Playbook, title: str) -> ClientEntry:
    """What a lead's fields say of a client; what is no address or number is left out."""
    found = {
        name: next((str(fields[each]) for each in sources if fields.get(each)), "")
        for name, sources in _LEAD_FIELDS.items()
    }
    for each, kind in contact_fields(playbook).items():
        name = "email" if kind is FieldType.EMAIL else "phone"
        candidate = ClientEntry(**{name: str(fields.get(each) or "")})
        form = candidate.forms.email if name == "email" else candidate.forms.phone
        if form and not found.get(name):
            found[name] = str(fields[each])
    if not found["name"] and not found["company"]:
        found["name"] = title
    return checked_client(ClientEntry(**{name: found.get(name, "") for name in FIELD_WORDS}))


def find_same(session: Session) -> list[list[Client]]:
    """Clients that seem to be one: they share an e-mail address, a number, or name and place. The oldest first."""
    every, _ = clients.list_own(session, limit=MOST_CLIENTS)
    by_form: dict[tuple[str, str], list[Client]] = defaultdict(list)
    for each in every:
        for kind, form in (
            ("email", each.forms.email),
            ("phone", each.forms.phone),
            ("name", each.forms.name),
        ):
            if form:
                by_form[kind, form].append(each)
    root = {each.id: each.id for each in every}

    def top(one: UUID) -> UUID:
        while root[one] != one:
            root[one] = root[root[one]]
            one = root[one]
        return one

    for group in by_form.values():
        for each in group[1:]:
            root[top(each.id)] = top(group[0].id)
    groups: dict[UUID, list[Client]] = defaultdict(list)
    for each in every:
        groups[top(each.id)].append(each)
    return [sorted(group, key=lambda each: (each.at, each.id)) for group in groups.values() if len(group) > 1]


def merge_clients(
    session: Session, keep_id: UUID, others: Collection[UUID], now: datetime
) -> tuple[Client, int]:
    """Make one client of several: what the kept one lacks is taken from the others, which leave the list.

    Raises:
        InputError: there is nobody to join with.
        NotFoundError: one of them is none that this session sees.
        ConflictError: one of them left the list before.
    """
    wanted = [each for each in dict.fromkeys(others) if each != keep_id]
    if not wanted:
        raise InputError("There is nobody to join with.", remedy="Tick two or more.")
    group: Sequence[Client] = [clients.load(session, each) for each in (keep_id, *wanted)]
    if any(each.removed_at is not None for each in group) or len({each.tenant_id for each in group}) > 1:
        raise ConflictError("One of them is not on the list any more.", remedy="Look again.")
    entry = group[0].entry
    for each in group[1:]:
        entry = with_more(entry, each.entry)
    clients.set_entry(session, keep_id, entry, now)
    clients.set_removed(session, wanted, now, merged_into=keep_id)
    audit.record(session, "merge_clients", f"client:{keep_id}", {"joined": len(wanted)})
    return clients.load(session, keep_id), len(wanted)


def part_clients(session: Session, keep_id: UUID) -> int:
    """Put those back on the list that were joined into a client; what it took from them stays. Returns how many.

    Raises:
        NotFoundError: there is no such client that this session sees.
    """
    clients.load(session, keep_id)
    joined = clients.list_merged(session, keep_id)
    clients.set_removed(session, [each.id for each in joined], None)
    audit.record(session, "part_clients", f"client:{keep_id}", {"parted": len(joined)})
    return len(joined)


def ensure_room(session: Session, more: int) -> None:
    """Whether so many more clients fit.

    Raises:
        ConflictError: they do not.
    """
    _, count = clients.list_own(session, limit=1)
    if count + more > MOST_CLIENTS:
        raise ConflictError(
            f"The list would have {count + more:,} clients; {MOST_CLIENTS:,} fit.",
            remedy="Take off those that are clients no longer.",
        )
