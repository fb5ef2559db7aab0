"""Sessions and sign-in links. Only the SHA-256 of a token is kept: what is stolen here opens nothing."""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from galena.domain.sign_in import OpenSession
from galena.domain.tenancy import SignIn
from galena.stores import tables
from galena.stores.door import Lobby, Session
from galena.stores.rows import find_all, find_one

_SESSIONS = tables.sessions
_LINKS = tables.sign_in_links


def open_session(
    session: Session,
    *,
    user_id: UUID,
    token: str,
    expires_at: datetime,
    now: datetime | None = None,
    agent: str = "",
    means: str = "",
) -> None:
    """Lets the bearer of `token` in as the user until `expires_at`.

    Args:
        now: the moment it is opened; None: the database's own.
        agent, means: what its owner sees in the list of their sessions.
    """
    values = {"token_hash": _hashed(token), "user_id": user_id, "expires_at": expires_at, "agent": agent}
    if now is not None:
        values |= {"created_at": now, "seen_at": now}
    session.connection.execute(insert(_SESSIONS).values(means=means, **values))


def find_session(lobby: Lobby, token: str, *, now: datetime) -> SignIn | None:
    """What a session's token stands for; None when unknown or expired."""
    query = select(_SESSIONS).where(_SESSIONS.c.token_hash == _hashed(token), _SESSIONS.c.expires_at > now)
    return find_one(
        lobby,
        query,
        lambda row: SignIn(row["workspace_id"], row["user_id"], row["expires_at"], row["seen_at"]),
    )


def prolong_session(session: Session, token: str, *, expires_at: datetime, now: datetime) -> None:
    """Moves the end of a session that is used at this moment."""
    session.connection.execute(
        update(_SESSIONS)
        .where(_SESSIONS.c.token_hash == _hashed(token))
        .values(expires_at=expires_at, seen_at=now)
    )


def list_sessions(session: Session, user_id: UUID, *, now: datetime) -> tuple[OpenSession, ...]:
    """The sessions of a user that are open, the last used first."""
    query = select(_SESSIONS).where(_SESSIONS.c.user_id == user_id, _SESSIONS.c.expires_at > now)
    return find_all(session, query.order_by(_SESSIONS.c.seen_at.desc(), _SESSIONS.c.id), _open)


def last_seen(session: Session, *, now: datetime) -> dict[UUID, datetime]:
    """User -> when one of their open sessions was last used, to ten minutes."""
    query = select(_SESSIONS.c.user_id, func.max(_SESSIONS.c.seen_at)).where(_SESSIONS.c.expires_at > now)
    return {row[0]: row[1] for row in session.connection.execute(query.group_by(_SESSIONS.c.user_id))}


def find_own_session(session: Session, token: str) -> UUID | None:
    """The id of the session of this token."""
    query = select(_SESSIONS.c.id).where(_SESSIONS.c.token_hash == _hashed(token))
    return find_one(session, query, lambda row: row["id"])


def close_one_of(session: Session, user_id: UUID, session_id: UUID) -> bool:
    """Ends a session of this user; False where there is none such."""
    return _deleted(session, (_SESSIONS.c.user_id == user_id) & (_SESSIONS.c.id == session_id)) == 1


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


def drop_links_of(session: Session, user_id: UUID) -> None:
    """Forgets the links of a user: none of them signs anybody in any more."""
    session.connection.execute(delete(_LINKS).where(_LINKS.c.user_id == user_id))


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


def _open(row: RowMapping) -> OpenSession:
    names = ("id", "agent", "means", "created_at", "seen_at", "expires_at")
    return OpenSession(**{name: row[name] for name in names})


def _deleted(session: Session, condition: ColumnElement[bool]) -> int:
    return session.connection.execute(delete(_SESSIONS).where(condition)).rowcount


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
