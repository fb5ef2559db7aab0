"""Where vendors send what happens: proved by their signature, and by nothing else."""

from collections.abc import AsyncIterator
from urllib.parse import unquote

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from galena.bootstrap import Galena
from galena.domain.tenancy import Workspace
from galena.kit.errors import GalenaError, NotFoundError
from galena.stores import workspaces
from galena.stores.door import OPERATOR
from galena.surfaces.web.visitors import galena_of
from galena.workflows.context import Context
from galena.workflows.gateway import gateway_of
from galena.workflows.inbound import MOST_BYTES, Received, take_in
from galena.workflows.plans import active_plan

router = APIRouter()


@router.post("/inbound/{workspace}/{name}")
async def receive(request: Request, workspace: str, name: str) -> JSONResponse:
    """Take in one message of a connection; the sender is told what became of it, and never more than that."""
    try:
        body = await _read(request.stream())
        headers = dict(request.headers)
        received = await run_in_threadpool(
            _take_in, galena_of(request), workspace, unquote(name), headers, body
        )
    except GalenaError as fault:
        return JSONResponse({"error": fault.what}, fault.http_status)
    return JSONResponse({"outcome": received.outcome})


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
