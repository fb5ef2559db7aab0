"""The first days of somebody who works a tenant's leads: what of their place is set up, told by the data alone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from galena.domain.tenancy import User
from galena.kit.errors import InputError
from galena.stores import appointments, audit, second_factors, tenants, users
from galena.stores.door import Session
from galena.workflows.tenant_choices import concierge_words

LONGEST_NAME = 200
_TOUR = "take_tour"


@dataclass(frozen=True, slots=True)
class TenantStart:
    """How far somebody's place is.

    Attributes:
        is_named: whether they are called by a name, and not by their e-mail.
        has_codes: whether codes from a phone are asked for; that is for everybody to choose.
        has_gates: whether the tenant said which leads it takes.
        concierge: who calls, in a few words; empty while nobody chose.
        has_calendar: whether their calendar program can read their appointments.
        has_toured: whether they saw the tour, or ended it.
    """

    tenant: str
    is_named: bool
    has_password: bool
    has_codes: bool
    has_gates: bool
    concierge: str
    has_calendar: bool
    has_toured: bool


def tenant_start(session: Session, user: User, tenant_id: UUID, now: datetime) -> TenantStart:
    """How far the place of one of a tenant's people is; the session is the operator's.

    Raises:
        NotFoundError: there is no such tenant.
    """
    wants = tenants.load_wants(session, tenant_id, now)
    factor = second_factors.find(session, user.id)
    held = wants.parameters
    return TenantStart(
        tenant=wants.tenant.name,
        is_named=user.name != user.email,
        has_password=user.password_hash is not None,
        has_codes=factor is not None and factor.confirmed_at is not None,
        has_gates=bool(held.gates),
        concierge="" if held.concierge is None else concierge_words(held),
        has_calendar=bool(appointments.list_feeds(session, user.id)),
        has_toured=bool(audit.list_(session, subject=f"user:{user.id}", action=_TOUR, limit=1)),
    )


def call_oneself(session: Session, user_id: UUID, name: str) -> None:
    """Sets the name that colleagues see.

    Raises:
        InputError: it is empty or too long.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise InputError(
            "This is no name.", remedy=f"Write a name of 1 to {LONGEST_NAME} letters, such as Ada Fairford."
        )
    users.set_name(session, user_id, name)
    audit.record(session, "change_name", f"user:{user_id}")


def note_tour(session: Session, user_id: UUID) -> None:
    """Writes down that somebody saw the tour, or ended it."""
    audit.record(session, _TOUR, f"user:{user_id}")
