"""A small scored market in a database of its own."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from galena.kit.clock import fixed_clock
from galena.kit.database import make_engine
from galena.playbooks import load
from galena.simulator.files import write_market
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.context import Context
from galena.workflows.intake import IntakeOptions
from galena.workflows.intake_files import ingest_files
from galena.workflows.workspaces import ensure_workspace

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BUSINESSES = 60


@pytest.fixture
def market(fresh_database: str, tmp_path: Path) -> Iterator[Context]:
    """Sixty simulated businesses with their signals, taken in and not scored yet."""
    files = write_market(tmp_path, seed=3, count=BUSINESSES, as_of=date(2026, 11, 20))
    engine = make_engine(fresh_database)
    try:
        migrate(engine)
        door = Door(engine)
        workspace = ensure_workspace(door, "brokerage", actor="a test")
        context = Context(door, workspace.id, load("brokerage"), "a test", fixed_clock(NOON))
        ingest_files(
            context, [str(files.businesses), str(files.signals)], IntakeOptions(accept_proposal=True)
        )
        yield context
    finally:
        engine.dispose()
