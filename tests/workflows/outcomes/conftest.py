"""A brokerage with a few businesses, two brokers, and leads given to them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, insert, text

from galena.domain.dispositions import Entry
from galena.kit.clock import fixed_clock
from galena.kit.database import make_engine
from galena.kit.ids import new_id
from galena.playbooks import load
from galena.stores import leads, tables, workspaces
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.context import Context
from galena.workflows.dispose import dispose
from galena.workflows.dispose_desk import Recorded, Saying
from galena.workflows.intake import IntakeOptions, ingest_file
from galena.workflows.workspaces import ensure_workspace

TUESDAY = datetime(2026, 3, 3, 12, tzinfo=UTC)
HEAD = "business_id,business_name,industry,city,state,phone,email,annual_revenue\n"
BUSINESSES = (
    "1,Oak Bakery,Food,Austin,TX,512-555-0101,ann@oakbakery.com,900000",
    "2,Pine Garage,Repair,Dallas,TX,512-555-0102,bo@pinegarage.com,400000",
    "3,Elm Dental,Health,Austin,TX,512-555-0103,cy@elmdental.com,2000000",
    "4,Zed Tyres,Tyres,Tyler,TX,903-555-0104,Ann+west@OakBakery.com,300000",
    "5,Fir Print,Print,Waco,TX,512-555-0105,di@firprint.com,100000",
    "6,Ash Laundry,Laundry,Waco,TX,512-555-0106,ed@ashlaundry.com,150000",
)
TIERS = ("green", "yellow", "red")


class Brokerage:
    """A workspace in which time passes as a test says."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        workspace = ensure_workspace(Door(engine), "brokerage", slug=f"w-{uuid4()}", actor="a test")
        self.context = Context(Door(engine), workspace.id, load("brokerage"), "a test", fixed_clock(TUESDAY))
        self._folder = folder
        self.take(*BUSINESSES)
        with self.context.session() as session:
            self.one, self.two = (
                workspaces.add_tenant(session, name).id for name in ("Broker One", "Broker Two")
            )

    @property
    def now(self) -> datetime:
        return self.context.clock()

    def later(self, **lapse: float) -> "Brokerage":
        """Lets time pass."""
        self.context = replace(self.context, clock=fixed_clock(self.now + timedelta(**lapse)))
        return self

    def take(self, *rows: str) -> None:
        path = self._folder / f"{uuid4()}.csv"
        path.write_text(HEAD + "\n".join(rows) + "\n")
        ingest_file(self.context, path, IntakeOptions(accept_proposal=True))

    def lead(self, number: int) -> UUID:
        found = self.rows(
            f"SELECT id FROM leads WHERE lead_key LIKE '%_{number}' AND split_part(lead_key, chr(58), 2) = '{number}'"
        )
        return UUID(str(found[0][0]))

    def give(self, number: int, tenant_id: UUID | None = None, **given: Any) -> UUID:
        """Gives a lead to a broker at this moment."""
        tenant_id = tenant_id or self.one
        row = {
            "id": new_id(), "lead_id": self.lead(number), "tenant_id": tenant_id, "how": "manual",
            "tier": TIERS[number % 3], "micropoints": number * 10_000_000, "value": float(number),
            "assigned_at": self.now, "visible_at": self.now, **given,
        }  # fmt: skip
        with self.context.session() as session:
            session.connection.execute(insert(tables.assignments).values(**row))
            leads.assign(session, [row["lead_id"]], tenant_id, at=self.now)
        return UUID(str(row["id"]))

    def say(self, number: int, outcome: str, *, tenant_id: UUID | None = None, **given: Any) -> Recorded:
        """Records an outcome at this moment."""
        return dispose(self.context, Saying(self.lead(number), Entry(outcome, **given)), tenant_id=tenant_id)

    def rows(self, query: str) -> list[Any]:
        with self.context.session() as session:
            return [tuple(row) for row in session.connection.execute(text(query))]

    def state(self, number: int) -> str:
        return str(self.rows(f"SELECT state FROM assignments WHERE lead_id = '{self.lead(number)}'")[-1][0])

    def field(self, number: int, name: str) -> Any:
        with self.context.session() as session:
            return leads.load(session, self.lead(number)).lead.fields.get(name)


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def new_brokerage(engine: Engine, tmp_path: Path) -> Callable[[], Brokerage]:
    return lambda: Brokerage(engine, tmp_path)


@pytest.fixture
def house(new_brokerage: Callable[[], Brokerage]) -> Brokerage:
    return new_brokerage()
