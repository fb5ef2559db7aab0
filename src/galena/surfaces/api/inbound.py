"""Messages that other systems send by themselves: proved by their signature or their token, and by nothing else."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid5

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from galena.bootstrap import Galena
from galena.domain.tenancy import Workspace
from galena.kit.errors import NotFoundError
from galena.stores import workspaces
from galena.stores.door import OPERATOR
from galena.surfaces.api.caller import TooOftenError
from galena.surfaces.api.limits import Limits
from galena.workflows.context import Context
from galena.workflows.gateway import gateway_of
from galena.workflows.inbound import MOST_BYTES, Outcome, Received, take_in
from galena.workflows.plans import active_plan

router = APIRouter(tags=["inbound"])

Place = Annotated[str, Path(max_length=100, pattern=r"^[^\x00]+$")]
_OBJECT: dict[str, Any] = {"schema": {"type": "object"}}
_BODY = {
    "description": "As the sender writes it: JSON, or of a web form its fields.",
    "required": True,
    "content": {"application/json": _OBJECT, "application/x-www-form-urlencoded": _OBJECT},
}


class Taken(BaseModel):
    """What became of a message."""

    outcome: Outcome = Field(
        description="taken: leads or signals came of it, or it waits for its lead; kept: it says nothing of a lead;"
        " known: it was here already; set_aside: it cannot be read, and lies in quarantine."
    )


@router.post(
    "/inbound/{workspace}/{name}",
    operation_id="receive_message",
    responses={
        401: {"description": "The signature, or the token, is not the sender's."},
        404: {"description": "There is no such connection."},
        422: {"description": "The message cannot be used."},
        429: {"description": "The connection sends too often; Retry-After says how long to wait."},
    },
    openapi_extra={"requestBody": _BODY},
)
async def receive_message(request: Request, response: Response, workspace: Place, name: Place) -> Taken:
    """Take in one message of a connection (GoHighLevel, Cal.com, Stripe, Clerk, a web form, whatever signs by Standard
    Webhooks). No key is asked for: the message proves itself."""
    received, headers = await taken_in(request, workspace, name)
    response.headers.update(headers)
    return Taken(outcome=received.outcome)


async def taken_in(request: Request, workspace: str, name: str) -> tuple[Received, dict[str, str]]:
    """What became of the message in a request, and the headers that say how many more may come.

    Raises:
        TooOftenError: the connection sends too often.
        GalenaError: as `workflows.inbound.take_in`.
    """
    if "\x00" in name:
        raise NotFoundError("There is no such connection.")
    galena: Galena = request.app.state.galena
    limits: Limits = request.app.state.inbound_limits
    which = uuid5(NAMESPACE_URL, f"{workspace}/{name}")
    turn = limits.take(which, galena.settings.ingest_per_second, galena.clock())
    if not turn.allowed:
        raise TooOftenError(f"This connection may send {turn.limit} messages a second.", turn.headers)
    body = await _read(request.stream())
    headers = dict(request.headers)
    return await run_in_threadpool(_take_in, galena, workspace, name, headers, body), turn.headers


async def _read(stream: AsyncIterator[bytes]) -> bytes:
    """The body, or its first bytes: enough to see that it is too large."""
    body = b""
    async for part in stream:
        body += part
        if len(body) > MOST_BYTES:
            break
    return body


def _take_in(galena: Galena, slug: str, name: str, headers: dict[str, str], body: bytes) -> Received:
    with galena.door.lobby() as lobby:
        found = workspaces.find(lobby, slug)
    if found is None:
        raise NotFoundError("There is no such connection.")
    return take_in(_context(galena, found, name), gateway_of(galena.settings), name, headers, body)


def _context(galena: Galena, workspace: Workspace, name: str) -> Context:
    actor = f"inbound: {name[:60]}"
    with galena.door.enter(workspace.id, tenant_id=OPERATOR, actor=actor) as session:
        playbook = active_plan(session).playbook
    return Context(galena.door, workspace.id, playbook, actor, galena.clock)
