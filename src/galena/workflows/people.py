"""The people of a workspace: who comes and goes, their roles, and what is kept of how they sign in.

Each change is on the audit trail; of a tenant's people on the tenant's own, too, whoever made it.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from galena.domain.events import AuditEntry, NewEvent
from galena.domain.sign_in import Means
from galena.domain.tenancy import Role, User, Workspace, roles_for
from galena.kit.errors import ConflictError, InputError
from galena.kit.forms.emails import normal_email
from galena.stores import audit, outbox, provider_accounts, second_factors, sign_in, users, workspaces
from galena.stores.door import Session

LINK_LASTS = timedelta(days=3)
"""How long a sign-in link made for somebody signs them in, once."""

_ADMINS = (Role.ADMIN, Role.TENANT_ADMIN)

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
    "make_sign_in_link": "An administrator made a sign-in link",
    "add_person": "The account was made",
    "remove_person": "The account was removed",
    "restore_person": "The account was brought back",
    "reset_sign_in": "An administrator reset the sign-in",
}
"""What the audit trail says of an account -> in words."""


MEMBERSHIP_ACTIONS = (
    "add_person",
    "make_sign_in_link",
    "change_role",
    "remove_person",
    "restore_person",
    "reset_sign_in",
)
"""What is done to who belongs to a place."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody with a link that signs them in, once; its token is known here and nowhere else."""

    user: User
    token: str


def ensure_operator(session: Session, workspace: Workspace) -> User:
    """The installation's own operator, as whom whoever starts it signs in; made on first use, and always an admin."""
    email = _operator_email(workspace)
    operator = users.find(session, email)
    if operator is None:
        return users.add(session, email=email, name="Operator", role=Role.ADMIN)
    if operator.role is not Role.ADMIN:
        users.set_role(session, operator.id, Role.ADMIN)
        audit.record(
            session,
            "change_role",
            f"user:{operator.id}",
            {"before": operator.role.value, "after": Role.ADMIN.value},
        )
    return users.load(session, operator.id)


def add_person(session: Session, *, email: str, name: str, role: Role, tenant_id: UUID | None = None) -> User:
    """Somebody new: one of the workspace's own people, or with `tenant_id` of a tenant. They sign in by a link.

    Who was removed from there before comes back, with this name and role.

    Raises:
        InputError: this is no e-mail address.
        ConflictError: it is taken, or the role does not fit the tenant.
    """
    if normal_email(email) is None:
        raise InputError("This is no e-mail address.", remedy="Write it as name@example.com.")
    name = name.strip() or email.strip()
    known = users.find_even_removed(session, email)
    if known is not None and known.removed_at is not None and known.tenant_id == tenant_id:
        users.set_role(session, known.id, role)
        users.set_name(session, known.id, name)
        return restore_person(session, known.id)
    user = users.add(session, email=email, name=name, role=role, tenant_id=tenant_id)
    _note(session, "add_person", user, {"role": role.value, "tenant": tenant_id and str(tenant_id)})
    if tenant_id is not None:
        news = {"tenant_id": str(tenant_id), "action": "add_member", "user_id": str(user.id)}
        outbox.append(session, [NewEvent("tenant_changed", None, news)])
    return user


def invite(
    session: Session, now: datetime, *, email: str, name: str, role: Role, tenant_id: UUID | None = None
) -> Invitation:
    """Somebody new, with a link to give to them.

    Raises:
        InputError: this is no e-mail address.
        ConflictError: it is taken, or the role does not fit the tenant.
    """
    user = add_person(session, email=email, name=name, role=role, tenant_id=tenant_id)
    return make_link(session, user.id, now)


def make_link(session: Session, user_id: UUID, now: datetime) -> Invitation:
    """A link that signs somebody in, once, within LINK_LASTS; links they had before open nothing any more.

    Raises:
        NotFoundError: there is nobody like this.
    """
    user, token = users.load(session, user_id), secrets.token_urlsafe(32)
    sign_in.drop_links_of(session, user_id)
    sign_in.add_link(session, user_id=user_id, token=token, expires_at=now + LINK_LASTS)
    _note(session, "make_sign_in_link", user)
    return Invitation(user, token)


def change_role(session: Session, user_id: UUID, role: Role) -> User:
    """Gives somebody another role, at once and for all their sessions and keys.

    Raises:
        NotFoundError: there is nobody like this.
        ConflictError: the role does not fit their tenant, nobody would be left to run the place, or it is the
            installation's own operator.
    """
    user = users.load(session, user_id)
    if user.role is role:
        return user
    if role not in roles_for(user.tenant_id):
        raise ConflictError(
            f"This person cannot be {role}.",
            facts={"can be": ", ".join(roles_for(user.tenant_id))},
            remedy="Admins belong to no tenant; members and tenants' admins to one; viewers to one or none.",
        )
    _ensure_not_needed(session, user)
    users.set_role(session, user_id, role)
    _note(session, "change_role", user, {"before": user.role.value, "after": role.value})
    return users.load(session, user_id)


def remove_person(session: Session, user_id: UUID, now: datetime, *, by: UUID | None = None) -> User:
    """Lets nothing open for somebody any more: signed out, their links and keys open nothing.

    What they did stays under their name, and `restore_person` brings them back.

    Args:
        by: the person who asks, where a program acts for them; None: the session's actor.

    Raises:
        NotFoundError: there is nobody like this.
        ConflictError: it is the person who asks, nobody would be left to run the place, or it is the installation's
            own operator.
    """
    user = users.load(session, user_id)
    if user_id == by or session.actor == str(user_id):
        raise ConflictError("Nobody can remove themselves.", remedy="Ask another admin.")
    _ensure_not_needed(session, user)
    users.set_removed(session, user_id, now)
    sign_in.drop_links_of(session, user_id)
    closed = sign_in.close_sessions_of(session, user_id)
    _note(session, "remove_person", user, {"role": user.role.value, "sessions": closed})
    return user


def restore_person(session: Session, user_id: UUID) -> User:
    """Brings back somebody who was removed, with the role they had; their keys open again, they sign in anew.

    Raises:
        NotFoundError: there was nobody like this.
    """
    user = users.load_even_removed(session, user_id)
    if user.removed_at is None:
        return user
    users.set_removed(session, user_id, None)
    _note(session, "restore_person", user, {"role": user.role.value})
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
    user = users.load(session, user_id)
    had_factor = second_factors.remove(session, user_id)
    accounts = provider_accounts.remove_all(session, user_id)
    closed = sign_in.close_sessions_of(session, user_id)
    detail = {"second_factor": had_factor, "provider_accounts": accounts, "sessions": closed}
    _note(session, "reset_sign_in", user, detail)


def membership_history(session: Session, limit: int = 20) -> tuple[AuditEntry, ...]:
    """What was done to who belongs here, the newest first; a tenant's session tells of its own people."""
    return audit.list_(session, actions=MEMBERSHIP_ACTIONS, limit=limit)


def _note(session: Session, action: str, user: User, detail: Mapping[str, Any] | None = None) -> None:
    audit.record(session, action, f"user:{user.id}", detail, tenant_id=user.tenant_id)


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


def is_own_operator(session: Session, user: User) -> bool:
    """Whether this is the installation's own operator, who stays its admin."""
    return user.email == _operator_email(workspaces.load(session))


def _operator_email(workspace: Workspace) -> str:
    return f"operator@{workspace.slug}.localhost"


def _ensure_not_needed(session: Session, user: User) -> None:
    """That the place can do without this person as an admin.

    Raises:
        ConflictError: it cannot.
    """
    if user.role not in _ADMINS:
        return
    alike = [
        each
        for each in users.list_present(session)
        if each.role is user.role and each.tenant_id == user.tenant_id
    ]
    if len(alike) == 1:
        raise ConflictError(
            "This is the only admin.", remedy="Make somebody else an admin first, then change this one."
        )
    if is_own_operator(session, user):
        raise ConflictError(
            "This is the operator of the installation itself.",
            remedy="Whoever starts Galena signs in as this one, so it stays an admin.",
        )
