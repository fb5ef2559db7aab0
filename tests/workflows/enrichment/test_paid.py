"""Look-ups that cost money: what is bought, what is not, what it came to, and that nothing is paid twice."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from galena.kit.secrets import SecretBox
from galena.kit.web import Limits
from galena.playbooks import load
from galena.simulator.providers.server import Asked, ProviderServer, Reply
from galena.stores import leads
from galena.stores.door import Door
from galena.workflows.connections import NewConnection, add_connection
from galena.workflows.context import Context
from galena.workflows.enrich import EnrichOptions, enrich_many, enrich_one, overview
from galena.workflows.gateway import Gateway
from galena.workflows.intake import IntakeOptions
from galena.workflows.intake_files import ingest_files
from galena.workflows.rescore import rescore
from galena.workflows.workspaces import ensure_workspace

PATHS = {"owner_records": "/v1/owners", "firmographics": "/v1/companies", "market_dynamics": "/v1/market"}
HEAD = (
    "external_id,name,address,city,state,website,owner_name,owner_age,has_successor,years_in_business,"
    "pre_foreclosure,tax_delinquent"
)
STRONG = "66,no,20,yes,yes"
WEAK = "40,yes,1,no,no"


class Market:
    """Two businesses, owners and providers that charge a cent a call."""

    def __init__(self, context: Context, gateway: Gateway, server: ProviderServer, folder: Path) -> None:
        self.context, self.gateway, self.server = context, gateway, server
        self._folder = folder

    def businesses(self, *distress: str) -> None:
        file = self._folder / "businesses.csv"
        rows = [
            f"B-{place},Sample Bakery {place},{12 + place} Elm St,Austin,TX,bakery-{place}.com,Owner {place},{each}"
            for place, each in enumerate(distress)
        ]
        file.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
        ingest_files(self.context, [str(file)], IntakeOptions(accept_proposal=True))
        rescore(self.context)

    def connect(self, connector: str, **settings: Any) -> None:
        given = {"address": self.server.url, **settings}
        new = NewConnection(
            connector, name=connector, settings=given, secrets={"key": "good-key"}, private_ok=True
        )
        add_connection(self.context, self.gateway, new)
        self.server.asked.clear()

    def asked(self, connector: str) -> list[Asked]:
        return [each for each in self.server.asked if each.path == PATHS[connector]]

    def lead(self, number: int = 0) -> Any:
        with self.context.session() as session:
            found = leads.find(session, f"businesses:B-{number}")
        assert found is not None
        return found.lead

    def cost(self) -> float:
        with self.context.session() as session:
            return sum(each.cost_micros for each in overview(session, self.context).providers) / 1_000_000

    def rows(self, query: str) -> list[Any]:
        with self.context.session() as session:
            return [tuple(row) for row in session.connection.execute(text(query))]


def _told(asked: Asked) -> Reply:
    """What each provider says of whoever is asked about."""
    if asked.headers.get("authorization") != "Bearer good-key":
        return Reply({"error": {"code": "bad_key", "message": "no"}}, 401)
    query = asked.query
    if asked.path == PATHS["owner_records"]:
        lien = {"kind": "tax lien", "amount_usd": 90_000, "filed_on": "2026-01-10"}
        told = {"owner_name": query["name"], "city": query["city"], "state": query["state"]}
        bankrupt = {"filed": True, "chapter": "7", "filed_on": "2026-01-02"}
        more = {"records": [lien], "bankruptcy": bankrupt, "credit_range": "poor"}
        return Reply({"data": [{"id": query["name"], **told, **more}]})
    if asked.path == PATHS["firmographics"]:
        told = {"id": query["domain"], "domain": query["domain"], "industry": "Bakeries"}
        return Reply({"data": [{**told, "employees": 25, "revenue_usd": 1_500_000}]})
    return Reply({"data": []})


@pytest.fixture
def market(engine: Engine, tmp_path: Path, timeline: Any) -> Iterator[Market]:
    server = ProviderServer(_told, timeline)
    limits = Limits(read_s=0.3, total_s=0.6, attempts=2, longest_wait_s=30)
    with server.running():
        door = Door(engine)
        workspace = ensure_workspace(door, "brokerage", slug=f"w-{uuid4()}", actor="a test")
        context = Context(door, workspace.id, load("brokerage"), "a test", clock=timeline)
        gateway = Gateway(tmp_path, SecretBox((bytes(32),)), limits, timeline.sleep, {})
        yield Market(context, gateway, server, tmp_path)


def test_what_can_move_the_tier_is_bought_once_and_written_down(market: Market) -> None:
    market.connect("owner_records")
    market.connect("firmographics", price=0.25)
    market.businesses(STRONG)
    before = market.rows("SELECT micropoints FROM current_scores")[0][0]

    report = enrich_many(market.context, market.gateway)

    lead = market.lead()
    assert lead.fields["owner_personal_liens"] == [
        {"type": "tax lien", "amount": 90_000, "date": "2026-01-10"}
    ]
    assert (lead.fields["owner_bankruptcy_type"], lead.fields["employee_count"]) == ("chapter_7", 25)
    assert lead.provenance["owner_credit_score_range"].source == "owner_records"
    assert market.rows("SELECT micropoints FROM current_scores")[0][0] > before
    assert (len(market.server.asked), report.rescored) == (2, 1)
    # The connection's own price goes before what the connector states.
    assert market.cost() == pytest.approx(0.25 + 0.01)
    again = enrich_many(market.context, market.gateway)
    assert (again.changed, len(market.server.asked)) == (0, 2)


def test_what_cannot_move_the_tier_is_never_bought(market: Market) -> None:
    market.connect("firmographics")
    market.businesses(WEAK)

    state, report = enrich_one(market.context, market.gateway, market.lead().id)

    # 6 points for a size that sells, 6 against a small one: of no use to a lead that needs 25 to leave the lowest tier.
    told = {each.field: each for each in state.fields}
    assert told["annual_revenue"].status == "not_needed"
    assert told["annual_revenue"].because == "at best and at worst the tier stays the same"
    assert told["employee_count"].because == "no rule reads it"
    assert (market.server.asked, market.cost()) == ([], 0)
    assert report.cost_micros == 0


def test_a_budget_holds_for_the_day(market: Market) -> None:
    # Each question may be repeated, so four calls are set aside for it: a budget of six buys two and then some.
    market.connect("owner_records", daily_budget=0.06)
    market.businesses(*[STRONG] * 8)

    report = enrich_many(market.context, market.gateway)

    first = len(market.asked("owner_records"))
    assert 1 <= first <= 3
    assert market.cost() <= 0.06
    assert report.reasons["owner_records: today's budget is used up"] == 8 - first
    market.context.clock.sleep(86_400)  # type: ignore[attr-defined]
    enrich_many(market.context, market.gateway)
    assert first < len(market.asked("owner_records")) <= 2 * 3


def test_a_provider_that_fails_is_left_alone_and_costs_no_more(market: Market) -> None:
    market.connect("owner_records")
    market.businesses(*[STRONG] * 9)
    market.server.protocol = lambda _: Reply({"error": "down"}, 500)

    report = enrich_many(market.context, market.gateway)

    # After five failures in a row nobody calls; what was never sent is not counted as paid.
    calls = len(market.asked("owner_records"))
    assert calls < 2 * 9
    failed = market.rows("SELECT count(*), sum(cost_micros) FROM look_ups WHERE outcome = 'failed'")
    assert failed[0][0] == 9
    assert failed[0][1] <= calls * 10_000
    assert sum(report.reasons.values()) == 9


class Killed(BaseException):
    pass


def test_a_killed_run_pays_for_nothing_twice(market: Market) -> None:
    market.connect("owner_records")
    market.businesses(*[STRONG] * 12)

    def kill(done: int, _: int) -> None:
        if done == 5:
            raise Killed

    with pytest.raises(Killed):
        enrich_many(market.context, market.gateway, EnrichOptions(progress=kill))
    report = enrich_many(market.context, market.gateway)

    assert report.resumed
    assert len(market.asked("owner_records")) == 12
    assert market.cost() == pytest.approx(0.12)
    assert market.rows("SELECT count(*) FROM leads WHERE fields ? 'owner_personal_liens'") == [(12,)]


def test_a_list_without_entries_is_an_answer(market: Market) -> None:
    market.connect("owner_records")
    market.businesses(STRONG)
    clean = {"owner_name": "Owner 0", "city": "Austin", "state": "TX", "records": []}
    market.server.protocol = lambda _: Reply({"data": [{"id": "o", **clean}]})

    state, _ = enrich_one(market.context, market.gateway, market.lead().id)

    print(state)
    assert market.lead().fields["owner_personal_liens"] == []
    assert {each.field: each.status for each in state.fields}["owner_personal_liens"] == "found"
