"""A workspace with leads of given tiers, tenants with given wishes, and a clock that a test moves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from galena.domain.assignment import Assignment
from galena.domain.playbook import Playbook
from galena.domain.revision import NewRevision
from galena.domain.suppression import Contact
from galena.kit.clock import fixed_clock
from galena.kit.database import make_engine
from galena.kit.ids import new_id
from galena.playbooks import load
from galena.stores import assignments, revisions, suppressions, workspaces
from galena.stores.bulk import json_text
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.context import Context
from galena.workflows.drop_report import DropReport, drop_report
from galena.workflows.ledger_check import check_ledger
from galena.workflows.plans import new_revision
from galena.workflows.tenants import add_tenant
from galena.workflows.workspaces import SHIPPED_NOTE

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
        known, revision = _prepared(playbook)
        assert known.routing is not None
        drop = known.routing.drop.model_copy(update={"exploration_share": 0.0, **routing.pop("drop", {})})
        outcomes = known.outcomes.model_copy(update=routing.pop("outcomes", {}))
        changed = known.routing.model_copy(update={"drop": drop, **routing})
        door = Door(engine)
        with door.lobby() as lobby:
            new = {"slug": f"w-{uuid4()}", "name": known.label, "playbook": known.playbook}
            workspace = workspaces.create(lobby, **new)
        everything = known.model_copy(update={"routing": changed, "outcomes": outcomes})
        self.context = Context(door, workspace.id, everything, "a test", fixed_clock(MONDAY))
        with self.context.session() as session:
            revisions.save(session, revision)
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
        return self.scored([(tier, points)], **fields)[0]

    def leads(self, tier: str, count: int, **fields: Any) -> list[UUID]:
        """Some leads, the best first."""
        return self.scored([(tier, 90 - place) for place in range(count)], **fields)

    def scored(self, tiers_and_points: Sequence[tuple[str, float]], **fields: Any) -> list[UUID]:
        """Leads, each with its tier and points."""
        ids, rows, scores = [], [], []
        for tier, points in tiers_and_points:
            id_, number = new_id(), len(self._leads) + 1
            known = {"state": "TX", "phone": f"512-555-{number:04}", **fields}
            told = {"from": [[1, (self.now - timedelta(days=1)).isoformat(), str(id_), "shop"]], "fields": {}}
            given = {"key": f"shop:{number:05}", "fields": json_text(known), "provenance": json_text(told)}
            rows.append({"id": id_, **given})
            scores.append({"id": id_, "points": int(points * 1_000_000), "tier": tier, "at": self.now})
            self._leads[id_] = number
            ids.append(id_)
        if rows:
            with self.context.session() as session:
                session.connection.execute(_LEAD, rows)
                session.connection.execute(_SCORE, scores)
        return ids

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

    def ensure_lawful(self, *, replayed: bool = True) -> None:
        """No law is broken, and the whole ledger `replayed` gives what stands."""
        with self.context.session() as session:
            assert not replayed or check_ledger(session).differences == ()
            broken = [tuple(row) for row in session.connection.execute(_BROKEN)]
        assert broken == []


_LAWS = {
    "two tenants": """
        SELECT lead_id FROM assignments WHERE ended_at IS NULL GROUP BY lead_id HAVING count(*) > 1""",
    "more than the quota": """
        SELECT s.tenant_id FROM drop_shares s JOIN drops d ON d.id = s.drop_id WHERE d.state = 'committed' AND (
            s.given > s.quota OR s.given <> (SELECT count(*) FROM assignments a WHERE a.drop_id = s.drop_id
                AND a.tenant_id = s.tenant_id AND a.why ->> 'place_tier' = s.tier))""",
    "black": "SELECT lead_id FROM assignments WHERE tier = 'black'",
    "given though banned": """
        SELECT a.lead_id FROM assignments a JOIN suppressions s ON s.lead_id = a.lead_id AND s.kind = 'lead'
        WHERE s.tenant_id IS NULL AND s.at < a.assigned_at AND (s.lifted_at IS NULL OR s.lifted_at > a.assigned_at)""",
    "given though held": """
        SELECT a.lead_id FROM assignments a JOIN lead_holds h ON h.lead_id = a.lead_id WHERE h.held_at < a.assigned_at
            AND (h.ended_at IS NULL OR h.ended_at > a.assigned_at) AND (h.until IS NULL OR h.until > a.assigned_at)""",
    "given to a paused tenant": """
        SELECT a.lead_id FROM assignments a WHERE a.how IN ('drop', 'arrival') AND 'active' <> (
            SELECT p.parameters ->> 'standing' FROM tenant_parameters p WHERE p.tenant_id = a.tenant_id
                AND p.set_at < a.assigned_at ORDER BY p.set_at DESC, p.id DESC LIMIT 1)""",
    "back with a tenant that lost it": """
        SELECT a.lead_id FROM assignments a JOIN assignments b ON b.lead_id = a.lead_id AND b.tenant_id = a.tenant_id
        LEFT JOIN drops d ON d.id = b.drop_id WHERE a.how IN ('drop', 'arrival') AND b.id <> a.id
            AND b.ended_at <= a.assigned_at
            AND NOT (b.state = 'released' AND d.state = 'undone' AND d.ended_at IS NOT DISTINCT FROM b.ended_at)""",
    "not as the ledger ends": """
        SELECT a.lead_id FROM assignments a WHERE a.state IS DISTINCT FROM (SELECT c.state FROM assignment_changes c
            WHERE c.assignment_id = a.id AND c.state IS NOT NULL ORDER BY c.number DESC LIMIT 1)""",
    "to be done though it ended": """
        SELECT t.lead_id FROM tasks t JOIN assignments a ON a.id = t.assignment_id
        WHERE t.ended_at IS NULL AND a.ended_at IS NOT NULL""",
    "spent more than it had": """
        SELECT tenant_id FROM balance_entries GROUP BY tenant_id HAVING sum(amount) < 0""",
}
_BROKEN = text(
    " UNION ALL ".join(
        f"SELECT '{law}' AS law, id FROM ({rows}) AS found (id)" for law, rows in _LAWS.items()
    )
)


@cache
def _prepared(playbook: str) -> tuple[Playbook, NewRevision]:
    """A shipped playbook and its first revision, compiled once for all workspaces."""
    known = load(playbook)
    return known, new_revision(known, SHIPPED_NOTE)


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
