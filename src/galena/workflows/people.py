"""The people of a workspace."""

from galena.domain.tenancy import Role, User, Workspace
from galena.stores import users
from galena.stores.door import Session


def ensure_operator(session: Session, workspace: Workspace) -> User:
    """The workspace's operator, who is made on first use."""
    operator = next((user for user in users.list_all(session) if user.role is Role.ADMIN), None)
    if operator is not None:
        return operator
    email = f"operator@{workspace.slug}.localhost"
    return users.add(session, email=email, name="Operator", role=Role.ADMIN)
