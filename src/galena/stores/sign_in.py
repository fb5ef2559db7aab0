"""Sessions and sign-in links. Only the SHA-256 of a token is kept: what is stolen here opens nothing."""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from galena.domain.tenancy import SignIn
from galena.stores import tables
from galena.stores.door import Lobby, Session
from galena.stores.rows import find_one

_SESSIONS = tables.sessions
_LINKS = tables.sign_in_links


def open_session(session: Session, *, user_id: UUID, token: str, expires_at: datetime) -> None:
    """Lets the bearer of `token` in as the user until `expires_at`."""
    session.connection.execute(
        insert(_SESSIONS).values(token_hash=_hashed(token), user_id=user_id, expires_at=expires_at)
    )


def find_session(lobby: Lobby, token: str, *, now: datetime) -> SignIn | None:
    """What a session's token stands for; None when unknown or expired."""
    query = select(_SESSIONS).where(_SESSIONS.c.token_hash == _hashed(token), _SESSIONS.c.expires_at > now)
    return find_one(lobby, query, lambda row: SignIn(row["workspace_id"], row["user_id"], row["expires_at"]))


def prolong_session(session: Session, token: str, *, expires_at: datetime) -> None:
    """Moves the end of a session."""
    session.connection.execute(
        update(_SESSIONS).where(_SESSIONS.c.token_hash == _hashed(token)).values(expires_at=expires_at)
    )


def close_session(session: Session, token: str) -> None:
    """Ends a session; an unknown token changes nothing."""
    session.connection.execute(delete(_SESSIONS).where(_SESSIONS.c.token_hash == _hashed(token)))


def close_sessions_of(session: Session, user_id: UUID) -> int:
    """Ends every session of a user and says how many."""
    return _deleted(session, _SESSIONS.c.user_id == user_id)


def prune_sessions(session: Session, *, now: datetime) -> int:
    """Deletes the sessions that have expired and says how many."""
    return _deleted(session, _SESSIONS.c.expires_at <= now)


def add_link(session: Session, *, user_id: UUID, token: str, expires_at: datetime) -> None:
    """A link that signs the user in, once, until `expires_at`."""
    session.connection.execute(
        insert(_LINKS).values(token_hash=_hashed(token), user_id=user_id, expires_at=expires_at)
    )


def find_link(lobby: Lobby, token: str, *, now: datetime) -> SignIn | None:
    """What a link's token stands for; None when unknown, used or expired."""
    query = select(_LINKS).where(
        _LINKS.c.token_hash == _hashed(token), _LINKS.c.expires_at > now, _LINKS.c.used_at.is_(None)
    )
    return find_one(lobby, query, lambda row: SignIn(row["workspace_id"], row["user_id"], row["expires_at"]))


def use_link(session: Session, token: str, *, now: datetime) -> bool:
    """Marks a link as used; False when somebody was faster, or it is unknown or expired."""
    used = session.connection.execute(
        update(_LINKS)
        .where(_LINKS.c.token_hash == _hashed(token), _LINKS.c.used_at.is_(None), _LINKS.c.expires_at > now)
        .values(used_at=now)
    )
    return used.rowcount == 1


def _deleted(session: Session, condition: ColumnElement[bool]) -> int:
    return session.connection.execute(delete(_SESSIONS).where(condition)).rowcount


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
