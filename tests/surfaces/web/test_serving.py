"""A server that is told to end answers everything it was asked."""

import asyncio
import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from galena.surfaces.web.serving import DrainingServer, InFlight


@pytest.fixture
def start() -> Iterator[Callable[..., tuple[DrainingServer, int]]]:
    """start(app, grace_s): a server in a thread, and its port."""
    started: list[tuple[DrainingServer, threading.Thread]] = []

    def serve(app: FastAPI, grace_s: float = 20) -> tuple[DrainingServer, int]:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        server = DrainingServer(app, InFlight(), grace_s=grace_s)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        started.append((server, thread))
        while not server.started:
            threading.Event().wait(0.01)
        return server, port

    yield serve
    for server, thread in started:
        server.should_exit = server.force_exit = True
        thread.join(20)
        assert not thread.is_alive()


def _asked(port: int) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/slow")
    return connection


def test_what_is_in_flight_and_what_was_just_connected_is_answered(start) -> None:
    app, entered = FastAPI(), threading.Semaphore(0)
    go = threading.Event()

    @app.get("/slow")
    def slow() -> str:
        entered.release()
        go.wait(20)
        return "done"

    server, port = start(app)
    asked = [_asked(port) for _ in range(8)]
    for _ in asked:
        assert entered.acquire(timeout=20)
    kept = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    kept.connect()  # It has not asked anything yet when the server is told to end.
    while len(server.server_state.connections) < len(asked) + 1:
        threading.Event().wait(0.01)
    server.should_exit = True
    while not server._in_flight.stopping:
        threading.Event().wait(0.005)
    go.set()
    kept.request("GET", "/slow")
    for connection in (*asked, kept):
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b'"done"')
        assert answer.getheader("connection") == "close"
        connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_a_stream_of_events_does_not_keep_the_server(start) -> None:
    app = FastAPI()

    async def forever():
        while True:
            yield "data: .\n\n"
            await asyncio.sleep(0.01)

    app.add_api_route("/slow", lambda: StreamingResponse(forever(), media_type="text/event-stream"))
    server, port = start(app, grace_s=600)
    connection = _asked(port)
    answer = connection.getresponse()
    assert answer.read(4) == b"data"
    assert (server._in_flight.count, server._in_flight.streams) == (0, 1)
    server.should_exit = True
    with suppress(http.client.IncompleteRead, ConnectionError):
        while answer.read(1 << 16):  # it ends: the socket's own patience is 20 s
            pass
    connection.close()


def test_what_goes_wrong_is_not_printed_with_what_it_quotes(start, capfd: pytest.CaptureFixture[str]) -> None:
    app = FastAPI()

    @app.get("/slow")
    def slow() -> str:
        raise ValueError("Ann Baker, ann@example.com")

    _, port = start(app)
    asked = _asked(port)
    assert asked.getresponse().status == 500
    asked.close()
    assert "ann@example.com" not in "".join(capfd.readouterr())
