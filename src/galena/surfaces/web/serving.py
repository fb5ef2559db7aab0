"""The web server, which loses no request when it is told to end.

It takes no new connections, answers what is in flight and what still comes on connections that were open (with
`Connection: close`, so that clients go elsewhere for the next one), and only then closes them. Streams of events have
no end of their own; they are cut off last, and browsers open them again by themselves.
"""

import asyncio
import socket
from collections.abc import Sequence

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from galena.kit.clock import stopwatch

LINGER_S = 0.4
"""A connection that was just opened has so long to send its request."""

_LOOK_EVERY_S = 0.02
_STREAMS_S = 1
"""What is left after the grace, streams of events, is cut off after so long."""


class InFlight:
    """The requests a server is at work on.

    Attributes:
        stopping: whether the server has been told to end; long streams look at it.
    """

    def __init__(self) -> None:
        self.stopping = False
        self.count = 0
        self.streams = 0

    def guard(self, app: ASGIApp) -> ASGIApp:
        """The app, with its requests counted."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            self.count += 1
            is_stream = False

            async def told(message: Message) -> None:
                nonlocal is_stream
                if message["type"] == "http.response.start":
                    if not is_stream and _is_stream(message):
                        is_stream = True
                        self.count, self.streams = self.count - 1, self.streams + 1
                    if self.stopping:
                        message["headers"] = [*message["headers"], (b"connection", b"close")]
                await send(message)

            try:
                await app(scope, receive, told)
            finally:
                if is_stream:
                    self.streams -= 1
                else:
                    self.count -= 1

        return counted


class DrainingServer(uvicorn.Server):
    """A server that answers before it ends."""

    def __init__(self, app: ASGIApp, in_flight: InFlight, *, grace_s: float) -> None:
        """Args: grace_s: how long what is in flight may take; what takes longer is cut off."""
        config = uvicorn.Config(
            in_flight.guard(app),
            log_level="warning",
            log_config=None,  # Its own would print the words of errors, which may quote data, to the screen.
            access_log=False,
            timeout_graceful_shutdown=_STREAMS_S,
            lifespan="on",
        )
        super().__init__(config)
        self._in_flight = in_flight
        self._grace_s = grace_s

    async def shutdown(self, sockets: Sequence[socket.socket] | None = None) -> None:
        """Drains, then closes."""
        self._in_flight.stopping = True
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        await self._drained()
        await super().shutdown(list(sockets or ()))

    async def _drained(self) -> None:
        """Returns when nothing was in flight for LINGER_S, the grace is over, or somebody presses Ctrl-C again."""
        elapsed_s, quiet_s = stopwatch(), stopwatch()
        while self.server_state.connections and not self.force_exit and elapsed_s() < self._grace_s:
            if self._in_flight.count:
                quiet_s = stopwatch()
            elif quiet_s() >= LINGER_S:
                return
            await asyncio.sleep(_LOOK_EVERY_S)


def _is_stream(message: Message) -> bool:
    headers = {name.lower(): value for name, value in message["headers"]}
    return bool(headers.get(b"content-type", b"").startswith(b"text/event-stream"))
