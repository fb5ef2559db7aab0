"""A city's portal on this machine, a workspace that pulls from it, and a clock that goes on when somebody sleeps."""

import runpy
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from galena.kit.database import make_engine
from galena.kit.secrets import SecretBox
from galena.kit.web import Limits
from galena.playbooks import load
from galena.simulator.providers.server import ProviderServer
from galena.stores import connections
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.connections import NewConnection, add_connection
from galena.workflows.context import Context
from galena.workflows.gateway import Gateway
from galena.workflows.workspaces import ensure_workspace

PORTAL = Path(__file__).parents[2] / "payloads" / "socrata" / "provider.py"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Timeline:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class City:
    """A portal, its rows, and the connection to it."""

    def __init__(
        self, context: Context, gateway: Gateway, vendor: Any, server: ProviderServer, rows: list[Any]
    ) -> None:
        self.context, self.gateway, self.vendor, self.server, self.rows = (
            context,
            gateway,
            vendor,
            server,
            rows,
        )

    def connect(self, name: str = "city", **given: Any) -> Any:
        settings = self.vendor.settings(self.server.url)
        new = NewConnection("socrata", name=name, settings=settings, private_ok=True, **given)
        return add_connection(self.context, self.gateway, new)

    def kept(self, name: str = "city") -> Any:
        with self.context.session() as session:
            return connections.load(session, name)


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def new_city(tmp_path: Path, timeline: Timeline) -> Iterator[Callable[..., City]]:
    """A function: from a door to a city with a workspace of its own."""
    vendor = SimpleNamespace(**runpy.run_path(str(PORTAL)))
    rows = vendor.records(37)
    server = ProviderServer(lambda asked: vendor.answer(asked, rows), timeline)
    limits = Limits(read_s=0.3, total_s=0.6, attempts=2, longest_wait_s=30)

    with server.running():

        def make(door: Door) -> City:
            workspace = ensure_workspace(door, "permits", slug=f"w-{uuid4()}", actor="a test")
            context = Context(door, workspace.id, load("permits"), "a test", clock=timeline)
            gateway = Gateway(tmp_path, SecretBox((bytes(32),)), limits, timeline.sleep, {})
            return City(context, gateway, vendor, server, rows)

        yield make


@pytest.fixture
def city(engine: Engine, new_city: Callable[..., City]) -> City:
    return new_city(Door(engine))
