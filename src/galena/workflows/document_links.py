"""Documents for people outside: a link for each person, good until a day, taken back at any time, and counted.

Nobody can make such an address up: it is ids with a signature of this installation. What it opens is asked of the
database each time, in a session of whose documents they are.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from galena.domain.clients import Forms
from galena.domain.documents import LINK_DAYS, MOST_IN_A_LINK, Document, DocumentLink, Recipient
from galena.domain.listing import LeadQuery
from galena.domain.playbook import FieldType, Playbook
from galena.domain.suppression import Contact, contact_fields, contacts_of
from galena.kit.clock import Clock
from galena.kit.errors import ConflictError, GalenaError, InputError, NotFoundError
from galena.kit.secrets import SecretBox
from galena.kit.signed_ids import NOBODY, read_ids, sign_ids
from galena.stores import audit, clients, documents, lead_lists, leads, suppressions
from galena.stores.door import OPERATOR, Door, Session
from galena.workflows.context import Context

PURPOSE = "documents"
BANNED = "must not be contacted"
_SHOWN = 20


class LinkOverError(GalenaError):
    """A link was good once and is not any more."""

    http_status = 410


def find_recipients(
    session: Session, context: Context, search: str, chosen: Sequence[str] = ()
) -> list[Recipient]:
    """Whom documents can be sent to: those named (`lead:<id>`, `client:<id>`), then those that the words find.

    Who must not be contacted is among them, with the reason.
    """
    return [*_clients(session, context, search, chosen), *_leads(session, context, search, chosen)]


def _clients(session: Session, context: Context, search: str, chosen: Sequence[str]) -> list[Recipient]:
    named = _named(chosen, "client")
    found = () if chosen and not search else clients.list_own(session, search=search, limit=_SHOWN)[0]
    known = {**clients.load_many(session, named), **{each.id: each for each in found}}
    ordered = [known[id_] for id_ in dict.fromkeys((*named, *(each.id for each in found))) if id_ in known]
    standing = [each for each in ordered if each.removed_at is None]
    ways = {each.id: _ways(each.forms) for each in standing}
    banned = _banned(context, ways, session.tenant_or_none)
    return [
        Recipient("client", each.id, each.entry.title, each.entry.email, BANNED if each.id in banned else "")
        for each in standing
    ]


def _ways(forms: Forms) -> tuple[Contact, ...]:
    email = (Contact("email", forms.email),) if forms.email else ()
    return (*email, Contact("phone", forms.phone)) if forms.phone else email


def _leads(session: Session, context: Context, search: str, chosen: Sequence[str]) -> list[Recipient]:
    named = _named(chosen, "lead")
    found = [] if chosen and not search else lead_lists.ids(session, LeadQuery(search=search), limit=_SHOWN)
    entries = leads.load_many(session, [*named, *found])
    names = contact_fields(context.playbook)
    ordered = [entries[id_] for id_ in dict.fromkeys((*named, *found)) if id_ in entries]
    banned = _banned(
        context,
        {each.lead.id: contacts_of(each.lead.fields, names) for each in ordered},
        session.tenant_or_none,
    )
    emails = _email_fields(context.playbook)
    return [
        Recipient(
            "lead",
            each.lead.id,
            each.title or each.lead.key,
            next((str(each.lead.fields[name]) for name in emails if each.lead.fields.get(name)), ""),
            BANNED if each.lead.id in banned else "",
        )
        for each in ordered
    ]


def make_links(
    session: Session,
    context: Context,
    document_ids: Sequence[UUID],
    recipients: Sequence[Recipient],
    days: int,
) -> list[DocumentLink]:
    """A link to these documents for each of these people.

    Raises:
        InputError: nothing or nobody is chosen, or too much, or the days are not among those offered.
        ConflictError: a document expired or was taken away, or somebody must not be contacted.
        NotFoundError: there is no such document that this session sees.
    """
    _check_choice(document_ids, recipients, days)
    now = context.clock()
    for document_id in document_ids:
        each = documents.load(session, document_id)
        if not each.can_be_fetched(now.date()):
            raise ConflictError(
                f"“{each.name}” has expired or was taken away.",
                remedy="Give it a later day, or leave it out.",
            )
    for person in recipients:
        if person.refused:
            raise ConflictError(f"{person.name}: {person.refused}.", remedy="Leave them out.")
    made = [
        documents.add_link(
            session,
            document_ids=list(dict.fromkeys(document_ids)),
            recipient=person.name,
            lead_id=person.id if person.kind == "lead" else None,
            client_id=person.id if person.kind == "client" else None,
            expires_at=now + timedelta(days=days),
            at=now,
        )
        for person in recipients
    ]
    audit.record_many(
        session,
        "make_document_link",
        [(f"link:{each.id}", {"documents": len(each.document_ids), "days": days}) for each in made],
    )
    return made


def revoke_link(session: Session, link_id: UUID, now: datetime, *, again: bool = False) -> DocumentLink:
    """Take a link back: from this moment on it opens nothing. `again`: make it good again.

    Raises:
        NotFoundError: there is none that this session sees.
    """
    found = documents.load_link(session, link_id)
    documents.revoke_link(session, link_id, None if again else now)
    audit.record(session, "renew_document_link" if again else "revoke_document_link", f"link:{link_id}")
    return found


def word_of(box: SecretBox, workspace_id: UUID, link: DocumentLink) -> str:
    """What the address of a link ends in."""
    return sign_ids(box, (workspace_id, link.tenant_id or NOBODY, link.id), purpose=PURPOSE)


@contextmanager
def opened_link(
    door: Door, box: SecretBox, clock: Clock, word: str, *, is_fetch: bool
) -> Iterator[tuple[Session, DocumentLink, tuple[Document, ...]]]:
    """What an address opens: the link and the documents that can be fetched, in a session that sees no more than
    whose they are; the opening is counted.

    Raises:
        NotFoundError: nobody made this address.
        LinkOverError: it is over, was taken back, or nothing of it can be fetched any more.
    """
    ids = read_ids(box, word, 3, purpose=PURPOSE)
    if ids is None:
        raise NotFoundError("There is nothing under this address.", remedy="Check that it was copied whole.")
    workspace_id, tenant_id, link_id = ids
    now = clock()
    who = OPERATOR if tenant_id == NOBODY else tenant_id
    with door.enter(workspace_id, tenant_id=who, actor=f"link:{link_id}") as session:
        link = documents.load_link(session, link_id)
        if link.standing(now) != "open":
            raise LinkOverError("This link is not good any more.", remedy="Ask who sent it for a new one.")
        found = documents.load_many(session, link.document_ids)
        ready = tuple(
            found[id_] for id_ in link.document_ids if id_ in found and found[id_].can_be_fetched(now.date())
        )
        if not ready:
            raise LinkOverError(
                "What this link gave is not offered any more.", remedy="Ask who sent it for a new one."
            )
        documents.count_opening(session, link.id, now, is_fetch=is_fetch)
        yield session, link, ready


def _check_choice(document_ids: Sequence[UUID], recipients: Sequence[Recipient], days: int) -> None:
    if not document_ids:
        raise InputError("No document is ticked.", remedy="Tick what is to be sent.")
    if not recipients:
        raise InputError("Nobody is chosen.", remedy="Tick who is to have it, or write a name.")
    if len(document_ids) > MOST_IN_A_LINK or len(recipients) > MOST_IN_A_LINK:
        raise InputError(f"At most {MOST_IN_A_LINK} documents and {MOST_IN_A_LINK} people at once.")
    if days not in LINK_DAYS:
        raise InputError("A link is good for one of these.", facts={"days": list(LINK_DAYS)})


def _banned(
    context: Context, contacts: dict[UUID, tuple[Contact, ...]], tenant_id: UUID | None
) -> frozenset[UUID]:
    """Of these those that must not be contacted; asked as the operator, for a ban of the workspace is nobody's."""
    with context.session() as session:
        return frozenset(suppressions.find_banned(session, contacts, tenant_id=tenant_id))


def _named(chosen: Sequence[str], kind: str) -> list[UUID]:
    """The ids of this kind among words of forms.

    Raises:
        InputError: a word is none of ours.
    """
    try:
        return [UUID(word.partition(":")[2]) for word in chosen if word.startswith(f"{kind}:")]
    except ValueError:
        raise InputError("Somebody was named that cannot be.", remedy="Choose from the list.") from None


def _email_fields(playbook: Playbook) -> list[str]:
    return [name for name, kind in contact_fields(playbook).items() if kind is FieldType.EMAIL]
