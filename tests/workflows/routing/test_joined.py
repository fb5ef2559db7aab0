"""What becomes of an assignment when its lead is joined with another one, parted again, or removed."""

from collections.abc import Callable
from typing import Any

from galena.domain.events import NewEvent
from galena.domain.playbook import Arrival
from galena.stores import assignments, leads, outbox, routing_desk, sameness
from galena.stores.routing_desk import DeskQuery
from galena.workflows.claw_back import claw_back, give, hold
from galena.workflows.route import route_news
from galena.workflows.scored_upto import move_position


def _place(office: Any, **roots: Any) -> None:
    with office.context.session() as session:
        sameness.place(session, roots["of"])


def test_a_lead_takes_over_the_assignment_of_its_part_and_keeps_it(office: Any) -> None:
    one = office.tenant("One")
    part, whole = office.leads("green", 2)
    give(office.context, [part], "One", "asked for it")
    _place(office, of={part: whole})
    assert office.whose() == {whole: one}
    office.ensure_lawful()
    assert whole in office.seen_by(one, office.now)
    _place(office, of={part: part})
    assert office.whose() == {whole: one}
    assert office.seen_by(one, office.now) == {whole}
    office.ensure_lawful()
    assert claw_back(office.context, [whole], "a mistake").done == (whole,)
    office.ensure_lawful()


def test_two_assignments_of_one_tenant_become_one(office: Any) -> None:
    one = office.tenant("One")
    part, whole = office.leads("green", 2)
    give(office.context, [part, whole], "One", "asked for them")
    _place(office, of={part: whole})
    assert office.whose() == {whole: one}
    with office.context.session() as session:
        rows = routing_desk.list_rows(session, DeskQuery(one, None, None, True, 10))
    (ended,) = [each for each in rows if each.lead_id == part]
    assert ended.ended_reason == "It was joined with another lead."
    office.ensure_lawful()


def test_the_history_outlives_a_lead_that_is_removed(office: Any) -> None:
    office.tenant("One")
    lead, held = office.leads("green", 2)
    give(office.context, [lead], "One", "asked for it")
    hold(office.context, [held], "a quarrel")
    with office.context.session() as session:
        leads.delete_many(session, [lead, held])
        told = [(each.step, each.state) for each in assignments.list_changes(session, lead)]
    assert told == [("assigned", "active"), ("lead_removed", "released")]
    office.ensure_lawful()


def test_a_lead_is_routed_once_it_is_scored(new_office: Callable[..., Any]) -> None:
    office = new_office("b2b", arrival=Arrival(sticky=False))
    early = office.lead("a")
    one = office.tenant("One")  # From now on arrivals are routed.
    lead = office.lead("a")

    def tell(id_: Any) -> int:
        with office.context.session() as session:
            outbox.append(session, [NewEvent("lead_created", id_)])
        with office.context.session() as session:
            return outbox.settled(session)

    position = tell(lead)
    assert route_news(office.context).leads == 0  # Nothing is scored yet.
    with office.context.session() as session:
        move_position(session, position)
    late = office.lead("a")
    tell(late)
    assert route_news(office.context).given == {"One": 1}
    assert office.whose() == {lead: one}
    with office.context.session() as session:
        move_position(session, outbox.settled(session))
    assert route_news(office.context).given == {"One": 1}
    assert route_news(office.context).leads == 0
    assert set(office.whose()) == {lead, late}
    assert early not in office.whose()
