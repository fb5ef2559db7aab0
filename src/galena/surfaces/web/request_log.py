"""A log line per request, and the id that ties together all that it causes."""

import re
from typing import Any

from fastapi import Request, Response

from galena.kit.clock import stopwatch
from galena.kit.logs import correlated, logger
from galena.kit.traces import span
from galena.surfaces.web.security import Next

HEADER = "x-request-id"

log = logger("web")

_GIVEN = re.compile(r"[0-9A-Za-z_.-]{8,64}")


async def log_request(request: Request, call_next: Next) -> Response:
    """Give the request an id (the sender's, when it looks like one), answer with it, log what became of it.

    The line, the span and the count hold the route's template, never the address itself, which may hold what somebody
    searched for.
    """
    given = request.headers.get(HEADER, "")
    metrics = getattr(request.app.state, "metrics", None)  # Behind a mount the request knows another app.
    with (
        correlated(given if _GIVEN.fullmatch(given) else None) as correlation_id,
        span("request", sender=request.headers) as traced,
    ):
        elapsed_s = stopwatch()
        response = await call_next(request)
        response.headers[HEADER] = correlation_id
        if not request.url.path.startswith("/static/"):
            _note(request, response.status_code, elapsed_s(), metrics, traced)
    return response


def _note(request: Request, status: int, seconds: float, metrics: Any, traced: Any) -> None:
    template = _template(request)
    log.info(
        "request",
        method=request.method,
        path_template=template,
        status=status,
        duration_ms=round(seconds * 1000, 1),
    )
    if metrics is not None:
        metrics.count(request.method, template, status, seconds)
    if traced is not None:
        traced.update_name(f"{request.method} {template}")
        traced.set_attributes({"http.request.method": request.method, "http.route": template})
        traced.set_attribute("http.response.status_code", status)


def _template(request: Request) -> str:
    """The route's template; of the API's with where it is mounted."""
    path = getattr(request.scope.get("route"), "path", None)
    if path is None:
        return "unknown"
    return f"{request.scope.get('root_path', '')}{path}"
