"""A county's search on this machine, a workspace whose permits lie in it, and a clock that goes on when somebody
sleeps."""

import runpy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from galena.kit.database import make_engine
from galena.kit.secrets import SecretBox
from galena.kit.web import Limits
from galena.playbooks import load
from galena.simulator.providers.server import ProviderServer
from galena.stores import leads
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.connections import NewConnection, add_connection
from galena.workflows.context import Context
from galena.workflows.gateway import Gateway
from galena.workflows.intake import IntakeOptions
from galena.workflows.intake_files import ingest_files
from galena.workflows.workspaces import ensure_workspace

VENDOR = Path(__file__).parents[2] / "payloads" / "cad_tarrant" / "provider.py"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Timeline:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


HEADER = (
    "permit_number,description,issued_on,site_address,site_city,site_zip,declared_value,status,work_class"
)


class County:
    """A county's search, and permits in a workspace."""

    def __init__(
        self, context: Context, gateway: Gateway, vendor: Any, server: ProviderServer, folder: Path
    ) -> None:
        self.context, self.gateway, self.vendor, self.server = context, gateway, vendor, server
        self._folder = folder

    def connect(self, name: str = "tarrant") -> None:
        new = NewConnection(
            "cad_tarrant", name=name, settings=self.vendor.settings(self.server.url), private_ok=True
        )
        add_connection(self.context, self.gateway, new)
        self.server.asked.clear()

    def permits(self, *addresses: str) -> None:
        file = self._folder / "permits.csv"
        rows = [
            f"P-{place},Reroof of a house with new shingles,2026-02-20,{address},Fort Worth,76104,30000,Active,Remodel"
            for place, address in enumerate(addresses)
        ]
        file.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
        ingest_files(self.context, [str(file)], IntakeOptions(accept_proposal=True))

    def lead(self, number: int = 0) -> Any:
        with self.context.session() as session:
            found = leads.find(session, f"permits_csv:P-{number}")
        assert found is not None
        return found

    def lead_id(self, number: int = 0) -> UUID:
        return self.lead(number).lead.id

    def rows(self, query: str) -> list[Any]:
        with self.context.session() as session:
            return [tuple(row) for row in session.connection.execute(text(query))]


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def county(engine: Engine, tmp_path: Path, timeline: Timeline) -> Iterator[County]:
    vendor = SimpleNamespace(**runpy.run_path(str(VENDOR)))
    rows = vendor.records(37)
    server = ProviderServer(lambda asked: vendor.answer(asked, rows), timeline)
    limits = Limits(read_s=0.3, total_s=0.6, attempts=2, longest_wait_s=30)
    with server.running():
        door = Door(engine)
        workspace = ensure_workspace(door, "permits", slug=f"w-{uuid4()}", actor="a test")
        context = Context(door, workspace.id, load("permits"), "a test", clock=timeline)
        gateway = Gateway(tmp_path, SecretBox((bytes(32),)), limits, timeline.sleep, {})
        yield County(context, gateway, vendor, server, tmp_path)
