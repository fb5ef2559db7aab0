"""Whether the server runs, and whether it can work."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from galena.kit.errors import GalenaError
from galena.surfaces.web.visitors import galena_of

router = APIRouter()


@router.get("/health")
def alive() -> dict[str, str]:
    """The server runs."""
    return {"status": "ok"}


@router.get("/health/ready")
def ready(request: Request) -> JSONResponse:
    """The server can work: its database answers."""
    try:
        with galena_of(request).door.lobby():
            return JSONResponse({"status": "ok", "database": "ok"})
    except GalenaError as fault:
        return JSONResponse({"status": "unavailable", "database": fault.what}, 503)
