"""Where a caller's work takes place, and what only the people who run the workspace may do."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from galena.domain.access import Scope
from galena.surfaces.api.caller import PROBLEMS, Caller, NotAllowedError, may
from galena.workflows.context import Context
from galena.workflows.plans import active_plan

GONE: dict[int | str, dict[str, Any]] = {404: {"description": "There is none of this id that you may see."}}
CLASH: dict[int | str, dict[str, Any]] = {409: {"description": "It does not fit how things stand now."}}


def context_of(caller: Caller) -> Context:
    """Where the caller's work takes place; their name stands on whatever they do."""
    with caller.entered() as session:
        playbook, actor = active_plan(session).playbook, session.actor
    return Context(caller.galena.door, caller.workspace_id, playbook, actor, caller.galena.clock)


def of_workspace(scope: Scope) -> Callable[[Caller], Awaitable[Caller]]:
    """A caller who may do this, for the workspace and not for one of its tenants."""

    async def allowed(caller: Annotated[Caller, Depends(may(scope))]) -> Caller:
        if caller.user.tenant_id is not None:
            raise NotAllowedError(
                "This is for the people who run the workspace.",
                remedy="Use a key of somebody who belongs to no tenant.",
            )
        return caller

    return allowed


def whose(caller: Caller, asked: UUID | None) -> UUID | None:
    """The tenant whose leads are asked for: a tenant's caller gets its own, the operator the one asked for, or all."""
    return caller.user.tenant_id or asked


Looker = Annotated[Caller, Depends(of_workspace(Scope.READ))]
Desk = Annotated[Caller, Depends(of_workspace(Scope.WRITE))]
Configurer = Annotated[Caller, Depends(of_workspace(Scope.CONFIGURE))]
Teacher = Annotated[Caller, Depends(of_workspace(Scope.LEARN))]
Administrator = Annotated[Caller, Depends(of_workspace(Scope.ADMIN))]

__all__ = [
    "CLASH",
    "GONE",
    "PROBLEMS",
    "Administrator",
    "Configurer",
    "Desk",
    "Looker",
    "Teacher",
    "context_of",
    "of_workspace",
    "whose",
]
