"""Passwords: hashed by Argon2, and compared in a time that tells nothing."""

from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from galena.bootstrap import Galena
from galena.domain.sign_in import Means
from galena.domain.tenancy import User
from galena.kit.errors import InputError
from galena.stores import users
from galena.stores.door import OPERATOR
from galena.workflows.people import note_failure

LEAST_LENGTH = 10

hasher = PasswordHasher()
_NOBODY = hasher.hash("nobody has this password")


def hashed(password: str) -> str:
    """The hash of a new password.

    Raises:
        InputError: it is too short.
    """
    if len(password) < LEAST_LENGTH:
        raise InputError("The password is too short.", remedy=f"Use {LEAST_LENGTH} characters or more.")
    return hasher.hash(password)


def fits(password_hash: str | None, password: str) -> bool:
    """Whether this is the password; as slow for who has none."""
    try:
        return hasher.verify(password_hash or _NOBODY, password) and password_hash is not None
    except (Argon2Error, InvalidHashError):
        return False


def find_person(galena: Galena, email: str, password: str) -> tuple[UUID, User] | None:
    """Who signs in with this e-mail and password, and in which workspace; a failure is written down there."""
    with galena.door.lobby() as lobby:
        places = users.list_workspaces_of(lobby, email)
    for workspace_id in places:
        with galena.door.enter(workspace_id, tenant_id=OPERATOR, actor="sign-in") as session:
            user = users.find(session, email)
        if user and user.password_hash and fits(user.password_hash, password):
            return workspace_id, user
    # As slow for an unknown e-mail as for a known one, so that the time tells nothing.
    fits(None, password)
    for workspace_id in places:
        with galena.door.enter(workspace_id, tenant_id=OPERATOR, actor="sign-in") as session:
            if user := users.find(session, email):
                note_failure(session, user.id, Means.PASSWORD, "password")
    return None
