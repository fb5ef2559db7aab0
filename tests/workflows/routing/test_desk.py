"""The desk: leads taken back, given, passed on, held and released, with a history nobody can change."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from galena.kit.errors import InputError, NotFoundError
from galena.stores import assignments, audit, routing_desk, tenant_accounts, tenants
from galena.stores.routing_desk import DeskQuery
from galena.workflows.claw_back import claw_back, end_hold, give, hold, leads_named, reassign, release
from galena.workflows.drop_commit import commit_drop
from galena.workflows.tenants import add_member, change_tenant, rename_tenant, tenant_card, top_up

HISTORIES = ("assignment_changes", "tenant_parameters", "credit_entries", "balance_entries")


def test_taken_back_leads_are_nobodys_at_once_and_the_tenant_reads_why(office: Any) -> None:
    one = office.tenant("One")
    green = office.leads("green", 2)
    commit_drop(office.context)
    office.later(days=1)
    assert office.seen_by(one, office.now) == set(green)
    report = claw_back(office.context, [green[0], UUID(int=9)], " wrong  company ")
    assert report.done == (green[0],)
    assert report.left_out == {UUID(int=9): "Nobody has it."}
    assert office.seen_by(one, office.now) == {green[1]}
    told = office.rows("SELECT state, ended_reason FROM assignments WHERE ended_at IS NOT NULL")
    assert told == [("clawed_back", "wrong company")]
    # By this event whatever reaches out for the lead stops.
    (event,) = office.rows("SELECT lead_id, payload ->> 'why' FROM outbox WHERE kind = 'clawed_back'")
    assert event == (green[0], "wrong company")
    with office.context.session() as session:
        assert audit.list_(session, subject=f"lead:{green[0]}")[0].detail == {"why": "wrong company"}
        history = [(each.step, each.why) for each in assignments.list_changes(session, green[0])]
    assert [step for step, _ in history] == ["assigned", "clawed_back"]
    office.ensure_lawful()


def test_a_reason_is_required(office: Any) -> None:
    office.tenant("One")
    lead = office.lead("green")
    for story in (
        lambda: claw_back(office.context, [lead], " "),
        lambda: give(office.context, [lead], "One", ""),
        lambda: hold(office.context, [lead], ""),
        lambda: release(office.context, [lead], ""),
    ):
        with pytest.raises(InputError, match="reason is needed"):
            story()
    assert office.whose() == {}


def test_a_person_gives_what_nobody_has_but_no_banned_black_or_held_lead(office: Any) -> None:
    one = office.tenant("One")
    silent, banned, black, held = (
        office.lead("green", phone=None), office.lead("green"), office.lead("black"), office.lead("red"),
    )  # fmt: skip
    office.ban(banned)
    hold(office.context, [held], "a quarrel")
    report = give(office.context, [silent, banned, black, held], "one", "asked for it")
    assert report.done == (silent,)
    assert report.left_out == {
        banned: "It must not be contacted.",
        black: "It is in a tier that is not given.",
        held: "It is held.",
    }
    assert give(office.context, [silent], "one", "again").left_out == {silent: "It is with a tenant."}
    assert office.whose() == {silent: one}
    office.ensure_lawful()


def test_passing_on_moves_the_lead_in_one_step_or_leaves_it(office: Any) -> None:
    one, two = office.tenant("One"), office.tenant("Two", standing="paused")
    first, held = office.leads("green", 2)
    give(office.context, [first, held], "One", "asked for them")
    hold(office.context, [held], "a quarrel")
    report = reassign(office.context, [first, held], "Two", "moved house")
    assert report.done == (first,)
    assert office.whose() == {first: two, held: one}
    with pytest.raises(NotFoundError, match="no tenant"):
        reassign(office.context, [first], "Three", "nobody")
    change_tenant(office.context, "One", {"standing": "cancelled"})
    with pytest.raises(InputError, match="is cancelled"):
        reassign(office.context, [first], "One", "back")
    assert office.whose() == {first: two, held: one}
    office.ensure_lawful()


def test_holds_end_on_their_day_or_when_somebody_ends_them(office: Any) -> None:
    office.tenant("One", quotas={"green": 5})
    until, open_end, free = office.leads("green", 3)
    hold(office.context, [until], "call first", office.now + timedelta(days=5))
    hold(office.context, [open_end], "call first")
    commit_drop(office.context)
    assert set(office.whose()) == {free}
    office.later(days=7)
    commit_drop(office.context)
    assert set(office.whose()) == {free, until}
    assert end_hold(office.context, [open_end, free], "called").left_out == {free: "It is not held."}
    office.later(days=7)
    commit_drop(office.context)
    assert set(office.whose()) == {free, until, open_end}
    with pytest.raises(InputError, match="day is past"):
        hold(office.context, [free], "x", office.now)
    office.ensure_lawful()


def test_bulk_by_tenant_and_the_list_of_the_desk(office: Any) -> None:
    one = office.tenant("One")
    office.leads("green", 2)
    office.leads("red", 2)
    commit_drop(office.context)
    with office.context.session() as session:
        query = DeskQuery(tenant_id=one)
        assert routing_desk.count_rows(session, query) == 4
        rows = routing_desk.list_rows(session, DeskQuery(tenant_id=one, limit=3))
        ids = routing_desk.list_lead_ids(session, query)
        assert leads_named(session, [rows[0].lead_key]) == (rows[0].lead_id,)
    assert [row.tenant for row in rows] == ["One"] * 3
    assert len(claw_back(office.context, ids, "it left").done) == 4
    with office.context.session() as session:
        assert routing_desk.count_rows(session, query) == 0
        assert routing_desk.count_rows(session, DeskQuery(ended=True, state="clawed_back")) == 4


@pytest.mark.parametrize("table", HISTORIES)
def test_histories_cannot_be_changed_not_even_by_their_owner(office: Any, table: str) -> None:
    office.tenant("One")
    give(office.context, [office.lead("green")], "One", "asked for it")
    top_up(office.context, "One", Decimal(5), "paid")
    for statement in (f"UPDATE {table} SET author = 'x'", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match="permission denied"):
            office.execute(statement)
    with office.context.door.engine.connect() as connection:
        for statement in (f"UPDATE {table} SET author = 'x'", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(DBAPIError, match="append-only"), connection.begin():
                connection.execute(text(statement))


def test_what_held_for_a_tenant_can_be_read_for_any_moment(office: Any) -> None:
    first = office.now
    one = office.tenant("One", weight=2)
    office.later(days=1)
    change_tenant(office.context, "one", {"gates": [{"gate": "state", "values": ["TX"]}]}, why="only Texas")
    office.later(days=1)
    rename_tenant(office.context, "One", "Lone Star")
    add_member(office.context, "Lone Star", "ann@example.org", "Ann")
    top_up(office.context, "Lone Star", Decimal("12.50"), "paid")
    with office.context.session() as session:
        then = tenants.load_wants(session, one, first)
        card = tenant_card(session, one, office.now)
        before = tenants.list_wants(session, first - timedelta(days=1))
    assert (then.parameters.weight, then.parameters.gates) == (2.0, ())
    assert [gate.name for gate in card.wants.parameters.gates] == ["state"]
    assert [each.why for each in card.changes] == ["only Texas", None]
    assert [user.email for user in card.members] == ["ann@example.org"]
    assert card.balance == Decimal("12.50")
    assert before[0].set_at is None
    assert card.wants.tenant.name == "Lone Star"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"weight": 0}, "weight"),
        ({"weight": float("nan")}, "weight"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"quotas": {"black": 3}}, "black"),
        ({"quotas": {"green": -1}}, "quotas: green"),
        ({"caps": {"month": 3}}, "caps"),
        ({"colour": "red"}, "colour"),
        ({"gates": [{"gate": "moon"}]}, "moon"),
        ({"standing": "asleep"}, "standing"),
        ([], "keys with values"),
    ],
)
def test_parameters_that_cannot_be_set_are_refused_in_words(
    office: Any, changes: Any, complaint: str
) -> None:
    office.tenant("One")
    with pytest.raises(InputError, match=complaint):
        change_tenant(office.context, "One", changes)
    with office.context.session() as session:
        assert tenant_accounts.list_balances(session) == {}
