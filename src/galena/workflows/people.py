"""The people of a workspace: their roles, and what is kept of how they sign in. Each change is on the audit trail."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from galena.domain.events import AuditEntry
from galena.domain.sign_in import Means
from galena.domain.tenancy import Role, User, Workspace
from galena.kit.errors import ConflictError, InputError
from galena.kit.forms.emails import normal_email
from galena.stores import audit, provider_accounts, second_factors, sign_in, users
from galena.stores.door import Session

SIGN_IN_ACTIONS: Mapping[str, str] = {
    "sign_in": "Signed in",
    "fail_sign_in": "A sign-in failed",
    "set_password": "The password was set",
    "turn_on_second_factor": "Codes were turned on",
    "turn_off_second_factor": "Codes were turned off",
    "use_recovery_code": "A recovery code was used",
    "link_provider": "A sign-in provider was linked",
    "close_sessions": "Signed out elsewhere",
    "change_role": "The role was changed",
    "reset_sign_in": "An administrator reset the sign-in",
}
"""What the audit trail says of an account -> in words."""


def ensure_operator(session: Session, workspace: Workspace) -> User:
    """The workspace's operator, who is made on first use."""
    operator = next((user for user in users.list_all(session) if user.role is Role.ADMIN), None)
    if operator is not None:
        return operator
    email = f"operator@{workspace.slug}.localhost"
    return users.add(session, email=email, name="Operator", role=Role.ADMIN)


def add_person(session: Session, *, email: str, name: str, role: Role, tenant_id: UUID | None = None) -> User:
    """Somebody new: one of the workspace's own people, or with `tenant_id` of a tenant. They sign in by a link.

    Raises:
        InputError: this is no e-mail address.
        ConflictError: it is taken, or the role does not fit the tenant.
    """
    if normal_email(email) is None:
        raise InputError("This is no e-mail address.", remedy="Write it as name@example.com.")
    user = users.add(session, email=email, name=name.strip() or email, role=role, tenant_id=tenant_id)
    audit.record(
        session, "add_person", f"user:{user.id}", {"role": role.value, "tenant": tenant_id and str(tenant_id)}
    )
    return user


def change_role(session: Session, user_id: UUID, role: Role) -> User:
    """Gives somebody another role, at once and for all their sessions and keys.

    Raises:
        NotFoundError: there is nobody like this.
        ConflictError: the role does not fit their tenant, or nobody would be left to run the workspace.
    """
    user = users.load(session, user_id)
    if user.role is role:
        return user
    admins = [each for each in users.list_all(session) if each.role is Role.ADMIN]
    if user.role is Role.ADMIN and len(admins) == 1:
        raise ConflictError(
            "This is the only admin.", remedy="Make somebody else an admin first, then change this role."
        )
    users.set_role(session, user_id, role)
    audit.record(session, "change_role", f"user:{user_id}", {"before": user.role.value, "after": role.value})
    return users.load(session, user_id)


def set_password(session: Session, user_id: UUID, password_hash: str) -> int:
    """Sets the password and ends every session of the person; says how many."""
    users.set_password(session, user_id, password_hash)
    audit.record(session, "set_password", f"user:{user_id}")
    return sign_in.close_sessions_of(session, user_id)


def reset_sign_in(session: Session, user_id: UUID) -> None:
    """For who lost their phone or their account elsewhere: no code, no linked provider, no open session any more.

    Raises:
        NotFoundError: there is nobody like this.
    """
    users.load(session, user_id)
    had_factor = second_factors.remove(session, user_id)
    accounts = provider_accounts.remove_all(session, user_id)
    closed = sign_in.close_sessions_of(session, user_id)
    detail = {"second_factor": had_factor, "provider_accounts": accounts, "sessions": closed}
    audit.record(session, "reset_sign_in", f"user:{user_id}", detail)


def note_sign_in(session: Session, user_id: UUID, means: Means, *, with_code: bool) -> None:
    """Writes down that somebody signed in."""
    audit.record(session, "sign_in", f"user:{user_id}", {"means": means.value, "code": with_code})


def note_failure(session: Session, user_id: UUID, means: Means, why: str) -> None:
    """Writes down that somebody tried to sign in as this person.

    Args:
        why: `password`, `code`, `other_account`.
    """
    detail: dict[str, Any] = {"means": means.value, "why": why}
    audit.record(session, "fail_sign_in", f"user:{user_id}", detail)


def sign_in_history(session: Session, user_id: UUID, limit: int = 20) -> tuple[AuditEntry, ...]:
    """What the audit trail says of an account, the newest first."""
    return audit.list_(session, subject=f"user:{user_id}", limit=limit)
