"""A workspace of invented permits in a database of its own, and an endpoint on this machine."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from galena.domain.playbook import Playbook
from galena.domain.reasoner import ReasonerSetup, TokenPrices
from galena.kit.clock import fixed_clock
from galena.kit.database import make_engine
from galena.kit.postgres import ServerAddress
from galena.playbooks import load
from galena.simulator.providers.reasoner import Manner, ReasonerServer, running_reasoner
from galena.stores import reasoner_setups
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.context import Context
from galena.workflows.intake import IntakeOptions
from galena.workflows.intake_files import ingest_files
from galena.workflows.reason import reason_leads
from galena.workflows.reason_options import ReasonOptions, ReasonReport
from galena.workflows.rescore import rescore
from galena.workflows.workspaces import ensure_workspace

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PERMITS = 24
_HEAD = "permit_number,description,issued_on,declared_value,permit_type,property_use,site_address"


def permits_csv(path: Path, texts: list[str], *, value: int = 2_000) -> Path:
    """A file of permits with these descriptions: small work, issued months ago."""
    import csv

    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(_HEAD.split(","))
        for place, text in enumerate(texts):
            rows.writerow(
                [f"P{place:04}", text, "2026-07-01", value + place, "Fence", "residential", f"{place} Oak St"]
            )
    return path


@dataclass(frozen=True)
class Office:
    """A workspace with its endpoint."""

    context: Context
    server: ReasonerServer

    def set_up(self, **given: Any) -> ReasonerSetup:
        standard: dict[str, Any] = {
            "concurrency": 6,
            "timeout_s": 2.0,
            "allow_private": True,
            "changed_at": self.context.clock(),
            "prices": TokenPrices(0.28, 0.028, 0.42),
        }
        setup = ReasonerSetup(self.server.address, "deepseek-reasoner", **{**standard, **given})
        with self.context.session() as session:
            reasoner_setups.record(session, setup)
        return setup

    def at(self, moment: datetime) -> "Office":
        return Office(replace(self.context, clock=fixed_clock(moment)), self.server)

    def run(self, **options: Any) -> ReasonReport:
        async def hurry(seconds: float) -> None:
            """Pauses take no time in tests."""

        return reason_leads(self.context, key=None, options=ReasonOptions(seed=1, **options), sleep=hurry)


@pytest.fixture(scope="module")
def prepared(
    database_server: ServerAddress,
    copied_database: Callable[[str], AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Two dozen permits taken in, scored by rules."""
    with copied_database(database_server.with_database("template0").url) as url:
        engine = make_engine(url)
        migrate(engine)
        context = _context(Door(engine), load("permits"))
        texts = [f"New wood fence, {place} linear feet along the alley" for place in range(PERMITS - 1)]
        file = permits_csv(tmp_path_factory.mktemp("permits") / "permits.csv", [*texts, texts[0]])
        ingest_files(context, [str(file)], IntakeOptions(accept_proposal=True))
        rescore(context)
        engine.dispose()
        yield url


@pytest.fixture
def new_office(
    prepared: str, copied_database: Callable[[str], AbstractContextManager[str]]
) -> Iterator[Callable[..., Office]]:
    """A function: an office whose endpoint has these manners."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def make(**manner: Any) -> Office:
            url = stack.enter_context(copied_database(prepared))
            engine = make_engine(url)
            stack.callback(engine.dispose)
            server = stack.enter_context(running_reasoner(Manner(**{"latency_s": (0.0, 0.01), **manner})))
            return Office(_context(Door(engine), load("permits")), server)

        yield make


def _context(door: Door, playbook: Playbook) -> Context:
    workspace = ensure_workspace(door, "permits", actor="a test")
    return Context(door, workspace.id, playbook, "a test", fixed_clock(NOON))
