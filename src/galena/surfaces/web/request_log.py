"""A log line per request, and the id that ties together all that it causes."""

import re

from fastapi import Request, Response

from galena.kit.clock import stopwatch
from galena.kit.logs import correlated, logger
from galena.surfaces.web.security import Next

HEADER = "x-request-id"

log = logger("web")

_GIVEN = re.compile(r"[0-9A-Za-z_.-]{8,64}")


async def log_request(request: Request, call_next: Next) -> Response:
    """Give the request an id (the sender's, when it looks like one), answer with it, log what became of it.

    The line holds the route's template, never the address itself, which may hold what somebody searched for.
    """
    given = request.headers.get(HEADER, "")
    with correlated(given if _GIVEN.fullmatch(given) else None) as correlation_id:
        elapsed_s = stopwatch()
        response = await call_next(request)
        response.headers[HEADER] = correlation_id
        if not request.url.path.startswith("/static/"):
            log.info(
                "request",
                method=request.method,
                path_template=getattr(request.scope.get("route"), "path", "unknown"),
                status=response.status_code,
                duration_ms=round(elapsed_s() * 1000, 1),
            )
    return response
