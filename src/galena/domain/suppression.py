"""Who must not be contacted: a lead, and every e-mail address and telephone number it is reached by.

An address or a number is known by a hash of its one spelling, so that it is recognised however it is written, and also
after the address itself was erased.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from galena.domain.playbook import FieldType, Playbook
from galena.kit.forms.emails import normal_email
from galena.kit.forms.phones import normal_phone

SuppressionKind = Literal["email", "phone", "lead"]


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach somebody: an address or a number in its one spelling, or the lead itself by its id."""

    kind: SuppressionKind
    form: str

    def hashed(self, workspace_id: UUID) -> bytes:
        """What is kept of it for good: 32 bytes, another in each workspace."""
        return hashlib.sha256(f"{workspace_id}\0{self.kind}\0{self.form}".encode()).digest()

    def __str__(self) -> str:
        return self.form


@dataclass(frozen=True, slots=True)
class Suppression:
    """A ban that stands, or was lifted.

    Attributes:
        tenant_id: whom it binds; None: everybody in the workspace.
        value: the address or number; None where it was erased, or a lead is meant.
        lead_id: the lead it came from; of kind `lead` the lead itself.
        disposition_id: the outcome it came from.
    """

    id: UUID
    tenant_id: UUID | None
    kind: SuppressionKind
    hash: bytes
    value: str | None
    lead_id: UUID | None
    disposition_id: UUID | None
    reason: str
    author: str
    at: datetime
    lifted_at: datetime | None = None
    lifted_by: str | None = None
    lifted_because: str | None = None


def contact_fields(playbook: Playbook) -> dict[str, FieldType]:
    """The fields a lead is reached by, and whether each is an e-mail address or a number."""
    kinds: dict[str, FieldType] = {
        name: field.type
        for name, field in playbook.fields.items()
        if field.type in (FieldType.EMAIL, FieldType.PHONE)
    }
    chosen = playbook.outcomes.contacts
    return {name: kinds[name] for name in chosen if name in kinds} if chosen else kinds


def contacts_of(fields: Mapping[str, Any], names: Mapping[str, FieldType]) -> tuple[Contact, ...]:
    """The ways a lead with these fields is reached; `names` as `contact_fields` gives them."""
    found = []
    for name, kind in names.items():
        value = fields.get(name)
        if isinstance(value, str) and (contact := read_contact(value, kind)):
            found.append(contact)
    return tuple(dict.fromkeys(found))


def read_contact(text: str, kind: FieldType | None = None) -> Contact | None:
    """The address or number in a text, of either kind where none is said; None where there is none."""
    if kind is not FieldType.PHONE and (email := normal_email(text)):
        return Contact("email", email.address)
    if kind is not FieldType.EMAIL and (phone := normal_phone(text)):
        return Contact("phone", phone)
    return None
