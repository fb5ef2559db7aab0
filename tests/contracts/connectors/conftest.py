"""What the contract suite stands on: every connector with its stand-in provider, a clock nobody waits for, and a
workspace to pull into."""

import runpy
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from galena.connectors.catalogue import Connector
from galena.domain.connector import Access, Enricher, Source
from galena.kit.database import make_engine
from galena.kit.secrets import SecretBox
from galena.kit.web import AddressGuard, Limits, MemoryBook, Rate, WebClient
from galena.playbooks import load
from galena.simulator.providers.server import Asked, ProviderServer, Reply
from galena.stores import workspaces
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.context import Context
from galena.workflows.gateway import Gateway, checked_settings

PAYLOADS = Path(__file__).parents[2] / "payloads"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
COUNT = 37
"""Records each stand-in holds: three pages of ten and a rest."""

QUICK = Limits(connect_s=2, read_s=0.3, total_s=0.6, attempts=3, longest_wait_s=30, bytes=2_000_000)


class Timeline:
    """A clock that goes on only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = NOON
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Lets the time pass at once."""
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@dataclass
class Bench:
    """A connector beside its stand-in provider.

    Attributes:
        vendor: the module of tests/payloads/<name>/provider.py.
        rows: what the provider holds at the moment.
    """

    connector: Connector
    vendor: SimpleNamespace
    server: ProviderServer
    timeline: Timeline
    rows: list[Any]
    closing: ExitStack = field(default_factory=ExitStack)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of a connection that works."""
        return dict(self.vendor.settings(self.server.url))

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets that the provider accepts."""
        return dict(self.vendor.SECRETS)

    def client(self, limits: Limits = QUICK, **given: Any) -> WebClient:
        """A client that calls loopback, with this bench's time."""
        rate = self.connector.manifest.rate
        made = WebClient(
            self.connector.manifest.name,
            rate=Rate(rate.calls, rate.per_s, rate.per_day),
            guard=AddressGuard(private_ok=True),
            limits=limits,
            book=MemoryBook(),
            clock=self.timeline,
            sleep=self.timeline.sleep,
            **given,
        )
        return self.closing.enter_context(made)

    def access(
        self, settings: Mapping[str, Any] | None = None, secrets: Mapping[str, str] | None = None
    ) -> Access:
        """What the connector is opened with."""
        given = checked_settings(self.connector.manifest, self.settings | dict(settings or {}))
        return Access(given, self.secrets if secrets is None else dict(secrets))

    def source(self, access: Access | None = None, **given: Any) -> Source:
        """The connector as a source."""
        return self.connector.source(access or self.access(), self.client(**given))

    def enricher(self, access: Access | None = None, **given: Any) -> Enricher:
        """The connector as an enricher."""
        return self.connector.enricher(access or self.access(), self.client(**given))


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def bench_of(timeline: Timeline) -> Iterator[Callable[[Connector], Bench]]:
    """A function: from a connector to its bench, the provider running."""
    with ExitStack() as closing:

        def make(connector: Connector) -> Bench:
            vendor = vendor_of(connector.manifest.name)
            rows = vendor.records(COUNT)

            def protocol(asked: Asked) -> Reply:
                reply: Reply = vendor.answer(asked, bench.rows)
                return reply

            server = closing.enter_context(ProviderServer(protocol, timeline).running())
            bench = Bench(connector, vendor, server, timeline, rows, closing)
            return bench

        yield make


_VENDORS: dict[str, SimpleNamespace] = {}


def vendor_of(name: str) -> SimpleNamespace:
    """The stand-in of a vendor; every shipped connector needs one."""
    file = PAYLOADS / name / "provider.py"
    assert file.is_file(), (
        f"add tests/payloads/{name}/provider.py: a provider that speaks the documented protocol"
    )
    if name not in _VENDORS:
        _VENDORS[name] = SimpleNamespace(**runpy.run_path(str(file)))
    return _VENDORS[name]


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def context_for(engine: Engine, timeline: Timeline) -> Callable[[str], Context]:
    """A function: from a playbook to an empty workspace of it."""

    def make(playbook: str) -> Context:
        door = Door(engine)
        with door.lobby() as lobby:
            workspace = workspaces.create(lobby, slug=f"w-{uuid4()}", name="A workspace", playbook=playbook)
        return Context(door, workspace.id, load(playbook), "a test", clock=timeline)

    return make


@pytest.fixture
def gateway(tmp_path: Path, timeline: Timeline) -> Gateway:
    """A gateway with keys of its own and nothing from the environment."""
    return Gateway(tmp_path, SecretBox((bytes(32),)), QUICK, timeline.sleep, {})
