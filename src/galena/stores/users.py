"""The people of a workspace. Passwords arrive hashed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from galena.domain.tenancy import Role, User
from galena.kit.errors import ConflictError, NotFoundError
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Lobby, Session
from galena.stores.rows import find_all, find_one, load_by_id

_USERS = tables.users


def add(
    session: Session,
    *,
    email: str,
    name: str,
    role: Role,
    tenant_id: UUID | None = None,
    password_hash: str | None = None,
) -> User:
    """A new user.

    Raises:
        ConflictError: the e-mail is taken, or role and tenant do not fit (`roles_for`).
    """
    values = {
        "id": new_id(),
        "email": email.strip().lower(),
        "name": name,
        "role": role.value,
        "tenant_id": tenant_id,
        "password_hash": password_hash,
    }
    try:
        with session.connection.begin_nested():
            row = session.connection.execute(insert(_USERS).values(values).returning(_USERS))
            return user_of(row.mappings().one())
    except IntegrityError as error:
        raise ConflictError(
            "this user cannot be added",
            facts={"email": values["email"], "role": role.value, "has_tenant": tenant_id is not None},
            remedy="Use an e-mail that is not taken; give members and tenants' admins a tenant, and admins none.",
        ) from error


def find(session: Session, email: str) -> User | None:
    """The user with this e-mail who was not removed, upper and lower case alike."""
    found = find_even_removed(session, email)
    return None if found is None or found.removed_at is not None else found


def find_even_removed(session: Session, email: str) -> User | None:
    """The user with this e-mail, removed or not, upper and lower case alike."""
    return find_one(session, select(_USERS).where(_USERS.c.email == email.strip().lower()), user_of)


def load(session: Session, user_id: UUID) -> User:
    """A user who was not removed.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    user = load_even_removed(session, user_id)
    if user.removed_at is not None:
        raise NotFoundError("this person was removed", facts={"id": user_id})
    return user


def load_even_removed(session: Session, user_id: UUID) -> User:
    """A user, removed or not.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    return load_by_id(session, _USERS, user_id, user_of, "user")


def list_all(session: Session) -> tuple[User, ...]:
    """The users this session may see, and those who were removed, by e-mail: whose names stand on what was done."""
    return find_all(session, select(_USERS).order_by(_USERS.c.email), user_of)


def list_present(session: Session) -> tuple[User, ...]:
    """The users this session may see who were not removed, by e-mail."""
    return tuple(user for user in list_all(session) if user.removed_at is None)


def set_removed(session: Session, user_id: UUID, at: datetime | None) -> None:
    """Keeps since when somebody does not belong here any more; None: they do again."""
    session.connection.execute(update(_USERS).where(_USERS.c.id == user_id).values(removed_at=at))


def set_name(session: Session, user_id: UUID, name: str) -> None:
    """Gives somebody another name."""
    session.connection.execute(update(_USERS).where(_USERS.c.id == user_id).values(name=name))


def set_password(session: Session, user_id: UUID, password_hash: str | None) -> None:
    """Replaces the password's hash; None leaves sign-in by link only."""
    session.connection.execute(
        update(_USERS).where(_USERS.c.id == user_id).values(password_hash=password_hash)
    )


def set_role(session: Session, user_id: UUID, role: Role) -> None:
    """Gives somebody another role.

    Raises:
        ConflictError: role and tenant do not fit (`roles_for`).
    """
    try:
        with session.connection.begin_nested():
            session.connection.execute(update(_USERS).where(_USERS.c.id == user_id).values(role=role.value))
    except IntegrityError as error:
        raise ConflictError(
            f"this person cannot be {role}",
            facts={"role": role.value},
            remedy="Admins belong to no tenant; members and tenants' admins to one; viewers to one or none.",
        ) from error


def list_workspaces_of(lobby: Lobby, email: str) -> tuple[UUID, ...]:
    """The workspaces in which somebody signs in with this e-mail."""
    query = select(_USERS.c.workspace_id).where(
        _USERS.c.email == email.strip().lower(), _USERS.c.removed_at.is_(None)
    )
    return tuple(lobby.connection.execute(query.order_by(_USERS.c.workspace_id)).scalars())


def user_of(row: RowMapping | Mapping[str, Any]) -> User:
    """The record of a row of users."""
    return User(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        role=Role(row["role"]),
        tenant_id=row["tenant_id"],
        password_hash=row["password_hash"],
        created_at=row["created_at"],
        removed_at=row["removed_at"],
    )
