"""Workspaces, tenants and the people in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a person may do.

    admin: runs the workspace; tenant_admin: works a tenant's leads and says who else does and what it wants; member:
    works a tenant's leads; viewer: looks only, at the workspace or at one tenant.
    """

    ADMIN = "admin"
    TENANT_ADMIN = "tenant_admin"
    MEMBER = "member"
    VIEWER = "viewer"


ROLE_WORDS: Mapping[Role, str] = {
    Role.ADMIN: "admin",
    Role.TENANT_ADMIN: "admin",
    Role.MEMBER: "member",
    Role.VIEWER: "viewer",
}
"""Role -> what it is called where it is clear whether a tenant is meant."""


def roles_for(tenant_id: UUID | None) -> tuple[Role, ...]:
    """The roles that somebody of this tenant may have; of none, those of the workspace's own people."""
    if tenant_id is None:
        return (Role.ADMIN, Role.VIEWER)
    return (Role.TENANT_ADMIN, Role.MEMBER, Role.VIEWER)


@dataclass(frozen=True, slots=True)
class Workspace:
    """One operator's sealed installation of a playbook.

    Attributes:
        slug: its name in addresses and on the command line.
        playbook: the playbook's name.
        active_revision_id: the revision that scores; None before the first is saved.
    """

    id: UUID
    slug: str
    name: str
    playbook: str
    active_revision_id: UUID | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Tenant:
    """A customer of the operator who receives leads."""

    id: UUID
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class User:
    """A person who signs in.

    Attributes:
        email: in lower case, unique in the workspace.
        tenant_id: the tenant they belong to; None for the operator's own people.
        password_hash: Argon2; None for who signs in by link only.
        removed_at: since when nothing opens for them; None: they belong here.
    """

    id: UUID
    email: str
    name: str
    role: Role
    tenant_id: UUID | None
    password_hash: str | None
    created_at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a valid session or sign-in token stands for.

    Attributes:
        seen_at: when a session was last used; None for links.
    """

    workspace_id: UUID
    user_id: UUID
    expires_at: datetime
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SavedView:
    """A list, filtered and sorted, that somebody named.

    Attributes:
        list: which list, by the name of its page: leads, prospects.
        query: the filters and the sorting, as the screen writes them.
        shared: whether others in the same tenant (or of the operator) see it.
    """

    id: UUID
    user_id: UUID
    name: str
    query: dict[str, object]
    shared: bool
    created_at: datetime
    list: str
