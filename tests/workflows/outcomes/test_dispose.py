"""Outcomes recorded through the real database: what follows from each, what is taken back, who is banned."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from galena.domain.dispositions import Entry, Stand
from galena.domain.suppression import contact_fields, contacts_of
from galena.kit.errors import ConflictError, InputError, NotFoundError
from galena.stores import dispositions, leads, suppressions, tasks
from galena.workflows import suppress
from galena.workflows.chase import chase
from galena.workflows.claw_back import claw_back
from galena.workflows.dispose import dispose_many, prospect, undo
from galena.workflows.dispose_desk import Saying
from galena.workflows.prospects import list_prospects
from galena.workflows.rescore import rescore
from galena.workflows.tenants import change_tenant

TODAY = date(2026, 3, 3)


def open_tasks(house: Any) -> list[tuple[str, date]]:
    with house.context.session() as session:
        return [(task.step, task.due_on) for task in tasks.list_open(session)]


def banned_among(session: Any, house: Any, fields: dict[Any, Any], **given: Any) -> Any:
    names = contact_fields(house.context.playbook)
    ways = {lead: contacts_of(values, names) for lead, values in fields.items()}
    return suppressions.find_banned(session, ways, **given)


def test_from_the_first_call_to_the_commission(house: Any) -> None:
    house.give(1)
    house.later(days=2).say(1, "voicemail")
    assert (house.state(1), open_tasks(house)) == ("active", [("attempt", TODAY + timedelta(days=5))])
    meeting = house.now + timedelta(days=3)
    booked = house.later(days=1).say(1, "booked", booked_for=meeting)
    assert (booked.disposition.days_to_book, booked.disposition.booked_by) == (3, "manual")
    assert open_tasks(house) == [("after_meeting", meeting.date())]
    with pytest.raises(ConflictError, match="still to come"):
        house.say(1, "closed_won", signed_on=TODAY)
    house.later(days=7).say(
        1, "won", signed_on=date(2026, 3, 13), closing_on=date(2026, 4, 13), deal_value=Decimal(900)
    )
    assert (house.state(1), open_tasks(house)) == ("active", [("commission", date(2026, 4, 13))])
    house.later(days=31)
    paid = house.say(1, "won", commission=Decimal("90.50"))
    assert (paid.disposition.days_to_close, paid.disposition.deal_value) == (10, Decimal(900))
    assert (house.state(1), open_tasks(house), paid.standing.stand) == ("closed", [], Stand.WON)
    # The lead knows it, for the next scores and models.
    told = {
        name: house.field(1, name)
        for name in ("last_disposition", "booked", "won", "closed_on", "commission")
    }
    assert told == {
        "last_disposition": "won", "booked": True, "won": True, "closed_on": "2026-03-13", "commission": 90.5,
    }  # fmt: skip
    steps = house.rows("SELECT step, state, why, author FROM assignment_changes ORDER BY number")
    assert [step[2] for step in steps] == ["Left a voicemail", "Meeting booked", "Closed: won", "Closed: won"]
    assert house.rows("SELECT count(*) FROM audit WHERE action = 'dispose'") == [(4,)]
    assert house.rows("SELECT count(*) FROM outbox WHERE kind = 'disposition'") == [(4,)]


def test_the_newest_scores_know_the_outcome(house: Any) -> None:
    rescore(house.context)
    house.give(1)
    house.say(1, "not_interested", reason_text="We sold it", reason_code="sold")
    assert house.rows(f"SELECT status_reason FROM leads WHERE id = '{house.lead(1)}'") == [("final_answer",)]
    assert house.field(1, "last_disposition_reason") == "sold"
    house.give(2)
    said = house.say(2, "future_interest", callback_on=TODAY, note="x").disposition
    triggers = f"SELECT trigger FROM scores WHERE lead_id = '{house.lead(2)}' ORDER BY id"
    assert house.rows(triggers)[1:] == [("outcome",)]
    undo(house.context, said.id, because="a mistake")
    assert house.rows(triggers)[1:] == [("outcome",), ("outcome",)]


def test_a_reason_is_confirmed_by_the_person(house: Any) -> None:
    house.give(1)
    with pytest.raises(InputError, match="reads like `timing`"):
        house.say(1, "not_interested", reason_text="not the right time")
    found = house.say(1, "not_interested", reason_text="not the right time", reason_code="other").disposition
    assert (found.suggested_code, found.reason_code) == ("timing", "other")
    house.give(2)
    saying = Saying(house.lead(2), Entry("not_interested", reason_text="no broker needed, he said"))
    with pytest.raises(InputError, match=r"needs the reason's code|reads like"):
        dispose_many(house.context, [saying])


class TestNoAnswer:
    def test_the_lead_rests_and_comes_back_to_the_same_broker(self, house: Any) -> None:
        house.give(1)
        house.say(1, "no_answer", attempts=3)
        assert (house.state(1), open_tasks(house)) == ("inactive", [("retry", TODAY + timedelta(days=90))])
        assert chase(house.later(days=89).context).resumed == 0
        assert chase(house.later(days=1).context).resumed == 1
        assert chase(house.context).as_dict() == {"resumed": 0, "opened": 0, "reminded": {}}
        assert house.state(1) == "active"
        # Three attempts are needed anew.
        with pytest.raises(InputError, match="recorded so far: 1"):
            [house.say(1, outcome) for outcome in ("unanswered", "no_answer")]


class TestDoNotContact:
    def test_whoever_shares_the_contact_is_left_alone_too(self, house: Any) -> None:
        house.give(1)
        house.give(4, house.two)  # Ann+west@OakBakery.com reaches ann@oakbakery.com
        found = house.say(1, "dnc", note="by letter")
        assert found.others == (house.lead(4),)
        assert (house.state(1), house.state(4)) == ("closed", "closed")
        house.take("7,Ivy Travel,Travel,El Paso,TX,915-555-0107,ann@oakbakery.com,1")
        house.take("8,Fir Sign,Print,Waco,TX,(512) 555 0101,fi@firsign.com,1")
        with house.context.session() as session:
            every = {n: leads.load(session, house.lead(n)).lead.fields for n in (1, 2, 4, 7, 8)}
            banned = banned_among(session, house, {house.lead(n): fields for n, fields in every.items()})
        assert set(banned) == {house.lead(n) for n in (1, 4, 7, 8)}
        with pytest.raises(ConflictError, match="not to be contacted"):
            house.say(1, "voicemail")

    def test_a_mistake_ends_the_bans_that_it_made_and_what_it_stopped_goes_on(self, house: Any) -> None:
        house.give(1)
        house.give(4, house.two)  # Reached by the same address.
        house.say(4, "callback_requested", callback_on=TODAY + timedelta(days=4))
        wrong = house.say(1, "dnc").disposition
        assert (house.state(1), house.state(4), open_tasks(house)) == ("closed", "closed", [])
        undo(house.context, wrong.id, because="wrong lead")
        assert (house.state(1), house.field(1, "last_disposition")) == ("active", None)
        assert house.state(4) == "active"
        assert open_tasks(house) == [("call_back", TODAY + timedelta(days=4))]
        with house.context.session() as session:
            assert suppressions.list_(session) == ()
            lifted = {ban.lifted_because for ban in suppressions.list_(session, lifted=True)}
        assert lifted == {"The outcome was taken back: wrong lead"}
        assert house.rows("SELECT count(*) FROM audit WHERE action = 'lift_suppression'") == [(3,)]
        house.say(1, "voicemail")

    @pytest.mark.parametrize("by_hand_first", [True, False])
    def test_what_somebody_else_asked_for_stays_banned(self, house: Any, by_hand_first: bool) -> None:
        def ban_by_hand() -> None:
            with house.context.session() as session:
                given = (session, house.context.playbook, "512-555-0101", "by letter", house.now)
                suppress.ban_contact(*given)

        house.give(1)
        house.give(4, house.two)
        if by_hand_first:
            ban_by_hand()
        wrong = house.say(1, "dnc").disposition
        if not by_hand_first:
            ban_by_hand()
        other = house.say(4, "dnc", note="he wrote").disposition
        undo(house.context, wrong.id, because="wrong lead")
        assert (house.state(1), house.state(4)) == ("closed", "closed")
        with house.context.session() as session:
            bans = {(ban.kind, ban.disposition_id) for ban in suppressions.list_(session)}
        # The number by hand; the shared address, the other number and the other lead by the other outcome.
        assert bans == {("phone", None), ("email", other.id), ("phone", other.id), ("lead", other.id)}
        undo(house.context, other.id, because="he did not")
        assert (house.state(1), house.state(4)) == ("closed", "active")

    def test_an_administrator_lifts_a_ban_with_a_reason(self, house: Any) -> None:
        house.give(1)
        house.say(1, "dnc")
        with house.context.session() as session:
            bans = suppressions.list_(session)
            assert {ban.kind for ban in bans} == {"lead", "email", "phone"}
            with pytest.raises(InputError, match="needs a reason"):
                suppress.lift(session, bans[0].id, because=" ", at=house.now)
            for ban in bans:
                suppress.lift(session, ban.id, because="mistake", at=house.now)
            with pytest.raises(ConflictError, match="lifted already"):
                suppress.lift(session, bans[0].id, because="again", at=house.now)
            assert suppressions.list_(session) == ()
            assert len(suppressions.list_(session, lifted=True)) == 3
        tenant = house.context.door.enter(house.context.workspace_id, tenant_id=house.one, actor="x")
        with tenant as session, pytest.raises(InputError, match="administrator"):
            suppress.lift(session, bans[0].id, because="please", at=house.now)

    def test_a_tenant_bans_for_itself_alone(self, house: Any) -> None:
        with house.context.session() as session:
            given = (session, house.context.playbook, "512-555-0102", "asked", house.now)
            assert suppress.ban_contact(*given, tenant_id=house.one).added == 1
            assert suppress.ban_contact(*given, tenant_id=house.one).added == 0
            fields = {house.lead(2): leads.load(session, house.lead(2)).lead.fields}
            assert banned_among(session, house, fields) == {}
            assert set(banned_among(session, house, fields, tenant_id=house.one)) == set(fields)
            assert len(suppress.check(session, house.context.playbook, "+1 (512) 555-0102")) == 1


class TestTheClockOfTheTenant:
    """On the evening of 3 March in Los Angeles it is the 4th in UTC."""

    @pytest.fixture
    def evening(self, house: Any) -> Any:
        house.give(1)
        change_tenant(house.context, "Broker One", {"time_zone": "America/Los_Angeles"})
        return house.later(hours=15)  # 03:00 UTC

    def test_days_are_its_own(self, evening: Any) -> None:
        assert evening.say(1, "callback_requested", callback_on=TODAY).disposition.next_on == TODAY
        evening.say(1, "voicemail")
        assert open_tasks(evening) == [("attempt", TODAY + timedelta(days=3))]
        assert evening.field(1, "last_disposition_date") == TODAY.isoformat()
        booked = evening.say(1, "booked", booked_for=evening.now - timedelta(minutes=5)).disposition
        assert (booked.days_to_book, open_tasks(evening)) == (0, [("after_meeting", TODAY)])
        with pytest.raises(InputError, match="is still to come: today is 2026-03-03"):
            evening.say(1, "won", signed_on=TODAY + timedelta(days=1))
        with pytest.raises(InputError, match="not before: that is 2026-03-04, and today is 2026-03-03"):
            evening.say(
                1, "won", signed_on=TODAY, closing_on=TODAY + timedelta(days=1), commission=Decimal(1)
            )
        evening.later(hours=6)
        evening.say(1, "won", signed_on=TODAY, closing_on=TODAY + timedelta(days=1), commission=Decimal(1))

    def test_reminders_come_on_its_day(self, evening: Any) -> None:
        evening.say(1, "callback_requested", callback_on=TODAY + timedelta(days=1))
        assert chase(evening.context).reminded == {}
        assert chase(evening.later(hours=6).context).reminded == {"call_back": 1}
        assert chase(evening.later(hours=22).context).reminded == {}
        assert chase(evening.later(hours=2).context).reminded == {"call_back": 1}


class TestTakingBack:
    def test_the_lead_stands_where_the_rows_left_put_it(self, house: Any) -> None:
        house.give(1)
        house.say(1, "future_interest", callback_on=TODAY + timedelta(days=9), note="in a week")
        wrong = house.later(days=1).say(1, "not_interested", reason_text="x", reason_code="other").disposition
        assert (house.state(1), open_tasks(house)) == ("inactive", [])
        back = undo(house.context, wrong.id, because="another business")
        assert (back.standing.stand, house.state(1)) == (Stand.PENDING, "active")
        assert open_tasks(house) == [("call_back", TODAY + timedelta(days=9))]
        assert (house.field(1, "last_disposition"), house.field(1, "booked")) == ("future", None)
        with pytest.raises(ConflictError, match="taken back already"):
            undo(house.context, wrong.id, because="again")
        with pytest.raises(InputError, match="needs a reason"):
            undo(house.context, wrong.id, because="")
        assert house.rows("SELECT count(*) FROM dispositions") == [(3,)]

    def test_rows_are_never_changed(self, house: Any) -> None:
        house.give(1)
        house.say(1, "voicemail")
        for change in (
            "UPDATE dispositions SET note = ''",
            "DELETE FROM dispositions",
            "DELETE FROM suppressions",
        ):
            with pytest.raises(Exception, match="permission denied"):
                house.rows(change)


def test_all_of_many_or_none(house: Any) -> None:
    for number in (1, 2):
        house.give(number)
    good, bad = Saying(house.lead(1), Entry("voicemail")), Saying(house.lead(2), Entry("booked"))
    with pytest.raises(InputError):
        dispose_many(house.context, [good, bad])
    assert house.rows("SELECT count(*) FROM dispositions") == [(0,)]


def test_a_broker_speaks_of_its_own_leads_alone(house: Any) -> None:
    house.give(1)
    with pytest.raises(NotFoundError):
        house.say(1, "voicemail", tenant_id=house.two)
    house.say(1, "voicemail", tenant_id=house.one)
    house.give(2, visible_at=house.now + timedelta(hours=1))
    with pytest.raises(NotFoundError):
        house.say(2, "voicemail", tenant_id=house.one)
    house.give(3, accept_by=house.now + timedelta(hours=1))
    with pytest.raises(ConflictError, match="not accepted yet"):
        house.say(3, "voicemail", tenant_id=house.one)
    with house.context.door.enter(house.context.workspace_id, tenant_id=house.two, actor="x") as session:
        assert dispositions.list_for_leads(session, [house.lead(1)]) == {}
    with house.context.door.enter(house.context.workspace_id, tenant_id=house.one, actor="x") as session:
        shown = prospect(session, house.context.playbook, house.lead(1), house.now, tenant_id=house.one)
    assert (shown.standing.stand, len(shown.rows), len(shown.choices)) == (Stand.WORKING, 1, 12)


class TestChasing:
    def test_a_lead_left_alone_is_reminded_of_on_the_days_of_the_playbook(self, house: Any) -> None:
        house.give(1)
        reminded = []
        for _ in range(9):
            reminded.append(chase(house.context).reminded.get("first_contact", 0))
            house.later(days=1)
        assert reminded == [0, 0, 1, 0, 0, 1, 0, 1, 0]  # days 2, 5 and 7
        house.say(1, "voicemail")
        assert [step for step, _ in open_tasks(house)] == ["attempt"]

    def test_what_is_due_is_reminded_of_once_a_day(self, house: Any) -> None:
        house.give(1)
        house.say(1, "callback_requested", callback_on=TODAY + timedelta(days=1))
        assert chase(house.context).reminded == {}
        assert chase(house.later(days=1).context).reminded == {"call_back": 1}
        assert chase(house.later(hours=2).context).reminded == {}
        assert chase(house.later(days=1).context).reminded == {"call_back": 1}

    @pytest.mark.parametrize("outcome", ["voicemail", "no_answer", "callback_requested"])
    def test_tasks_end_with_the_assignment(self, house: Any, outcome: str) -> None:
        house.give(1)
        more = {"callback_on": TODAY + timedelta(days=2)} if outcome == "callback_requested" else {}
        house.say(1, outcome, attempts=3, **more)
        claw_back(house.context, [house.lead(1)], "wrong broker")
        assert house.rows("SELECT ended_because FROM tasks") == [("wrong broker",)]
        assert chase(house.later(days=91).context).as_dict() == {"resumed": 0, "opened": 0, "reminded": {}}


def test_a_broker_s_leads_in_the_order_of_what_is_due(house: Any) -> None:
    for number in (1, 2, 3):
        house.give(number)
    house.give(5, house.two)
    house.give(6, visible_at=house.now + timedelta(days=1))
    house.say(2, "callback_requested", callback_on=TODAY + timedelta(days=1))
    house.say(1, "voicemail")
    with house.context.session() as session:
        found = list_prospects(session, house.now, tenant_id=house.one)
        assert [(row.entry.title, row.stand) for row in found] == [
            ("Pine Garage", Stand.PENDING),
            ("Oak Bakery", Stand.WORKING),
            ("Elm Dental", Stand.NEW),
        ]
        assert found[0].is_overdue(TODAY + timedelta(days=2))
        assert [row.entry.title for row in list_prospects(session, house.now, stands=[Stand.NEW])] == [
            "Fir Print", "Elm Dental"
        ]  # fmt: skip


def test_a_lead_that_became_part_of_another_goes_on_there(house: Any) -> None:
    house.give(2)
    house.say(2, "voicemail")
    part, whole = house.lead(2), house.lead(3)
    with house.context.session() as session:
        session.connection.execute(
            text("UPDATE leads SET status = 'merged', merged_into = :whole WHERE id = :part"),
            {"whole": whole, "part": part},
        )
    said = house.later(days=1).say(2, "voicemail")
    assert (said.entry.lead.id, said.disposition.attempts) == (whole, 2)
    with house.context.session() as session:
        (row,) = list_prospects(session, house.now)
    assert (row.entry.lead.id, row.standing.attempts) == (whole, 2)
    assert [step for step, _ in open_tasks(house)] == ["attempt"], "the earlier task is done"
