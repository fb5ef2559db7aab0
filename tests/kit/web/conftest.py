"""A server, a clock that goes on only when somebody sleeps, and a client that may call loopback."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from galena.kit.web import AddressGuard, Limits, WebClient
from galena.simulator.providers.server import Asked, ProviderServer, Reply

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Timeline:
    """A clock that goes on only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = NOON
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def serve(timeline: Timeline) -> Iterator[Callable[..., ProviderServer]]:
    """A function: from what is answered to a running server."""
    with ExitStack() as closing:

        def start(answer: Callable[[Asked], Reply] | None = None) -> ProviderServer:
            server = ProviderServer(answer or (lambda asked: Reply({"path": asked.path})), timeline)
            return closing.enter_context(server.running())

        yield start


@pytest.fixture
def server(serve: Callable[..., ProviderServer]) -> ProviderServer:
    """A server that says where it was asked."""
    return serve()


@pytest.fixture
def client(timeline: Timeline) -> Iterator[Callable[..., WebClient]]:
    """A function that makes a client; anything of it can be given."""
    with ExitStack() as closing:

        def make(provider: str = "it", **given: Any) -> WebClient:
            standard: dict[str, Any] = {
                "guard": AddressGuard(private_ok=True),
                "limits": Limits(read_s=0.3, total_s=0.5, attempts=3, longest_wait_s=30, bytes=100_000),
                "clock": timeline,
                "sleep": timeline.sleep,
            }
            return closing.enter_context(WebClient(provider, **standard | given))

        yield make
