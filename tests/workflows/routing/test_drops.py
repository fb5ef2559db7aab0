"""Drops: planned, committed once, with every edge decided and visible."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from galena.domain.drop_times import due_drop_on, local_hour, next_drop_on
from galena.domain.playbook import Drop
from galena.kit.errors import ConflictError, NotFoundError
from galena.stores import audit, drops, outbox, tenant_accounts
from galena.workflows.claw_back import claw_back, give, hold, release
from galena.workflows.drop_commit import commit_drop, undo_drop
from galena.workflows.drop_plan import plan_next_drop
from galena.workflows.tenants import change_tenant

TUESDAY = date(2026, 3, 3)


def test_a_plan_gives_nothing_and_a_commit_gives_it_once(office: Any) -> None:
    one = office.tenant("One")
    green, other = office.leads("green", 2), office.lead("black")
    plan = plan_next_drop(office.context)
    assert office.report(plan).drop.drop_on == TUESDAY
    assert (office.report(plan).got, office.whose()) == (2, {})
    done = commit_drop(office.context)
    assert (done.drop_id, done.changed) == (plan, True)
    assert office.whose() == dict.fromkeys(green, one)
    assert other not in office.whose()
    events = office.rows("SELECT kind, count(*) FROM outbox WHERE kind LIKE '%assigned%' GROUP BY 1")
    before = office.rows("SELECT count(*), max(number) FROM assignment_changes")
    assert commit_drop(office.context, plan).changed is False
    assert commit_drop(office.context, on=TUESDAY).changed is False
    assert office.rows("SELECT count(*), max(number) FROM assignment_changes") == before
    assert events == [("assigned", 2)]
    office.ensure_lawful()


def test_each_tenant_sees_its_leads_at_six_of_its_own_clock(office: Any) -> None:
    east = office.tenant("East", time_zone="America/New_York")
    west = office.tenant("West", time_zone="America/Los_Angeles")
    office.leads("green", 4)
    commit_drop(office.context)
    six_east, six_west = datetime(2026, 3, 3, 11, tzinfo=UTC), datetime(2026, 3, 3, 14, tzinfo=UTC)
    before = timedelta(seconds=1)
    assert [len(office.seen_by(east, at)) for at in (six_east - before, six_east)] == [0, 2]
    assert [len(office.seen_by(west, at)) for at in (six_east, six_west - before, six_west)] == [0, 0, 2]
    assert office.seen_by(east, six_west).isdisjoint(office.seen_by(west, six_west))


def test_why_places_stay_empty_is_said(office: Any) -> None:
    office.tenant("One")
    office.lead("green")
    done = commit_drop(office.context)
    (share,) = [each for each in office.report(done.drop_id).tenants[0].shares if each.tier == "green"]
    assert (share.quota, share.given) == (2, 1)
    assert len(office.shortfalls(done.drop_id)["One"]) == 3  # of every tier


def test_fewer_leads_than_tenants_and_two_with_the_same_territory(office: Any) -> None:
    gates = [{"gate": "state", "values": ["TX"]}]
    tenants = [office.tenant(f"T{place}", gates=gates) for place in range(3)]
    office.leads("green", 2)
    office.lead("green", state="CA")
    commit_drop(office.context)
    given = office.whose()
    assert len(given) == 2
    assert set(given.values()) <= set(tenants)
    office.ensure_lawful()


def test_paused_cancelled_and_capped_tenants_and_a_new_one(office: Any) -> None:
    office.tenant("Paused", standing="paused")
    office.tenant("Gone", standing="cancelled")
    office.tenant("Capped", caps={"week": 0})
    new = office.tenant("New")
    office.leads("green", 2)
    done = commit_drop(office.context)
    assert set(office.whose().values()) == {new}
    assert dict(office.report(done.drop_id).out) == {
        "Capped": "Its cap of 0 leads a week is used up.",
        "Gone": "It is cancelled.",
        "Paused": "It is paused.",
    }


def test_a_cap_of_the_week_bounds_all_tiers_together(office: Any) -> None:
    office.tenant("One", caps={"week": 3})
    for tier in ("green", "yellow", "red"):
        office.leads(tier, 2)
    commit_drop(office.context)
    assert len(office.whose()) == 3


def test_a_cap_that_is_used_up_after_the_plan_holds_at_the_commit(office: Any) -> None:
    one = office.tenant("One", caps={"week": 2}, quotas={"green": 2})
    best, second = office.leads("green", 2)
    third = office.lead("red")
    plan = plan_next_drop(office.context)
    office.at(datetime(2026, 3, 3, 10, tzinfo=UTC))
    give(office.context, [third], "One", "asked for it")
    done = commit_drop(office.context, plan)
    assert office.whose() == {best: one, third: one}
    assert [line.lead_id for line in office.report(done.drop_id).left_out] == [second]
    office.ensure_lawful()


def test_a_cap_of_a_day_counts_the_tenants_own_day(office: Any) -> None:
    one = office.tenant("One", caps={"day": 2, "hour": 1}, quotas={"green": 3})
    far = office.tenant("Far", caps={"week": 2}, quotas={"green": 3}, time_zone="Asia/Tokyo")
    office.leads("green", 5)
    extra = office.lead("red")
    give(office.context, [extra], "Far", "asked for it")  # On Tuesday in Tokyo: the week of the drop.
    done = commit_drop(office.context)
    assert Counter(office.whose().values()) == {one: 2, far: 2}
    assert office.shortfalls(done.drop_id)["One"][0].endswith("The cap of 2 leads is reached.")


def test_places_added_after_the_plan_count_from_the_next_one_and_fewer_at_once(office: Any) -> None:
    one, two = office.tenant("One"), office.tenant("Two")
    office.leads("green", 4)
    red = office.leads("red", 5)
    plan = plan_next_drop(office.context)
    office.later(minutes=1)
    change_tenant(office.context, "One", {"quotas": {"green": 1, "red": 5}})
    done = commit_drop(office.context, plan)
    assert Counter(office.whose().values()) == {one: 3, two: 4}
    (line,) = office.report(done.drop_id).left_out
    assert line.left_out == "Its tenant has fewer places of this tier since the plan."
    office.at(datetime(2026, 3, 9, 15, tzinfo=UTC))
    commit_drop(office.context)
    assert set(red) <= set(office.whose())
    office.ensure_lawful()


def test_a_pair_that_no_longer_holds_at_the_commit_falls_out(office: Any) -> None:
    both = [{"gate": "state", "values": ["TX", "OK"]}]
    one = office.tenant("One", gates=both, quotas={"green": 6})
    office.tenant("Two", quotas={"red": 1})
    stays, moved, unknown, narrowed, lost = office.leads("green", 5)
    red = office.lead("red", state="NV")
    office.tell(narrowed, state="OK")
    plan = plan_next_drop(office.context)
    assert office.report(plan).got == 6
    office.later(minutes=1)
    office.tell(moved, state="NV")
    office.tell(unknown, state=None)
    change_tenant(office.context, "One", {"gates": [{"gate": "state", "values": ["TX"]}]})
    change_tenant(office.context, "Two", {"gates": both})
    give(office.context, [lost], "One", "asked for it")
    claw_back(office.context, [lost], "a mistake")
    done = commit_drop(office.context, plan)
    assert office.whose() == {stays: one}
    no_more = "Since the plan it does not pass a gate of {} any more: state."
    assert {line.lead_id: line.left_out for line in office.report(done.drop_id).left_out} == {
        **dict.fromkeys((moved, unknown, narrowed), no_more.format("One")),
        lost: "One had it and lost it since the plan.",
        red: no_more.format("Two"),
    }
    office.ensure_lawful()


def test_what_falls_out_leaves_what_is_owed(office: Any) -> None:
    one = office.tenant("One", quotas={"green": 1})
    lead = office.lead("green")
    with office.context.session() as session:
        tenant_accounts.add_credits(session, {one: 2.0}, why="an earlier drop", at=office.now)
    plan = plan_next_drop(office.context)
    office.ban(lead)
    commit_drop(office.context, plan)
    with office.context.session() as session:
        assert tenant_accounts.list_credits(session) == {one: 2.0}


def test_what_a_tenant_lost_does_not_come_back_to_it_by_itself(office: Any) -> None:
    one = office.tenant("One", quotas={"green": 2})
    taken, freed = office.leads("green", 2)
    commit_drop(office.context)
    claw_back(office.context, [taken], "wrong company")
    release(office.context, [freed], "agreed")
    office.at(datetime(2026, 3, 9, 15, tzinfo=UTC))
    assert office.shortfalls(plan_next_drop(office.context))["One"] == (
        "green: The green leads that fit were with it before.",
    )
    two = office.tenant("Two", quotas={"green": 1})
    done = commit_drop(office.context, plan_next_drop(office.context))
    assert office.whose() == {taken: two}
    assert "1 green lead fits" not in office.shortfalls(done.drop_id)["One"][0]
    give(office.context, [freed], "One", "they asked for it")
    assert office.whose()[freed] == one
    office.ensure_lawful()


def test_what_changed_since_the_plan_is_looked_at_again(office: Any) -> None:
    office.tenant("One", quotas={"green": 6})
    office.tenant("Two", quotas={"red": 1})
    moved, banned, held, gone, stays = office.leads("green", 5)
    office.lead("red")
    plan = plan_next_drop(office.context)
    office.set_tier(moved, "yellow")
    office.ban(banned)
    hold(office.context, [held], "a quarrel")
    office.execute("UPDATE leads SET status = 'discarded' WHERE id = :lead", lead=gone)
    change_tenant(office.context, "Two", {"standing": "paused"})
    done = commit_drop(office.context, plan)
    assert set(office.whose()) == {stays}
    left_out = {line.lead_id: line.left_out for line in office.report(done.drop_id).left_out}
    assert left_out[moved] == "Its tier changed since the plan, from Green to Yellow."
    assert left_out[banned] == "Since the plan it must not be contacted."
    assert left_out[held] == "Since the plan it is held."
    assert left_out[gone] == "Since the plan it is not active."
    assert "Two is paused since the plan." in left_out.values()
    assert "4 of the plan fell out at the commit." in office.shortfalls(done.drop_id)["One"][0]
    office.ensure_lawful()


def test_a_lead_is_locked_to_its_tenant_until_it_is_let_go(office: Any) -> None:
    one = office.tenant("One")
    green = office.leads("green", 2)
    commit_drop(office.context)
    office.tenant("Two")
    office.later(days=7)
    commit_drop(office.context)
    assert office.whose() == dict.fromkeys(green, one)


def test_undoing_takes_back_all_but_what_was_contacted_and_the_week_can_be_dropped_again(office: Any) -> None:
    one = office.tenant("One")
    green = office.leads("green", 2)
    done = commit_drop(office.context)
    office.execute(
        "UPDATE assignments SET contacted_at = :at WHERE lead_id = :lead", at=office.now, lead=green[0]
    )
    assert undo_drop(office.context, done.drop_id, "a mistake") == (1, 1)
    assert office.whose() == {green[0]: one}
    with pytest.raises(ConflictError, match="only one that was committed"):
        undo_drop(office.context, done.drop_id, "again")
    again = commit_drop(office.context, on=TUESDAY)
    assert again.drop_id != done.drop_id
    assert office.whose() == dict.fromkeys(green, one)
    with office.context.session() as session:
        assert [each.action for each in audit.list_(session) if "drop" in each.action] == [
            "commit_drop", "undo_drop", "commit_drop",
        ]  # fmt: skip
    office.ensure_lawful()


def test_an_undone_drop_leaves_no_credits(office: Any) -> None:
    office.tenant("One")
    office.tenant("Two")
    office.lead("green")
    done = commit_drop(office.context)
    with office.context.session() as session:
        owed = tenant_accounts.list_credits(session)
    undo_drop(office.context, done.drop_id, "a mistake")
    with office.context.session() as session:
        assert tenant_accounts.list_credits(session) == {}
        assert tenant_accounts.credits_of_drop(session, done.drop_id) == {}
    assert owed  # Whoever was left behind has precedence next time.


def test_undoing_has_its_time(office: Any) -> None:
    office.tenant("One")
    office.leads("green", 1)
    done = commit_drop(office.context)
    office.later(hours=25)
    with pytest.raises(ConflictError, match="time in which this drop"):
        undo_drop(office.context, done.drop_id, "too late")
    with pytest.raises(NotFoundError):
        undo_drop(office.context, UUID(int=1), "which?")


def test_a_newer_plan_replaces_an_older_one(office: Any) -> None:
    office.tenant("One")
    office.leads("green", 1)
    old, new = plan_next_drop(office.context), plan_next_drop(office.context)
    with pytest.raises(ConflictError, match="superseded"):
        commit_drop(office.context, old)
    assert commit_drop(office.context).drop_id == new
    with pytest.raises(ConflictError, match="was committed"):
        plan_next_drop(office.context, TUESDAY)


@pytest.mark.parametrize(("shortage", "expected"), [("leave", 0), ("up", 2), ("down", 2)])
def test_a_shortage_is_left_or_filled_from_the_next_tier(
    new_office: Callable[..., Any], shortage: str, expected: int
) -> None:
    office = new_office(drop={"shortage": shortage})
    office.tenant("One", quotas={"yellow": 2})
    office.leads("green" if shortage != "down" else "red", 2)
    commit_drop(office.context)
    assert len(office.whose()) == expected
    office.ensure_lawful()


def test_leads_that_are_stale_or_cannot_be_contacted_are_no_candidates(office: Any) -> None:
    office.tenant("One")
    stale = office.lead("green")
    silent = office.lead("green", phone=None)
    office.at(datetime(2027, 3, 8, 15, tzinfo=UTC))
    fresh = office.lead("green")
    plan = plan_next_drop(office.context)
    assert {line.lead_id for line in office.report(plan).tenants[0].lines} == {fresh}
    pool = office.report(plan).drop.figures["pool"]
    assert (pool["stale"], pool["no_contact"], pool["ready"]) == (1, 1, 1)
    assert {stale, silent}.isdisjoint(office.whose())


def test_a_lead_rests_until_the_day_it_may_be_tried_again(office: Any) -> None:
    one = office.tenant("One")
    lead = office.lead("green")
    office.execute(
        "INSERT INTO dispositions (id, lead_id, stage, outcome, reason_text, note, attempts, next_step, next_on, at,"
        " author) VALUES (:id, :id, 1, 'no_answer', '', '', 3, 'retry', '2026-03-10', :at, 'a test')",
        id=lead,
        at=office.now,
    )
    assert office.report(commit_drop(office.context).drop_id).drop.figures["pool"] == {
        "banned": 0, "ready": 0, "resting": 1,
    }  # fmt: skip
    office.at(datetime(2026, 3, 10, 9, tzinfo=UTC))
    commit_drop(office.context)
    assert office.whose() == {lead: one}


def test_hours_on_days_when_clocks_change() -> None:
    # 8 March 2026: at 02:00 it is 03:00 in New York; 1 November: 02:00 comes twice.
    assert local_hour(date(2026, 3, 8), 2, "America/New_York") == datetime(2026, 3, 8, 7, tzinfo=UTC)
    assert local_hour(date(2026, 3, 8), 6, "America/New_York") == datetime(2026, 3, 8, 10, tzinfo=UTC)
    assert local_hour(date(2026, 3, 7), 6, "America/New_York") == datetime(2026, 3, 7, 11, tzinfo=UTC)
    assert local_hour(date(2026, 11, 1), 1, "America/New_York") == datetime(2026, 11, 1, 5, tzinfo=UTC)


def test_the_next_day_and_when_it_is_due() -> None:
    drop, zones = Drop(), ("America/New_York", "Pacific/Honolulu")
    monday, hour = datetime(2026, 3, 2, 15, tzinfo=UTC), timedelta(hours=1)
    assert next_drop_on(monday, drop, zones, frozenset()) == TUESDAY
    assert next_drop_on(monday, drop, zones, frozenset({TUESDAY})) == date(2026, 3, 10)
    # Honolulu sees it at 16:00 UTC; until then the day is still to come.
    assert next_drop_on(datetime(2026, 3, 3, 15, 59, tzinfo=UTC), drop, zones, frozenset()) == TUESDAY
    assert next_drop_on(datetime(2026, 3, 3, 16, tzinfo=UTC), drop, zones, frozenset()) == date(2026, 3, 10)
    first = datetime(2026, 3, 3, 11, tzinfo=UTC)

    def due(at: datetime) -> date | None:
        return due_drop_on(at, drop, zones, ahead=hour, late=24 * hour)

    assert due(first - hour - timedelta(seconds=1)) is None
    assert due(first - hour) == due(first) == due(datetime(2026, 3, 4, 16, tzinfo=UTC)) == TUESDAY
    assert due(datetime(2026, 3, 4, 16, 1, tzinfo=UTC)) is None


def test_without_a_tenant_there_is_nothing_to_plan(office: Any) -> None:
    with pytest.raises(ConflictError, match="no tenant"):
        plan_next_drop(office.context)
    with office.context.session() as session:
        assert drops.list_(session) == ()
        assert [event.kind for event in outbox.read(session)] == []
