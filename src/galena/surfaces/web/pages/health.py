"""Whether the server runs, whether it can work, and its numbers."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from galena.kit.errors import GalenaError
from galena.stores import processes
from galena.stores.migrations.migrate import newest_version, schema_version
from galena.surfaces.web.metrics import CONTENT_TYPE, Metrics, may_read
from galena.surfaces.web.visitors import galena_of
from galena.workflows.presence import WORKER, is_there

router = APIRouter()


@router.get("/health")
def alive() -> dict[str, str]:
    """The server runs."""
    return {"status": "ok"}


@router.get("/health/ready")
def ready(request: Request) -> JSONResponse:
    """The server can work: its database answers and has the schema this program needs.

    Without a worker pages work and nothing happens by schedule: `degraded`, and still 200.
    """
    galena = galena_of(request)
    try:
        with galena.door.lobby() as lobby:
            seen_at = processes.last_seen(lobby).get(WORKER)
        schema = schema_version(galena.engine)
    except GalenaError as fault:
        return JSONResponse({"status": "unavailable", "database": fault.what}, 503)
    if schema != newest_version():
        told = {
            "status": "unavailable",
            "database": "ok",
            "schema": f"{schema}, needed is {newest_version()}",
        }
        return JSONResponse(told, 503)
    works = is_there(seen_at, galena.clock())
    worker = "ok" if works else "never seen" if seen_at is None else f"last seen {seen_at:%Y-%m-%dT%H:%M:%SZ}"
    status = "ok" if works else "degraded"
    return JSONResponse({"status": status, "database": "ok", "schema": "ok", "worker": worker})


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """What Prometheus reads; for this machine, or with the key."""
    key = galena_of(request).settings.metrics_key
    if not may_read(request, key.get_secret_value() if key else None):
        return PlainTextResponse(
            "These numbers are for this machine, or with the key GALENA_METRICS_KEY.\n", 403
        )
    found: Metrics = request.app.state.metrics
    return Response(found.text(), media_type=CONTENT_TYPE)
