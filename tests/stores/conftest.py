"""A migrated database for the tests of a worker, and a workspace for each test."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from galena.domain.imports import NewImport, SourceRecord
from galena.domain.lead import Lead, Provenance
from galena.domain.listing import LeadEntry
from galena.domain.tenancy import Workspace
from galena.kit.database import make_engine
from galena.kit.ids import new_id
from galena.stores import imports, leads, workspaces
from galena.stores.door import OPERATOR, Door, Session
from galena.stores.migrations import migrate

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a migrated database."""
    engine = make_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def door(engine: Engine) -> Door:
    """The door to the migrated database."""
    return Door(engine)


@pytest.fixture
def new_workspace(door: Door) -> Callable[[], Workspace]:
    """A function that makes an empty workspace."""

    def make() -> Workspace:
        with door.lobby() as lobby:
            return workspaces.create(lobby, slug=f"w-{uuid4()}", name="A workspace", playbook="b2b")

    return make


@pytest.fixture
def workspace(new_workspace: Callable[[], Workspace]) -> Workspace:
    """An empty workspace of the test's own."""
    return new_workspace()


@pytest.fixture
def session(door: Door, workspace: Workspace) -> Iterator[Session]:
    """A transaction of the operator inside the workspace."""
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test", correlation_id="c-1") as session:
        yield session


@pytest.fixture
def noon() -> datetime:
    """The instant at which everything happens."""
    return NOON


@pytest.fixture
def entry() -> Callable[..., LeadEntry]:
    """A function that makes a lead to be written; anything of it can be given."""

    def make(key: str = "", *, fields: dict[str, Any] | None = None, **given: Any) -> LeadEntry:
        key = key or f"crm:{uuid4()}"
        lead_given = {
            name: given.pop(name)
            for name in ("id", "data_quality", "status", "status_reason", "created_at", "data_quality_parts")
            if name in given
        }
        fields = fields if fields is not None else {"company": "Acme", "employees": 12}
        provenance = {name: Provenance(0.5, NOON, new_id(), "crm") for name in fields}
        standard: dict[str, Any] = {"id": new_id(), "data_quality": 80.0, "created_at": NOON}
        lead = Lead(key=key, fields=fields, provenance=provenance, **{**standard, **lead_given})
        shown = {"title": key, "subtitle": None, "category": None, "trade_group": None, "updated_at": NOON}
        return LeadEntry(lead=lead, **{**shown, **given})

    return make


@pytest.fixture
def add_leads(entry: Callable[..., LeadEntry]) -> Callable[..., list[LeadEntry]]:
    """A function that writes leads of these keys, in the order of their ids."""

    def add(session: Session, *keys: str, **given: Any) -> list[LeadEntry]:
        made = [entry(key, **given) for key in keys]
        leads.save_many(session, made)
        return made

    return add


@pytest.fixture
def open_import() -> Callable[..., NewImport]:
    """A function that begins an import."""

    def begin(session: Session, **given: Any) -> NewImport:
        standard: dict[str, Any] = {
            "id": new_id(),
            "source": "crm",
            "file_name": "crm.csv",
            "started_at": NOON,
            "sha256": "a" * 64,
            "size": 10,
        }
        new = NewImport(**{**standard, **given})
        imports.open_(session, new)
        return new

    return begin


@pytest.fixture
def record() -> Callable[..., SourceRecord]:
    """A function that makes a source record; anything of it can be given."""

    def make(import_id: Any, record_key: str = "1", **given: Any) -> SourceRecord:
        standard: dict[str, Any] = {
            "id": new_id(),
            "import_id": import_id,
            "source": "crm",
            "record_key": record_key,
            "role": "leads",
            "payload": '{"company": "Acme"}',
            "payload_hash": bytes(32),
            "row_number": 1,
            "observed_at": NOON,
            "received_at": NOON,
            "trust": 0.5,
        }
        return SourceRecord(**{**standard, **given})

    return make
