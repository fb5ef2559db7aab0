"""A log line per request, and the id that ties together all that it causes."""

import re
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from galena.kit.clock import stopwatch
from galena.kit.logs import correlated, logger
from galena.kit.traces import span

HEADER = "x-request-id"

log = logger("web")

_GIVEN = re.compile(r"[0-9A-Za-z_.-]{8,64}")


class RequestLog:
    """Gives each request an id (the sender's, when it looks like one), answers with it, logs what became of it.

    The line, the span and the count hold the route's template, never the address itself, which may hold what somebody
    searched for.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; it is noted when its answer begins, for a stream may have no end."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sender = Headers(scope=scope)
        given = sender.get(HEADER, "")
        is_noted = not scope["path"].startswith("/static/")
        metrics = getattr(
            scope["app"].state, "metrics", None
        )  # Behind a mount the request knows another app.
        with (
            correlated(given if _GIVEN.fullmatch(given) else None) as correlation_id,
            span("request", sender=sender) as traced,
        ):
            elapsed_s = stopwatch()

            async def noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message["headers"], (HEADER.encode(), correlation_id.encode())]
                    if is_noted:
                        _note(scope, message["status"], elapsed_s(), metrics, traced)
                await send(message)

            await self._app(scope, receive, noted)


def _note(scope: Scope, status: int, seconds: float, metrics: Any, traced: Any) -> None:
    template = _template(scope)
    log.info(
        "request",
        method=scope["method"],
        path_template=template,
        status=status,
        duration_ms=round(seconds * 1000, 1),
    )
    if metrics is not None:
        metrics.count(scope["method"], template, status, seconds)
    if traced is not None:
        traced.update_name(f"{scope['method']} {template}")
        traced.set_attributes({"http.request.method": scope["method"], "http.route": template})
        traced.set_attribute("http.response.status_code", status)


def _template(scope: Scope) -> str:
    """The route's template; of the API's with where it is mounted."""
    path = getattr(scope.get("route"), "path", None)
    if path is None:
        return "unknown"
    return f"{scope.get('root_path', '')}{path}"
