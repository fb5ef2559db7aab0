"""Whose work: a tenant's people do their own; the people who run the workspace do theirs, or step into a tenant's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from galena.domain.access import Scope
from galena.kit.errors import NotFoundError
from galena.stores import workspaces
from galena.stores.door import OPERATOR, Session
from galena.surfaces.api.caller import PROBLEMS, Caller, may

AskedTenant = Annotated[
    UUID | None,
    Query(
        description="Whose, for the people who run the workspace; left out: their own. A tenant's key works for"
        " its tenant alone, whatever is given here."
    ),
]


ROOM_PROBLEMS = PROBLEMS | {
    404: {"description": "There is no such tenant, or none of this id that you may see."}
}


@dataclass(frozen=True, slots=True)
class Room:
    """A caller in somebody's work.

    Attributes:
        tenant_id: whose; None: that of the people who run the workspace.
    """

    caller: Caller
    tenant_id: UUID | None

    @property
    def now(self) -> datetime:
        """The moment, by the clock of the installation."""
        return self.caller.galena.clock()

    @contextmanager
    def entered(self) -> Iterator[Session]:
        """One transaction that sees and changes this work alone.

        Raises:
            NotFoundError: there is no such tenant.
        """
        with self.caller.galena.door.enter(
            self.caller.workspace_id,
            tenant_id=self.tenant_id or OPERATOR,
            actor=f"api_key:{self.caller.key.id}",
        ) as session:
            if self.tenant_id is not None and self.caller.user.tenant_id is None:
                _ensure(session, self.tenant_id)
            yield session


def _ensure(session: Session, tenant_id: UUID) -> None:
    try:
        workspaces.load_tenant(session, tenant_id)
    except NotFoundError:
        raise NotFoundError("There is no such tenant.", remedy="GET /tenants lists them.") from None


def room_for(scope: Scope) -> Callable[[Caller, UUID | None], Room]:
    """The work that a caller who may do this is in."""

    def entered(caller: Annotated[Caller, Depends(may(scope))], tenant_id: AskedTenant = None) -> Room:
        return Room(caller, caller.user.tenant_id or tenant_id)

    return entered


ReadRoom = Annotated[Room, Depends(room_for(Scope.READ))]
WorkRoom = Annotated[Room, Depends(room_for(Scope.WRITE))]
