"""Leads routed as they arrive: whose turn, who fits, who bids; offers, returns, idle leads."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from galena.domain.playbook import Arrival, Idle, Returns
from galena.kit.errors import ConflictError, InputError, NotFoundError
from galena.stores import routing_desk, tenant_accounts
from galena.workflows.claw_back import claw_back, give
from galena.workflows.offers import accept, decline, keep_up, return_lead
from galena.workflows.route import route_ready, route_some
from galena.workflows.tenants import top_up

Make = Callable[..., Any]


def arrival(**given: Any) -> Arrival:
    return Arrival(**{"sticky": False, "caps": {}, **given})


def route(office: Any, *leads: Any) -> dict[str, int]:
    with office.context.session() as session:
        return dict(route_some(session, office.context.playbook, leads, office.now, note=True).given)


def steps(office: Any, lead: Any) -> list[str]:
    found = f"SELECT step FROM assignment_changes WHERE lead_id = '{lead}' ORDER BY number"
    return [row[0] for row in office.rows(found)]


def test_turns_go_by_weight(new_office: Make) -> None:
    office = new_office("realestate", arrival=arrival())
    office.tenant("One", weight=1)
    office.tenant("Two", weight=2)
    for _ in range(6):
        office.lead("a")
    assert route_ready(office.context).given == {"One": 2, "Two": 4}
    assert route_ready(office.context).leads == 0
    office.ensure_lawful()


def test_gates_caps_and_pauses_close_a_tenant_and_the_ledger_says_so(new_office: Make) -> None:
    office = new_office("realestate", arrival=arrival())
    office.tenant("Texas", gates=[{"gate": "state", "values": ["TX"]}], caps={"day": 1})
    office.tenant("Paused", standing="paused")
    first, second, other = office.lead("a"), office.lead("a"), office.lead("a", state="CA")
    assert route(office, first, second, other) == {"Texas": 1}
    ((refusals,),) = office.rows(
        f"SELECT detail -> 'refusals' FROM assignment_changes WHERE lead_id = '{second}'"
    )
    assert sorted(refusals.values()) == ["It is paused.", "Its cap of 1 lead per day is reached."]
    assert steps(office, other) == ["not_routed"]
    office.later(days=1)
    assert route(office, second) == {"Texas": 1}


def test_an_offer_is_accepted_or_goes_on_to_the_next(new_office: Make) -> None:
    office = new_office("realestate", arrival=arrival(accept_minutes=5))
    one, two = office.tenant("One"), office.tenant("Two")
    lead = office.lead("a")
    route(office, lead)
    first = office.whose()[lead]
    second = two if first == one else one
    with pytest.raises(NotFoundError):
        accept(office.context, lead, second)
    decline(office.context, lead, first, "too far")
    assert office.whose() == {lead: second}
    office.later(minutes=5)
    with pytest.raises(ConflictError, match="time to accept"):
        accept(office.context, lead, second)
    kept = keep_up(office.context)
    assert (kept.lapsed, kept.routed.nobody) == (1, 1)  # Both had it before.
    assert office.whose() == {}
    assert steps(office, lead) == ["assigned", "declined", "assigned", "lapsed", "not_routed"]
    assert keep_up(office.context).lapsed == 0
    office.ensure_lawful()


def test_an_accepted_lead_stays(new_office: Make) -> None:
    office = new_office("realestate", arrival=arrival(accept_minutes=5))
    one = office.tenant("One")
    lead = office.lead("a")
    route(office, lead)
    assert accept(office.context, lead, one).accepted_at == office.now
    assert accept(office.context, lead, one).accepted_at == office.now
    with pytest.raises(ConflictError, match="already"):
        decline(office.context, lead, one, "no")
    office.later(hours=1)
    assert keep_up(office.context).lapsed == 0
    assert office.whose() == {lead: one}


def test_a_known_contact_goes_to_the_tenant_that_has_it(new_office: Make) -> None:
    office = new_office("realestate", arrival=arrival(sticky=True))
    office.tenant("Next", weight=1_000)
    owner = office.tenant("Owner", gates=[{"gate": "state", "values": ["CA"]}])
    known = office.lead("a", phone="(512) 555-7000")
    give(office.context, [known], "Owner", "its own")
    again, stranger = office.lead("a", phone="+1 512 555 7000"), office.lead("a")
    route(office, again, stranger)
    assert office.whose()[again] == owner
    assert office.whose()[stranger] != owner


def test_the_highest_bid_that_can_be_paid_wins_and_is_charged(new_office: Make) -> None:
    office = new_office("permits", arrival=arrival(policy="highest_bid"))
    rich = office.tenant("Rich", bids_minor={"a": 4_000})
    poor = office.tenant("Poor", bids_minor={"a": 9_000})
    top_up(office.context, "Rich", Decimal(100), "paid")
    top_up(office.context, "Poor", Decimal(50), "paid")
    leads = [office.lead("a", owner_phone="512-555-0100") for _ in range(3)]
    assert route(office, *leads) == {"Rich": 2}
    with office.context.session() as session:
        assert tenant_accounts.list_balances(session) == {rich: Decimal(20), poor: Decimal(50)}


def test_paid_leads_are_returned_for_a_reason_in_time_and_not_too_many(new_office: Make) -> None:
    office = new_office(
        "permits", arrival=arrival(), prices={"a": 60.0}, returns=Returns(hours=72, most_share=0.5)
    )
    one = office.tenant("One")
    top_up(office.context, "One", Decimal(300), "paid")
    leads = [office.lead("a", owner_phone="512-555-0100") for _ in range(4)]
    route(office, *leads)
    with pytest.raises(InputError, match="no reason"):
        return_lead(office.context, leads[0], one, "dislike")
    assert return_lead(office.context, leads[0], one, "bad_phone", "rings out").state == "returned"
    return_lead(office.context, leads[1], one, "duplicate")
    with pytest.raises(ConflictError, match="2 are allowed"):
        return_lead(office.context, leads[2], one, "duplicate")
    with office.context.session() as session:
        assert tenant_accounts.list_balances(session) == {one: Decimal(180)}  # 300 - 4 x 60 + 2 x 60
    # The wrong number keeps the first back; the second went back to the pool, but not to this tenant.
    assert route_ready(office.context).as_dict() == {"routed": 0, "given": {}, "nobody": 1}
    office.later(hours=73)
    with pytest.raises(ConflictError, match="time in which this lead"):
        return_lead(office.context, leads[2], one, "duplicate")
    assert claw_back(office.context, [leads[2]], "a favour").done == (leads[2],)
    with office.context.session() as session:
        assert tenant_accounts.list_balances(session) == {one: Decimal(240)}
    office.ensure_lawful()


def test_idle_leads_are_warned_of_then_taken_back_and_given_to_the_next(new_office: Make) -> None:
    office = new_office("b2b", arrival=arrival(), idle=Idle(warn_days=3, take_back_days=4))
    one = office.tenant("One")
    idle, worked = office.lead("a"), office.lead("a")
    route(office, idle, worked)
    two = office.tenant("Two")
    office.execute(
        "UPDATE assignments SET contacted_at = :at WHERE lead_id = :lead",
        at=office.now + timedelta(minutes=90),
        lead=worked,
    )
    assert keep_up(office.later(days=2).context).warned == 0
    assert keep_up(office.later(days=1).context).warned == 1
    assert keep_up(office.later(days=3).context).as_dict()["taken_back"] == 0
    assert keep_up(office.later(days=1).context).as_dict()["taken_back"] == 1
    assert office.whose() == {idle: two, worked: one}
    assert steps(office, idle) == ["assigned", "warned", "taken_back_idle", "assigned"]
    with office.context.session() as session:
        speeds = {
            each.tenant: each for each in routing_desk.list_speeds(session, office.now - timedelta(days=30))
        }
    assert (speeds["One"].leads, speeds["One"].contacted, speeds["One"].median_minutes) == (2, 1, 90.0)
    office.ensure_lawful()


def test_where_leads_are_dropped_weekly_nothing_is_routed(office: Any) -> None:
    office.tenant("One")
    office.leads("green", 1)
    with pytest.raises(ConflictError, match="weekly drops"):
        route_ready(office.context)
