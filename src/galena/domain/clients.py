"""A tenant's own customers: what is kept of them, and by which spellings two rows are known to be one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from galena.kit.errors import InputError
from galena.kit.forms.companies import company_key
from galena.kit.forms.emails import normal_email
from galena.kit.forms.people import formal_name, person_name
from galena.kit.forms.phones import normal_phone
from galena.kit.forms.texts import folded

FIELD_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "name": "Name",
        "company": "Company",
        "email": "E-mail",
        "phone": "Telephone",
        "street": "Street",
        "city": "City",
        "region": "State or region",
        "postcode": "Postal code",
        "about": "Note",
    }
)
"""Fields of a client -> how they are called, in the order of forms and exports."""

LONGEST_FIELD = 300
LONGEST_ABOUT = 5_000
MOST_CLIENTS = 20_000
"""Clients that a tenant may have."""

Origin = Literal["hand", "file", "lead"]


@dataclass(frozen=True, slots=True)
class ClientEntry:
    """What is said of a client; "" for what is not known."""

    name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    about: str = ""

    @property
    def title(self) -> str:
        """How lists call them."""
        return self.name or self.company or self.email or self.phone

    @property
    def forms(self) -> "Forms":
        """The spellings by which they are known."""
        email = normal_email(self.email) if self.email else None
        return Forms(
            email.address if email else None,
            normal_phone(self.phone) if self.phone else None,
            _name_form(self),
        )


@dataclass(frozen=True, slots=True)
class Forms:
    """One spelling each of what tells two people apart; None where it is not known."""

    email: str | None
    phone: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Client:
    """A client.

    Attributes:
        tenant_id: whose they are; None: the operator's.
        lead_id: the lead they were; None: none.
        removed_at: when they were taken off the list; `merged_into`: the client they were found to be.
    """

    id: UUID
    tenant_id: UUID | None
    entry: ClientEntry
    forms: Forms
    lead_id: UUID | None
    origin: str
    author: str
    at: datetime
    changed_at: datetime
    removed_at: datetime | None
    merged_into: UUID | None


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row of a file that could not be taken in: which, with what value, and why."""

    row: int
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class ClientImport:
    """A file of clients that was taken in.

    Attributes:
        mapping: field -> column.
        counts: of clients `created`, `updated`, `unchanged`; of rows `repeated` (of one named before) and `refused`.
    """

    id: UUID
    file_name: str
    mapping: Mapping[str, str]
    counts: Mapping[str, int]
    problems: tuple[RowProblem, ...]
    author: str
    at: datetime


def checked_client(entry: ClientEntry) -> ClientEntry:
    """The entry as it is kept.

    Raises:
        InputError: nobody could be told by it, a text is too long, or the e-mail address or number is none.
    """
    values = {name: " ".join(getattr(entry, name).split()) for name in FIELD_WORDS if name != "about"}
    kept = ClientEntry(**values, about=entry.about.strip())
    if not kept.title:
        raise InputError(
            "There is neither a name nor a company, nor an e-mail address or number.",
            remedy="Give one of them.",
        )
    for name, words in FIELD_WORDS.items():
        most = LONGEST_ABOUT if name == "about" else LONGEST_FIELD
        if len(getattr(kept, name)) > most:
            raise InputError(f"{words}: more than {most:,} characters.", remedy="Shorten it.")
    if kept.email and kept.forms.email is None:
        raise InputError(f"{kept.email!r} is no e-mail address.", remedy="Correct it, or leave it empty.")
    if kept.phone and kept.forms.phone is None:
        raise InputError(f"{kept.phone!r} is no telephone number.", remedy="Correct it, or leave it empty.")
    return kept


def with_more(entry: ClientEntry, more: ClientEntry) -> ClientEntry:
    """The entry with what it lacks taken from another; what it says stays."""
    return ClientEntry(**{name: getattr(entry, name) or getattr(more, name) for name in FIELD_WORDS})


def with_newer(entry: ClientEntry, newer: ClientEntry) -> ClientEntry:
    """The entry with what a newer one says; what that leaves empty stays."""
    return with_more(newer, entry)


def _name_form(entry: ClientEntry) -> str | None:
    """Name, company and place in one spelling; None where there is too little to tell two people apart by."""
    person = person_name(entry.name) if entry.name else None
    who = f"{formal_name(person.given)} {person.surname}".strip() if person else ""
    company = company_key(entry.company) if entry.company else ""
    place = folded(entry.postcode)[:5] or folded(entry.city)
    parts = [part for part in (who, company, place) if part]
    return " | ".join((who, company, place)) if len(parts) >= 2 and (who or company) else None
