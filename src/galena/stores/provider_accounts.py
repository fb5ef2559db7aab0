"""Which account at a sign-in provider is whose."""

from uuid import UUID

from sqlalchemy import delete, insert, select

from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_one

_ACCOUNTS = tables.provider_accounts


def add(session: Session, user_id: UUID, issuer: str, subject: str) -> None:
    """From now on this account is the user's."""
    session.connection.execute(insert(_ACCOUNTS).values(user_id=user_id, issuer=issuer, subject=subject))


def find_subject(session: Session, user_id: UUID, issuer: str) -> str | None:
    """The account of a user at a provider."""
    query = select(_ACCOUNTS.c.subject).where(_ACCOUNTS.c.user_id == user_id, _ACCOUNTS.c.issuer == issuer)
    return find_one(session, query, lambda row: str(row["subject"]))


def find_user(session: Session, issuer: str, subject: str) -> UUID | None:
    """Whose account this is."""
    query = select(_ACCOUNTS.c.user_id).where(_ACCOUNTS.c.issuer == issuer, _ACCOUNTS.c.subject == subject)
    return find_one(session, query, lambda row: row["user_id"])


def remove_all(session: Session, user_id: UUID) -> int:
    """Forgets the accounts of a user and says how many; the next sign-in matches by e-mail again."""
    return session.connection.execute(delete(_ACCOUNTS).where(_ACCOUNTS.c.user_id == user_id)).rowcount
