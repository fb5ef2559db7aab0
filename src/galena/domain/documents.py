"""Files that a tenant keeps in its vault, and links by which people outside fetch them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Literal
from uuid import UUID

LARGEST_DOCUMENT_MB = 25
"""Megabytes that a document may have."""

WARN_DAYS = 14
"""Days before a document expires from which it is said."""

LINK_DAYS = (7, 14, 30, 90)
"""How long a link may be good for, in days."""

MOST_IN_A_LINK = 20
"""Documents that one link may hold, and people for whom links are made at once."""

TYPE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "application/pdf": "PDF",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
        "application/vnd.oasis.opendocument.text": "OpenDocument text",
        "application/vnd.oasis.opendocument.spreadsheet": "OpenDocument table",
        "image/png": "PNG picture",
        "image/jpeg": "JPEG picture",
        "image/gif": "GIF picture",
        "image/webp": "WebP picture",
        "text/plain": "text",
    }
)
"""The types that the vault takes -> how they are called."""

LinkStanding = Literal["open", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class Document:
    """A file of the vault.

    Attributes:
        tenant_id: whose it is; None: the operator's.
        size: in bytes.
        sha256: of its content, 64 hexadecimal digits; it is stored under it.
        expires_on: the last day it may be sent or fetched by a link; None: it does not expire.
        goes_first: it belongs to the first message to a new lead.
        warned_at: when somebody was told that it expires; None: not yet.
        removed_at: when it was taken away; None: it stands.
    """

    id: UUID
    tenant_id: UUID | None
    name: str
    media_type: str
    size: int
    sha256: str
    expires_on: date | None
    goes_first: bool
    author: str
    at: datetime
    warned_at: datetime | None
    removed_at: datetime | None

    def is_expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.expires_on is not None and self.expires_on < today

    def expires_soon(self, today: date) -> bool:
        """Whether its last day is near, and not over."""
        return self.expires_on is not None and today <= self.expires_on <= today + timedelta(days=WARN_DAYS)

    def can_be_fetched(self, today: date) -> bool:
        """Whether people outside may have it."""
        return self.removed_at is None and not self.is_expired(today)


@dataclass(frozen=True, slots=True)
class DocumentLink:
    """A link to some documents, made for one person.

    Attributes:
        recipient: their name, as it was when the link was made.
        opened_count: how often its page was opened; `fetched_count`: how often a document was downloaded.
        opened_at: the last time.
    """

    id: UUID
    tenant_id: UUID | None
    document_ids: tuple[UUID, ...]
    lead_id: UUID | None
    client_id: UUID | None
    recipient: str
    expires_at: datetime
    revoked_at: datetime | None
    opened_count: int
    fetched_count: int
    opened_at: datetime | None
    author: str
    at: datetime

    def standing(self, now: datetime) -> LinkStanding:
        """Whether it is still good."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= now else "open"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody documents can be sent to.

    Attributes:
        kind: where they are kept; `other`: nowhere, `name` is all that is known.
        email: "" where none is known.
        refused: why nothing may be sent to them; "" where it may.
    """

    kind: Literal["lead", "client", "other"]
    id: UUID | None
    name: str
    email: str = ""
    refused: str = ""

    @property
    def word(self) -> str:
        """How forms name them: `lead:<id>`, `client:<id>`."""
        return f"{self.kind}:{self.id}"
