"""Workspaces and their tenants."""

from uuid import UUID

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from galena.domain.tenancy import Tenant, Workspace
from galena.kit.errors import ConflictError, NotFoundError
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Lobby, Session
from galena.stores.rows import find_all, find_one, load_by_id


def list_all(lobby: Lobby) -> tuple[Workspace, ...]:
    """Every workspace, by name."""
    return find_all(lobby, select(tables.workspaces).order_by(tables.workspaces.c.slug), _workspace)


def find(lobby: Lobby, slug: str) -> Workspace | None:
    """The workspace of this name, if there is one."""
    return find_one(lobby, select(tables.workspaces).where(tables.workspaces.c.slug == slug), _workspace)


def create(lobby: Lobby, *, slug: str, name: str, playbook: str) -> Workspace:
    """A new workspace.

    Raises:
        ConflictError: the name is taken, or is not made of lower-case letters, digits and hyphens.
    """
    try:
        with lobby.connection.begin_nested():
            row = lobby.connection.execute(
                insert(tables.workspaces)
                .values(id=new_id(), slug=slug, name=name, playbook=playbook)
                .returning(tables.workspaces)
            )
            return _workspace(row.mappings().one())
    except IntegrityError as error:
        raise ConflictError(
            "this name cannot be given to a workspace",
            facts={"name": slug},
            remedy="Use lower-case letters, digits and hyphens, and a name that is not taken.",
        ) from error


def load(session: Session) -> Workspace:
    """The workspace entered.

    Raises:
        NotFoundError: it does not exist.
    """
    found = find_one(session, select(tables.workspaces), _workspace)
    if found is None:
        raise NotFoundError("there is no such workspace", facts={"id": session.workspace_id})
    return found


def rename(session: Session, name: str) -> None:
    """Gives the entered workspace another name for screens."""
    session.connection.execute(update(tables.workspaces).values(name=name))


def add_tenant(session: Session, name: str, id_: UUID | None = None) -> Tenant:
    """A new tenant, with an id of its own where none is given."""
    row = session.connection.execute(
        insert(tables.tenants).values(id=id_ or new_id(), name=name).returning(tables.tenants)
    )
    return _tenant(row.mappings().one())


def list_tenants(session: Session) -> tuple[Tenant, ...]:
    """The tenants this session may see, by name."""
    return find_all(session, select(tables.tenants).order_by(tables.tenants.c.name), _tenant)


def load_tenant(session: Session, tenant_id: UUID) -> Tenant:
    """A tenant.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    return load_by_id(session, tables.tenants, tenant_id, _tenant, "tenant")


def _workspace(row: RowMapping) -> Workspace:
    return Workspace(**row)


def _tenant(row: RowMapping) -> Tenant:
    return Tenant(id=row["id"], name=row["name"], created_at=row["created_at"])
