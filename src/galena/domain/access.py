"""What a program may do: keys for the API, and the scopes they carry."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from galena.domain.tenancy import Role


class Scope(StrEnum):
    """A kind of thing that a key may be allowed to do."""

    READ = "read"
    INGEST = "ingest"
    WRITE = "write"
    SPEND = "spend"
    LEARN = "learn"
    CONFIGURE = "configure"
    ADMIN = "admin"


SCOPE_WORDS: Mapping[Scope, str] = {
    Scope.READ: "look at leads, scores, reports and all else that its owner may see",
    Scope.INGEST: "bring in records, signals and messages",
    Scope.WRITE: "work leads: overrides, feedback, matches, sales, assignments, outcomes",
    Scope.SPEND: "ask providers and the reasoner, which may cost money",
    Scope.LEARN: "train, promote and archive models",
    Scope.CONFIGURE: "change factors, connections, tenants and what else the workspace runs by",
    Scope.ADMIN: "make and revoke keys, and read the audit trail",
}

SCOPES_OF: Mapping[Role, frozenset[Scope]] = {
    Role.ADMIN: frozenset(Scope),
    Role.TENANT_ADMIN: frozenset((Scope.READ, Scope.WRITE)),
    Role.MEMBER: frozenset((Scope.READ, Scope.WRITE)),
    Role.VIEWER: frozenset((Scope.READ,)),
}
"""The most that a key of somebody in this role may do."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of the API; its secret is shown once, when it is made, and kept as a hash only.

    Attributes:
        user_id: whose key it is; it may never do more than they may.
        prefix: the first characters of the secret, so that people can tell keys apart.
        calls_per_minute: how often it may ask; bringing records in is counted apart.
        last_used_at: to the hour.
    """

    id: UUID
    user_id: UUID
    tenant_id: UUID | None
    name: str
    prefix: str
    scopes: frozenset[Scope]
    calls_per_minute: int
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def is_good(self, now: datetime) -> bool:
        """Whether it opens anything at this moment."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The answer to a request that was given an idempotency key.

    Attributes:
        fingerprint: of the request; another request under the same key is a mistake of the sender.
        status: of the answer; None while the request is being worked on, or was cut off.
    """

    fingerprint: str
    begun_at: datetime
    status: int | None
    body: bytes | None
    content_type: str | None


def scopes_for(role: Role, wanted: Collection[Scope]) -> frozenset[Scope]:
    """What of the wanted scopes somebody in this role may have."""
    return frozenset(wanted) & SCOPES_OF[role]
