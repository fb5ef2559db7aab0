"""Tenants as commands name them."""

from uuid import UUID

from galena.stores import tenants
from galena.stores.door import Session


def tenant_named(session: Session, name: str | None) -> UUID | None:
    """The tenant of this name or id; None where none is named.

    Raises:
        NotFoundError: there is none.
    """
    return None if name is None else tenants.find(session, name).id
