"""A provider on this machine: real HTTP on a free port, a protocol given as a function, and faults on demand."""

import json
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from galena.kit.clock import Clock, system_clock

FaultKind = Literal[
    "hang_up", "cut_body", "silence", "drip", "busy", "broken_body", "web_page", "error", "too_large"
]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived; `at` is when, by the server's clock. Header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: datetime

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; a body that is not bytes is sent as JSON."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def written(self) -> bytes:
        """The body as it is sent."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong once.

    hang_up: the line is cut before an answer; cut_body: in the middle of it; silence: no answer comes; drip: it comes
    byte by byte; busy: 429 with `retry_after`; broken_body: half a JSON; web_page: HTML where data should be;
    error: `status`; too_large: a body of `size` bytes.
    """

    kind: FaultKind
    retry_after: str = ""
    status: int = 500
    size: int = 0


class ProviderServer:
    """Answers by a protocol, notes what it was asked, and goes wrong when told to."""

    def __init__(self, protocol: Callable[[Asked], Reply], clock: Clock = system_clock) -> None:
        self.protocol = protocol
        self.asked: list[Asked] = []
        self._faults: deque[Fault | None] = deque()
        self._always: Fault | None = None
        self._clock = clock
        self._lock = Lock()
        self._over = Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def go_wrong(self, *faults: Fault | None, always: Fault | None = None) -> None:
        """The next requests meet these faults, one each (None: none), and all after them `always`."""
        self._faults = deque(faults)
        self._always = always

    def most_calls_in(self, seconds: float) -> int:
        """The most requests that arrived within any span of this length."""
        times = sorted(each.at for each in self.asked)
        span = timedelta(seconds=seconds)
        return max((sum(start <= at < start + span for at in times) for start in times), default=0)

    @contextmanager
    def running(self) -> Iterator["ProviderServer"]:
        """Serves for the length of the block."""
        thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.004}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def noted(self, asked: Asked) -> Fault | None:
        """Notes a request and says what is to go wrong with it."""
        with self._lock:
            self.asked.append(asked)
            return self._faults.popleft() if self._faults else self._always

    def now(self) -> datetime:
        """The server's time."""
        return self._clock()

    def wait_for_the_end(self, seconds: float) -> None:
        """Waits, but no longer than the server runs."""
        self._over.wait(seconds)


def _handler(server: ProviderServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body leave together, or the other side waits 40 ms for the second packet.
        wbufsize = 65_536
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("content-length") or 0)
            asked = Asked(
                self.command,
                unquote(parts.path),
                dict(parse_qsl(parts.query, keep_blank_values=True)),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length),
                server.now(),
            )
            fault = server.noted(asked)
            if fault is None:
                self._send(server.protocol(asked))
            else:
                self._fail(fault, asked)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve  # noqa: N815

        def _fail(self, fault: Fault, asked: Asked) -> None:
            if fault.kind == "busy":
                headers = {"retry-after": fault.retry_after} if fault.retry_after else {}
                self._send(Reply({"message": "slow down"}, 429, headers))
            elif fault.kind == "error":
                self._send(Reply({"message": "something went wrong"}, fault.status))
            elif fault.kind == "broken_body":
                whole = server.protocol(asked).written()
                self._send(Reply(whole[: max(1, len(whole) // 2)] + b"\x00{", 200))
            elif fault.kind == "web_page":
                self._send(
                    Reply(b"<html><body>Please sign in</body></html>", 200, {"content-type": "text/html"})
                )
            elif fault.kind == "too_large":
                self._send(Reply(b" " * fault.size))
            else:
                self._break(fault, asked)

        def _break(self, fault: Fault, asked: Asked) -> None:
            self.close_connection = True
            if fault.kind == "silence":
                server.wait_for_the_end(30)
                return
            if fault.kind == "hang_up":
                # Reset, so that the other side does not take the end of the line for the end of an answer.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                return
            whole = server.protocol(asked).written()
            self.wfile.write(f"HTTP/1.1 200 OK\r\ncontent-length: {len(whole)}\r\n\r\n".encode())
            if fault.kind == "cut_body":
                self.wfile.write(whole[: len(whole) // 2])
                return
            for place in range(len(whole)):
                self.wfile.write(whole[place : place + 1])
                self.wfile.flush()
                server.wait_for_the_end(0.05)

        def _send(self, reply: Reply) -> None:
            body = reply.written()
            self.send_response(reply.status)
            headers = {"content-type": "application/json", "content-length": str(len(body))} | dict(
                reply.headers
            )
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                self.close_connection = True

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
            """Nothing is logged."""

    return Handler
