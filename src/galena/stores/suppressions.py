"""Suppressions: who must not be contacted, asked for many leads at once. A ban is lifted on its row, never removed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from galena.domain.suppression import Contact, Suppression
from galena.kit.errors import ConflictError
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all, load_by_id

_BANS = tables.suppressions
_LEADS = tables.leads
_STANDS = _BANS.c.lifted_at.is_(None)


def add(
    session: Session,
    contacts: Iterable[Contact],
    *,
    reason: str,
    at: datetime,
    tenant_id: UUID | None = None,
    lead_id: UUID | None = None,
    disposition_id: UUID | None = None,
) -> int:
    """Bans these contacts and says how many are new; `tenant_id` None: for everybody in the workspace."""
    rows = [
        {
            "id": new_id(),
            "tenant_id": tenant_id,
            "kind": contact.kind,
            "hash": contact.hashed(session.workspace_id),
            "value": None if contact.kind == "lead" else contact.form,
            "lead_id": lead_id,
            "disposition_id": disposition_id,
            "reason": reason,
            "author": session.actor,
            "at": at,
        }
        for contact in dict.fromkeys(contacts)
    ]
    if not rows:
        return 0
    new = insert(_BANS).values(rows).on_conflict_do_nothing().returning(_BANS.c.id)
    return len(session.connection.execute(new).all())


def find_banned(
    session: Session, contacts: Mapping[UUID, Sequence[Contact]], *, tenant_id: UUID | None = None
) -> dict[UUID, Suppression]:
    """Of these leads those that must not be contacted, each with the ban that says so.

    Args:
        contacts: lead -> the ways it is reached; the lead itself is always looked for, with what it is one with.
        tenant_id: count this tenant's own bans, too.
    """
    everybody = _BANS.c.tenant_id.is_(None)
    binding = everybody if tenant_id is None else or_(everybody, _BANS.c.tenant_id == tenant_id)
    bans = find_all(session, select(_BANS).where(_STANDS, binding).order_by(_BANS.c.id), _ban)
    if not bans:
        return {}
    by_hash: dict[bytes, Suppression] = {}
    for ban in bans:
        by_hash.setdefault(ban.hash, ban)
    of_leads = _with_merged(session, [ban for ban in bans if ban.kind == "lead"])
    found: dict[UUID, Suppression] = {}
    for lead_id, ways in contacts.items():
        hit = of_leads.get(lead_id) or next(
            (by_hash[key] for way in ways if (key := way.hashed(session.workspace_id)) in by_hash), None
        )
        if hit is not None:
            found[lead_id] = hit
    return found


def _with_merged(session: Session, bans: Sequence[Suppression]) -> dict[UUID, Suppression]:
    """Lead -> its ban; a lead that a banned one became part of is banned with it, and the other way round."""
    named = {ban.lead_id: ban for ban in bans if ban.lead_id is not None}
    query = select(_LEADS.c.id, _LEADS.c.merged_into).where(
        _LEADS.c.merged_into.is_not(None),
        among(_LEADS.c.id, list(named)) | among(_LEADS.c.merged_into, list(named)),
    )
    found = dict(named)
    for part, whole in session.connection.execute(query).all() if named else ():
        ban = named.get(part) or named.get(whole)
        if ban is not None:
            found.setdefault(part, ban)
            found.setdefault(whole, ban)
    return found


def find_by_contact(session: Session, contact: Contact) -> tuple[Suppression, ...]:
    """Every ban of a contact, lifted ones too, the newest first."""
    query = select(_BANS).where(_BANS.c.hash == contact.hashed(session.workspace_id))
    return find_all(session, query.order_by(_BANS.c.id.desc()), _ban)


def list_(
    session: Session, *, lifted: bool = False, before: UUID | None = None, limit: int = 1_000
) -> tuple[Suppression, ...]:
    """The bans that stand, and with `lifted` the others too, the newest first; `before`: the last one of a page."""
    query = select(_BANS) if lifted else select(_BANS).where(_STANDS)
    if before is not None:
        query = query.where(_BANS.c.id < before)
    return find_all(session, query.order_by(_BANS.c.id.desc()).limit(limit), _ban)


def load(session: Session, id_: UUID) -> Suppression:
    """A ban.

    Raises:
        NotFoundError: there is none.
    """
    return load_by_id(session, _BANS, id_, _ban, "suppression")


def lift(session: Session, id_: UUID, *, because: str, at: datetime) -> Suppression:
    """Ends a ban; its row stays, with who ended it and why.

    Raises:
        NotFoundError: there is none.
        ConflictError: it was lifted before.
    """
    ban = load(session, id_)
    change = update(_BANS).where(_BANS.c.id == id_, _STANDS)
    done = session.connection.execute(
        change.values(lifted_at=at, lifted_by=session.actor, lifted_because=because)
    )
    if done.rowcount == 0:
        raise ConflictError("This ban was lifted already.", facts={"lifted_by": ban.lifted_by})
    return ban


def list_of_outcome(session: Session, disposition_id: UUID) -> tuple[Suppression, ...]:
    """The bans that stand because of an outcome."""
    query = select(_BANS).where(_STANDS, _BANS.c.disposition_id == disposition_id)
    return find_all(session, query.order_by(_BANS.c.id), _ban)


def list_of_outcomes(
    session: Session, contacts: Iterable[Contact], *, tenant_id: UUID | None = None
) -> tuple[Suppression, ...]:
    """The bans of these contacts that stand because of any outcome."""
    hashes = [contact.hashed(session.workspace_id) for contact in contacts]
    bound = _BANS.c.tenant_id.is_not_distinct_from(tenant_id)
    query = select(_BANS).where(_STANDS, bound, _BANS.c.hash.in_(hashes), _BANS.c.disposition_id.is_not(None))
    return find_all(session, query.order_by(_BANS.c.id), _ban)


def lift_many(session: Session, bans: Iterable[Suppression], *, because: str, at: datetime) -> None:
    """Ends bans that stand; their rows stay, with who ended them and why."""
    change = update(_BANS).where(among(_BANS.c.id, [ban.id for ban in bans]), _STANDS)
    session.connection.execute(change.values(lifted_at=at, lifted_by=session.actor, lifted_because=because))


def list_reached_by(session: Session, contacts: Iterable[Contact], fields: Mapping[str, str]) -> list[UUID]:
    """Leads that may be reached by one of these contacts: more than do; to be looked at one by one.

    Args:
        fields: name -> "email" or "phone", the fields leads are reached by.
    """
    wanted = {
        "email": sorted({each.form for each in contacts if each.kind == "email"}),
        "phone": sorted({each.form[-7:] for each in contacts if each.kind == "phone"}),
    }
    values: dict[str, object] = dict(wanted)
    tests: list[str] = []
    for place, (name, kind) in enumerate(sorted(fields.items())):
        if wanted[kind]:
            values[f"name_{place}"] = name
            tests.append(_FORMS[kind].format(value=f"(l.fields ->> :name_{place})"))
    if not tests:
        return []
    query = f"SELECT l.id FROM leads l WHERE l.status <> 'merged' AND ({' OR '.join(tests)}) ORDER BY l.id"  # noqa: S608
    return list(session.connection.execute(text(query), values).scalars())


# An address without what comes behind a plus, and at Gmail without points; a number by its last seven digits.
_LOCAL = "split_part(split_part({value}, '@', 1), '+', 1)"
_DOMAIN = "split_part({value}, '@', 2)"
_ADDRESS = "coalesce(substring(lower({value}) from '[^[:space:]@<>\",;()]+@[^[:space:]@<>\",;()]+'), '')"
_EMAIL = (
    f"CASE WHEN {_DOMAIN} IN ('gmail.com', 'googlemail.com') THEN replace({_LOCAL}, '.', '') || '@gmail.com'"
    f" ELSE {_LOCAL} || '@' || {_DOMAIN} END"
)
_DIGITS = "regexp_replace(regexp_replace(lower({value}), '(ext|x|#).*', ''), '[^0-9]', '', 'g')"
_FORMS = {
    "email": _EMAIL.replace("{value}", _ADDRESS) + " = ANY(CAST(:email AS text[]))",
    "phone": f"right({_DIGITS}, 7) = ANY(CAST(:phone AS text[]))",
}


def _ban(row: RowMapping) -> Suppression:
    return Suppression(**{name: row[name] for name in Suppression.__dataclass_fields__})
