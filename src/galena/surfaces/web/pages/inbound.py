"""Where vendors and web forms send what happens: proved by their signature or token, and by nothing else."""

from urllib.parse import unquote

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from galena.kit.errors import GalenaError
from galena.surfaces.api.inbound import Place, taken_in

router = APIRouter()


@router.post("/inbound/{workspace}/{name}")
async def receive(request: Request, workspace: Place, name: Place) -> Response:
    """Take in one message of a connection; the sender is told what became of it, and never more than that.

    Who sent a web form is led on to the page that its connection names.
    """
    try:
        received, headers = await taken_in(request, workspace, unquote(name))
    except GalenaError as fault:
        more: dict[str, str] = getattr(fault, "headers", {})
        return JSONResponse({"error": fault.what}, fault.http_status, more)
    if received.next_url:
        return RedirectResponse(received.next_url, 303, headers)
    return JSONResponse({"outcome": received.outcome}, headers=headers)
