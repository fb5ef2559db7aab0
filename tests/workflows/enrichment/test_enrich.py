"""Leads enriched: what is asked, what comes of it, and what is not asked twice."""

from datetime import timedelta
from typing import Any

import pytest

from galena.simulator.providers.server import Reply
from galena.stores import enrichment
from galena.workflows.enrich import EnrichOptions, enrich_many, enrich_one, lead_state, overview
from galena.workflows.enrich_lead import day_of
from galena.workflows.enrichment_worth import not_worth
from galena.workflows.plans import active_plan
from galena.workflows.rescore import rescore
from galena.workflows.undo import undo_import

HERE = "1204 W Magnolia Ave"
NOWHERE = "77 Nowhere Ln"


def test_a_lead_gets_what_it_lacks_with_its_provenance(county: Any) -> None:
    county.connect()
    county.permits(HERE)

    state, report = enrich_one(county.context, county.gateway, county.lead_id())

    lead = county.lead().lead
    assert (lead.fields["owner_name"], lead.fields["market_value"]) == ("SAMPLE, PAT & ALEX", 300000)
    assert lead.provenance["owner_name"].source == "cad_tarrant"
    assert {each.field: each.status for each in state.fields} == {
        "owner_name": "found",
        "market_value": "found",
        "mailing_address": "found",
        "year_built": "found",
    }
    assert (state.status, report.changed, report.rescored) == ("complete", 1, 1)
    assert len(county.server.asked) == 1
    # The ZIP code tells the county, at no cost.
    assert lead.fields["county"] == "Tarrant County"
    assert lead.provenance["county"].source == "local"


def test_what_is_known_is_not_asked_again_until_it_is_stale(county: Any) -> None:
    county.connect()
    county.permits(HERE, NOWHERE)
    for number in (0, 1, 0, 1):
        enrich_one(county.context, county.gateway, county.lead_id(number))
    assert len(county.server.asked) == 2

    county.context.clock.now += timedelta(days=181)
    assert lead_state(county.context, county.gateway, county.lead_id(0)).status == "stale"
    enrich_one(county.context, county.gateway, county.lead_id(0))

    assert len(county.server.asked) == 3


def test_an_undone_enrichment_is_as_if_it_had_never_been(county: Any) -> None:
    county.connect()
    county.permits(HERE)
    before = county.lead().lead.fields
    enrich_one(county.context, county.gateway, county.lead_id())
    found = county.rows("SELECT id FROM imports WHERE file_name LIKE 'enrichment%'")

    for (import_id,) in found:
        undo_import(county.context, import_id)

    assert len(found) == 2
    assert county.lead().lead.fields == before
    state = lead_state(county.context, county.gateway, county.lead_id())
    assert {each.status for each in state.fields} == {"pending"}


def test_a_provider_that_fails_is_the_reason_and_no_error(county: Any) -> None:
    county.connect()
    county.permits(HERE)
    county.server.protocol = lambda asked: Reply({"error": "down"}, 500)

    state, report = enrich_one(county.context, county.gateway, county.lead_id())

    assert state.status in ("failed", "partial")
    assert {each.status for each in state.fields} == {"failed"}
    assert any(reason.startswith("tarrant: ") for reason in report.reasons)


def test_leads_wait_once_a_source_is_connected(county: Any) -> None:
    county.permits(HERE, NOWHERE)
    first = rescore(county.context)
    assert (first.scored, first.needs_enrichment) == (2, 0)
    assert [county.lead(n).lead.status_reason for n in (0, 1)] == ["not_enriched", "not_enriched"]
    assert first.reasons == {}
    confidence_before = county.rows("SELECT confidence FROM current_scores ORDER BY lead_id")

    county.connect()
    second = rescore(county.context)
    assert (second.scored, second.needs_enrichment, second.reasons) == (0, 2, {"lacks owner_name": 2})

    report = enrich_many(county.context, county.gateway)

    assert [county.lead(n).lead.status for n in (0, 1)] == ["active", "needs_enrichment"]
    assert county.lead(0).lead.status_reason is None
    assert county.rows("SELECT confidence FROM current_scores")[0][0] > confidence_before[0][0]
    assert report.statuses == {"complete": 2}
    with county.context.session() as session:
        told = overview(session, county.context)
    assert (told.gated, told.waiting) == (True, 1)
    owner = next(each for each in told.coverage if each.field == "owner_name")
    assert (owner.leads, owner.known, owner.looked_up, owner.absent) == (2, 1, 1, 1)
    assert [(each.provider, each.calls, each.found, each.absent) for each in told.providers] == [
        ("tarrant", 2, 1, 1)
    ]


def test_two_permits_on_one_lot_each_get_its_facts(county: Any) -> None:
    county.connect()
    county.permits(HERE, HERE.upper())

    report = enrich_many(county.context, county.gateway)

    assert report.changed == 2
    assert [county.lead(n).lead.fields["owner_name"] for n in (0, 1)] == ["SAMPLE, PAT & ALEX"] * 2


class Killed(BaseException):
    pass


def test_a_killed_run_goes_on_and_asks_nothing_twice(county: Any) -> None:
    county.connect()
    addresses = [f"{1200 + number} W Magnolia Ave" for number in range(36)]
    county.permits(*addresses)

    def kill(done: int, total: int) -> None:
        assert total == 36
        if done == 33:
            raise Killed

    with pytest.raises(Killed):
        enrich_many(county.context, county.gateway, EnrichOptions(progress=kill))
    report = enrich_many(county.context, county.gateway)

    assert report.resumed
    assert len(county.server.asked) == 36
    assert county.rows("SELECT count(*) FROM leads WHERE fields ? 'market_value'") == [(36,)]
    assert county.rows("SELECT status, lead_count FROM enrichment_runs") == [("done", 36)]
    assert county.rows("SELECT count(*) FROM lead_enrichments WHERE is_unscored") == [(0,)]
    assert enrich_many(county.context, county.gateway).changed == 0
    assert len(county.server.asked) == 36


def test_what_a_killed_process_may_have_paid_counts(county: Any) -> None:
    county.permits(HERE)
    from galena.domain.enrichment import LookUp
    from galena.kit.ids import new_id

    now = county.context.clock()
    look_up = LookUp(
        new_id(), county.lead_id(), "paid", "sent", ("owner_name",), now, "a test", reserved_micros=40
    )
    with county.context.session() as session:
        enrichment.send(session, look_up)
        assert enrichment.spent_micros(session, since=day_of(now)) == 40
        assert enrichment.close_lost(session, at=now) == 1
        assert enrichment.spent_micros(session, since=day_of(now)) == 40
        (kept,) = enrichment.past_of(session, [county.lead_id()])[county.lead_id()]
    assert (kept.outcome, kept.cost_micros) == ("lost", 40)


def test_what_costs_money_is_bought_only_where_it_can_move_the_tier(county: Any) -> None:
    county.permits(HERE)
    rescore(county.context)
    with county.context.session() as session:
        plan = active_plan(session)
        entry = county.lead()
        told = not_worth(plan, entry, (), ("mailing_address", "market_value"), county.context.clock())
        idle = not_worth(plan, entry, (), ("legal_description",), county.context.clock())

    assert idle == {"legal_description": "at best and at worst the tier stays the same"} or idle == {
        "legal_description": "no rule reads it"
    }
    assert set(told) <= {"mailing_address", "market_value"}
