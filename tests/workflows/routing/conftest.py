"""A workspace with leads of given tiers, tenants with given wishes, and a clock that a test moves."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from galena.domain.assignment import Assignment
from galena.domain.suppression import Contact
from galena.kit.clock import fixed_clock
from galena.kit.database import make_engine
from galena.kit.ids import new_id
from galena.playbooks import load
from galena.stores import assignments, suppressions
from galena.stores.bulk import json_text
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.context import Context
from galena.workflows.drop_report import DropReport, drop_report
from galena.workflows.ledger_check import check_ledger
from galena.workflows.tenants import add_tenant
from galena.workflows.workspaces import ensure_workspace

MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)
"""The day before a drop, in all of America."""

NEW_YORK_SIX = datetime(2026, 3, 3, 11, tzinfo=UTC)
_LEAD = text(
    "INSERT INTO leads (id, lead_key, title, fields, provenance, data_quality, status, search)"
    " VALUES (:id, :key, :key, CAST(:fields AS jsonb), CAST(:provenance AS jsonb), 1, 'active', :key)"
)
_SCORE = text(
    "INSERT INTO current_scores (lead_id, score_id, revision_id, micropoints, tier, temperature, confidence, fit,"
    " engagement, reasons, as_of, scored_at) VALUES (:id, 1, :id, :points, :tier, 'cold', 1, 50, 50, '{}', :at, :at)"
)


class Office:
    """The workspace. Leads are named by whole numbers; of a tier the one with the most points is the best."""

    def __init__(self, engine: Engine, playbook: str = "brokerage", **routing: Any) -> None:
        door = Door(engine)
        workspace = ensure_workspace(door, playbook, slug=f"w-{uuid4()}", actor="a test")
        known = load(playbook)
        assert known.routing is not None
        drop = known.routing.drop.model_copy(update={"exploration_share": 0.0, **routing.pop("drop", {})})
        changed = known.routing.model_copy(update={"drop": drop, **routing})
        self.context = Context(
            door, workspace.id, known.model_copy(update={"routing": changed}), "a test", fixed_clock(MONDAY)
        )
        self._leads: dict[UUID, int] = {}

    @property
    def now(self) -> datetime:
        """What the clock shows."""
        return self.context.clock()

    def at(self, now: datetime) -> "Office":
        """Moves the clock."""
        self.context = replace(self.context, clock=fixed_clock(now))
        return self

    def later(self, **lapse: float) -> "Office":
        """Lets time pass."""
        return self.at(self.now + timedelta(**lapse))

    def lead(self, tier: str, points: float = 50, **fields: Any) -> UUID:
        """A scored lead that can be given."""
        id_, number = new_id(), len(self._leads) + 1
        known = {"state": "TX", "phone": f"512-555-{number:04}", **fields}
        told = {"from": [[1, (self.now - timedelta(days=1)).isoformat(), str(id_), "shop"]], "fields": {}}
        with self.context.session() as session:
            given = {"key": f"shop:{number:05}", "fields": json_text(known), "provenance": json_text(told)}
            session.connection.execute(_LEAD, {"id": id_, **given})
            score = {"points": int(points * 1_000_000), "tier": tier, "at": self.now}
            session.connection.execute(_SCORE, {"id": id_, **score})
        self._leads[id_] = number
        return id_

    def leads(self, tier: str, count: int, **fields: Any) -> list[UUID]:
        """Some leads, the best first."""
        return [self.lead(tier, 90 - place, **fields) for place in range(count)]

    def set_tier(self, lead: UUID, tier: str) -> None:
        """Scoring says otherwise of a lead."""
        self.execute("UPDATE current_scores SET tier = :tier WHERE lead_id = :lead", lead=lead, tier=tier)

    def tell(self, lead: UUID, **fields: Any) -> None:
        """Fields of a lead change."""
        self.execute(
            "UPDATE leads SET fields = fields || CAST(:fields AS jsonb) WHERE id = :lead",
            lead=lead,
            fields=json_text(fields),
        )

    def tenant(self, name: str, **wanted: Any) -> UUID:
        """A tenant with two leads of each tier a week, unless it wants otherwise."""
        tiers = self.context.playbook.routing.tiers  # type: ignore[union-attr]
        wanted.setdefault("quotas", dict.fromkeys(tiers, 2))
        return add_tenant(self.context, name, wanted).tenant.id

    def ban(self, lead: UUID) -> None:
        """The lead must not be contacted any more."""
        with self.context.session() as session:
            contact = Contact("lead", str(lead))
            suppressions.add(session, [contact], reason="asked to", at=self.now, lead_id=lead)

    def whose(self) -> dict[UUID, UUID]:
        """Lead -> the tenant that has it."""
        return {lead: one.tenant_id for lead, one in self.open().items()}

    def open(self) -> dict[UUID, Assignment]:
        """Lead -> its open assignment."""
        with self.context.session() as session:
            return {one.lead_id: one for one in assignments.list_all_open(session)}

    def report(self, drop_id: UUID) -> DropReport:
        """A drop as people read it."""
        with self.context.session() as session:
            return drop_report(session, drop_id)

    def shortfalls(self, drop_id: UUID) -> Mapping[str, tuple[str, ...]]:
        """Tenant -> why places stay empty."""
        return {each.name: each.shortfalls for each in self.report(drop_id).tenants}

    def seen_by(self, tenant: UUID, now: datetime) -> set[UUID]:
        """The leads that row-level security shows a tenant at an instant."""
        door = Door(self.context.door.engine, clock=fixed_clock(now))
        with door.enter(self.context.workspace_id, tenant_id=tenant, actor="a member") as session:
            return set(session.connection.execute(text("SELECT id FROM leads")).scalars())

    def execute(self, statement: str, **values: Any) -> Any:
        """A statement as the operator."""
        with self.context.session() as session:
            return session.connection.execute(text(statement), values)

    def rows(self, query: str) -> list[Any]:
        """What a query gives."""
        with self.context.session() as session:
            return [tuple(row) for row in session.connection.execute(text(query))]

    def ensure_lawful(self) -> None:
        """No lead with two tenants, no quota exceeded, no other tier, every step on the ledger."""
        with self.context.session() as session:
            assert check_ledger(session).differences == ()
        assert self.rows(_DOUBLE) == []
        assert self.rows(_OVER_QUOTA) == []
        assert self.rows(_BLACK) == []


_DOUBLE = "SELECT lead_id FROM assignments WHERE ended_at IS NULL GROUP BY 1 HAVING count(*) > 1"
_OVER_QUOTA = """
    SELECT s.tenant_id FROM drop_shares s JOIN drops d ON d.id = s.drop_id WHERE d.state = 'committed' AND (
        s.given > s.quota OR s.given <> (SELECT count(*) FROM assignments a WHERE a.drop_id = s.drop_id
            AND a.tenant_id = s.tenant_id AND a.why ->> 'place_tier' = s.tier))
"""
_BLACK = "SELECT id FROM assignments WHERE tier = 'black'"


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def new_office(engine: Engine) -> Callable[..., Office]:
    return lambda playbook="brokerage", **routing: Office(engine, playbook, **routing)


@pytest.fixture
def office(new_office: Callable[..., Office]) -> Office:
    return new_office()
