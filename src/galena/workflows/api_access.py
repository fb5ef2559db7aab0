"""Keys of the API: made for a person, shown once, revoked; each step on the audit trail."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from galena.domain.access import ApiKey, Scope, scopes_for
from galena.domain.tenancy import User
from galena.kit.errors import ConflictError, InputError
from galena.stores import api_keys, audit
from galena.stores.door import Session

MARK = "gal_"
"""What every key begins with, so that scanners of repositories can find one that leaked."""

PREFIX_LENGTH = 12
UNDONE_WITHIN = timedelta(hours=1)
"""A revoked key can be opened again for so long, by who revoked it by mistake; later a new one is to be made."""

CALLS_PER_MINUTE = 100


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made; `secret` is known here and nowhere else."""

    key: ApiKey
    secret: str


def make_key(
    session: Session,
    user: User,
    name: str,
    scopes: Collection[Scope],
    now: datetime,
    *,
    days: int | None = None,
    calls_per_minute: int = CALLS_PER_MINUTE,
) -> NewKey:
    """A key for somebody, that may do what is asked and never more than they may.

    Args:
        days: how long it opens anything; None: until it is revoked.

    Raises:
        InputError: the name is empty, or the person may do nothing of what is asked.
    """
    if not name.strip():
        raise InputError("A key needs a name.", remedy="Say what it is for, such as website or n8n.")
    allowed = scopes_for(user.role, scopes)
    if not allowed:
        raise InputError(
            f"A {user.role} may do nothing of this.",
            facts={"asked": ", ".join(sorted(scopes)) or "nothing"},
            remedy="Ask for `read`, or make the key for an admin.",
        )
    secret = MARK + secrets.token_urlsafe(32)
    key = api_keys.add(
        session,
        user_id=user.id,
        tenant_id=user.tenant_id,
        name=name.strip(),
        secret=secret,
        prefix=secret[:PREFIX_LENGTH],
        scopes=allowed,
        calls_per_minute=calls_per_minute,
        expires_at=None if days is None else now + timedelta(days=days),
    )
    detail = {"name": key.name, "scopes": sorted(key.scopes), "user": str(user.id)}
    audit.record(session, "make_key", f"api_key:{key.id}", detail)
    return NewKey(key, secret)


def revoke_key(session: Session, key_id: UUID, now: datetime) -> ApiKey:
    """Makes a key open nothing from now on.

    Raises:
        NotFoundError: there is no such key.
        ConflictError: it was revoked before.
    """
    key = api_keys.load(session, key_id)
    if not api_keys.revoke(session, key_id, now):
        raise ConflictError("This key was revoked before.", facts={"key": key.name, "at": key.revoked_at})
    audit.record(session, "revoke_key", f"api_key:{key_id}", {"name": key.name})
    return key


def restore_key(session: Session, key_id: UUID, now: datetime) -> ApiKey:
    """Makes a key that was revoked by mistake open again.

    Raises:
        NotFoundError: there is no such key.
        ConflictError: it was revoked longer ago than UNDONE_WITHIN.
    """
    key = api_keys.load(session, key_id)
    if key.revoked_at is None:
        return key
    if now - key.revoked_at > UNDONE_WITHIN:
        raise ConflictError(
            "This key was revoked too long ago to be opened again.",
            facts={"key": key.name, "at": key.revoked_at},
            remedy="Make a new one.",
        )
    api_keys.restore(session, key_id)
    audit.record(session, "restore_key", f"api_key:{key_id}", {"name": key.name})
    return api_keys.load(session, key_id)
