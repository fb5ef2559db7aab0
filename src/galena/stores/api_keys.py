"""Keys of the API. Only the SHA-256 of a secret is kept: what is stolen here opens nothing."""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, insert, select, update

from galena.domain.access import ApiKey, Scope
from galena.domain.tenancy import User
from galena.kit.ids import new_id
from galena.stores import tables, users
from galena.stores.door import Lobby, Session
from galena.stores.rows import find_all, find_one, load_by_id

_KEYS = tables.api_keys
_USERS = tables.users
_WITH_OWNER = (
    select(_KEYS, *(each.label(f"owner_{each.name}") for each in _USERS.c))
    .join(_USERS, (_USERS.c.workspace_id == _KEYS.c.workspace_id) & (_USERS.c.id == _KEYS.c.user_id))
    .where(_KEYS.c.id == bindparam("key_id"))
)
_USE_KNOWN_TO = timedelta(hours=1)
"""The last use is noted no more often than so, so that asking costs no writing."""


def add(
    session: Session,
    *,
    user_id: UUID,
    tenant_id: UUID | None,
    name: str,
    secret: str,
    prefix: str,
    scopes: Collection[Scope],
    calls_per_minute: int,
    expires_at: datetime | None,
) -> ApiKey:
    """A new key, whose secret is given here and never again."""
    row = session.connection.execute(
        insert(_KEYS)
        .values(
            id=new_id(),
            user_id=user_id,
            tenant_id=tenant_id,
            name=name,
            prefix=prefix,
            secret_hash=hashed(secret),
            scopes=sorted(scopes),
            calls_per_minute=calls_per_minute,
            expires_at=expires_at,
        )
        .returning(_KEYS)
    )
    return _key(row.mappings().one())


def find_place(lobby: Lobby, secret_hash: bytes) -> tuple[UUID, UUID] | None:
    """The workspace and the id of the key whose secret has this hash; None when there is none."""
    query = select(_KEYS.c.workspace_id, _KEYS.c.id).where(_KEYS.c.secret_hash == secret_hash)
    return find_one(lobby, query, lambda row: (row["workspace_id"], row["id"]))


def load(session: Session, key_id: UUID) -> ApiKey:
    """A key.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    return load_by_id(session, _KEYS, key_id, _key, "key")


def list_all(session: Session) -> tuple[ApiKey, ...]:
    """The keys this session may see, the newest first."""
    return find_all(session, select(_KEYS).order_by(_KEYS.c.created_at.desc(), _KEYS.c.id), _key)


def revoke(session: Session, key_id: UUID, now: datetime) -> bool:
    """Makes a key open nothing any more; False where it was revoked before."""
    revoked = update(_KEYS).where(_KEYS.c.id == key_id, _KEYS.c.revoked_at.is_(None)).values(revoked_at=now)
    return session.connection.execute(revoked).rowcount == 1


def restore(session: Session, key_id: UUID) -> None:
    """Makes a revoked key open again what it did."""
    session.connection.execute(update(_KEYS).where(_KEYS.c.id == key_id).values(revoked_at=None))


def find_with_owner(session: Session, key_id: UUID) -> tuple[ApiKey, User] | None:
    """A key and whose it is, removed or not, in one look, for every request begins with it; None: not seen here."""
    row = session.connection.execute(_WITH_OWNER, {"key_id": key_id}).mappings().one_or_none()
    if row is None:
        return None
    return _key(row), users.user_of({each.name: row[f"owner_{each.name}"] for each in _USERS.c})


def note_use(session: Session, key: ApiKey, now: datetime) -> None:
    """Keeps when a key was last used, to the hour."""
    if key.last_used_at is None or key.last_used_at < now - _USE_KNOWN_TO:
        session.connection.execute(update(_KEYS).where(_KEYS.c.id == key.id).values(last_used_at=now))


def hashed(secret: str) -> bytes:
    """What is kept of a secret. It has 256 random bits, so that nothing slower than SHA-256 is called for."""
    return hashlib.sha256(secret.encode()).digest()


def _key(row: RowMapping) -> ApiKey:
    return ApiKey(
        id=row["id"],
        user_id=row["user_id"],
        tenant_id=row["tenant_id"],
        name=row["name"],
        prefix=row["prefix"],
        scopes=frozenset(Scope(name) for name in row["scopes"]),
        calls_per_minute=row["calls_per_minute"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
    )
