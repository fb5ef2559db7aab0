"""The table of outcomes, row by row as the specification has it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.domain.disposing import Standing, Terms, judge, offered, standing_of
from galena.domain.dispositions import OUTCOMES, RULES, UNDONE, Disposition, Entry, Stand, rule_of
from galena.kit.errors import ConflictError, InputError

NOW = datetime(2026, 3, 31, 15, tzinfo=UTC)
TODAY = NOW.date()
TERMS = Terms(reasons={"timing": frozenset(), "financing": frozenset({"closed_lost"})})
SINCE = NOW - timedelta(days=21)


def row(outcome: str, *, days_ago: float = 1, **given: Any) -> Disposition:
    standard: dict[str, Any] = {
        name: None for name in Disposition.__dataclass_fields__ if name not in ("reason_text", "note")
    }
    rule = RULES.get(outcome)
    standard |= {"id": uuid4(), "lead_id": UUID(int=1), "reason_text": "", "note": "", "author": "Kim"}
    standard |= {
        "outcome": outcome,
        "stage": rule.stage if rule else 1,
        "attempts": rule.attempts if rule else 0,
    }
    return Disposition(**{**standard, "at": NOW - timedelta(days=days_ago), **given})


def standing(*rows: Disposition, **given: Any) -> Standing:
    return standing_of(rows, **{"since": SINCE, "state": "active", **given})


BOOKED = row("booked", days_ago=7, booked_for=NOW - timedelta(days=1))

# outcome, what is given, where the lead stands, then: state after, next step, its day, grade
ROWS: list[tuple[str, dict[str, Any], Standing, tuple[Any, ...]]] = [
    ("booked", {"booked_for": NOW + timedelta(days=2)}, standing(), ("active", "after_meeting", date(2026, 4, 2), 1.0)),
    ("no_answer", {"attempts": 3}, standing(), ("inactive", "retry", date(2026, 6, 29), 0.5)),
    ("not_interested", {"reason_text": "not now", "reason_code": "timing"}, standing(), ("inactive", None, None, 0.3)),
    ("do_not_contact", {}, standing(), ("closed", None, None, 0.0)),
    (
        "future_interest", {"callback_on": date(2026, 9, 1), "note": "after summer"}, standing(),
        ("active", "call_back", date(2026, 9, 1), 0.7),
    ),
    ("callback_requested", {"callback_on": TODAY}, standing(), ("active", "call_back", TODAY, 0.7)),
    ("voicemail", {}, standing(), ("active", "attempt", date(2026, 4, 3), None)),
    ("unanswered", {}, standing(), ("active", "attempt", date(2026, 4, 3), None)),
    ("wrong_number", {}, standing(), ("active", "mend_contact", TODAY, None)),
    (
        "closed_won", {"signed_on": TODAY, "closing_on": date(2026, 5, 1)}, standing(BOOKED),
        ("active", "commission", date(2026, 5, 1), None),
    ),
    ("closed_won", {"signed_on": TODAY}, standing(BOOKED), ("active", "commission", date(2026, 4, 30), None)),
    (
        "closed_won", {"signed_on": TODAY, "closing_on": TODAY, "commission": Decimal(9000)}, standing(BOOKED),
        ("closed", None, None, None),
    ),
    ("closed_lost", {"reason_text": "x", "reason_code": "financing"}, standing(BOOKED), ("closed", None, None, None)),
    (
        "future_pending", {"callback_on": date(2026, 4, 9), "note": "decides in April"}, standing(BOOKED),
        ("active", "follow_up", date(2026, 4, 9), None),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "given", "where", "expected"), ROWS, ids=[f"{r[0]}-{i}" for i, r in enumerate(ROWS)]
)
def test_row(outcome: str, given: dict[str, Any], where: Standing, expected: tuple[Any, ...]) -> None:
    found = judge(Entry(outcome, **given), where, TERMS, NOW)
    assert (found.after, found.then, found.on, found.rule.grade) == expected


def test_every_outcome_has_a_row_here() -> None:
    assert {each[0] for each in ROWS} == set(OUTCOMES)


@pytest.mark.parametrize(
    ("outcome", "given", "missing"),
    [
        ("booked", {}, "when the meeting is"),
        ("no_answer", {"attempts": 2}, "3 attempts; recorded so far: 2"),
        ("not_interested", {"reason_code": "timing"}, "the reason in words"),
        ("not_interested", {"reason_text": "no"}, "the reason's code"),
        ("not_interested", {"reason_text": "no", "reason_code": "financing"}, "no reason for not interested"),
        ("future_interest", {"callback_on": TODAY}, "a note"),
        ("future_interest", {"note": "later"}, "a call-back date"),
        ("future_interest", {"note": "x", "callback_on": date(2026, 3, 30)}, "is past"),
        ("callback_requested", {}, "a call-back date"),
        ("closed_won", {}, "the day it was signed"),
        ("closed_won", {"signed_on": date(2026, 4, 1)}, "still to come"),
        ("closed_won", {"signed_on": TODAY, "commission": Decimal(1)}, "not known yet"),
        (
            "closed_won",
            {"signed_on": TODAY, "closing_on": date(2026, 4, 1), "commission": Decimal(1)},
            "not before",
        ),
        ("closed_won", {"signed_on": TODAY, "closing_on": date(2026, 3, 1)}, "before the signature"),
        ("closed_lost", {"reason_text": "no"}, "the reason's code"),
        ("future_pending", {"callback_on": TODAY}, "a note"),
        ("voicemail", {"commission": Decimal(1)}, "has no commission"),
    ],
)
def test_what_is_missing_is_named(outcome: str, given: dict[str, Any], missing: str) -> None:
    where = standing(BOOKED) if RULES[outcome].stage == 2 else standing()
    with pytest.raises(InputError, match=missing):
        judge(Entry(outcome, **given), where, TERMS, NOW)


class TestOrder:
    def test_the_meeting_comes_before_what_became_of_it(self) -> None:
        with pytest.raises(ConflictError, match="no meeting was booked"):
            judge(Entry("closed_won", signed_on=TODAY), standing(), TERMS, NOW)
        coming = row("booked", booked_for=NOW + timedelta(hours=1))
        with pytest.raises(ConflictError, match="still to come"):
            judge(Entry("closed_won", signed_on=TODAY), standing(coming), TERMS, NOW)

    def test_calls_add_up_to_no_answer(self) -> None:
        calls = [row("voicemail", attempts=1, days_ago=9), row("unanswered", attempts=2, days_ago=6)]
        with pytest.raises(InputError, match="recorded so far: 2"):
            judge(Entry("no_answer"), standing(*calls), TERMS, NOW)
        calls.append(row("voicemail", attempts=3))
        assert judge(Entry("no_answer"), standing(*calls), TERMS, NOW).after == "inactive"
        assert standing(*calls, row("no_answer", attempts=3, days_ago=0.5)).attempts == 0

    def test_a_commission_is_entered_later_on_the_same_deal(self) -> None:
        won = row("closed_won", signed_on=date(2026, 3, 20), closing_on=TODAY, deal_value=Decimal(90_000))
        found = judge(Entry("closed_won", commission=Decimal(9_000)), standing(BOOKED, won), TERMS, NOW)
        assert (found.entry.signed_on, found.entry.deal_value) == (date(2026, 3, 20), Decimal(90_000))
        assert (found.after, found.days_to_close) == ("closed", 10)  # 2026-03-10 to 03-20
        paid = row("closed_won", days_ago=0, signed_on=TODAY, commission=Decimal(9_000))
        with pytest.raises(ConflictError, match="entered already"):
            judge(Entry("closed_won", commission=Decimal(1)), standing(BOOKED, paid), TERMS, NOW)

    def test_days_to_book(self) -> None:
        assert judge(Entry("booked", booked_for=NOW), standing(), TERMS, NOW).days_to_book == 21

    def test_a_decided_deal_is_not_reopened_but_contact_can_always_be_banned(self) -> None:
        lost = standing(BOOKED, row("closed_lost", days_ago=0))
        with pytest.raises(ConflictError, match="is decided"):
            judge(Entry("booked", booked_for=NOW), lost, TERMS, NOW)
        assert judge(Entry("do_not_contact"), lost, TERMS, NOW).rule.bans
        with pytest.raises(ConflictError, match="asked not to be contacted"):
            judge(Entry("voicemail"), standing(row("do_not_contact")), TERMS, NOW)

    def test_a_lead_that_is_gone_takes_nothing(self) -> None:
        for state in ("returned", "clawed_back", "released", "declined"):
            with pytest.raises(ConflictError, match="not with this broker"):
                judge(Entry("voicemail"), standing(state=state), TERMS, NOW)


class TestStanding:
    def test_the_newest_of_a_stage_counts(self) -> None:
        assert standing().stand is Stand.NEW
        assert standing(row("voicemail")).stand is Stand.WORKING
        assert standing(row("future_interest")).stand is Stand.PENDING
        assert standing(row("no_answer"), state="inactive").stand is Stand.GREY
        assert standing(row("no_answer"), state="active").stand is Stand.WORKING  # its rest is over
        assert standing(BOOKED).stand is Stand.BOOKED
        assert standing(BOOKED, row("future_pending")).stand is Stand.DECIDING
        assert standing(BOOKED, row("closed_won")).stand is Stand.CLOSING
        assert standing(BOOKED, row("closed_won", commission=Decimal(1))).stand is Stand.WON
        assert standing(row("future_interest", days_ago=3), BOOKED).stand is Stand.PENDING

    def test_what_was_taken_back_is_as_if_it_had_not_been(self) -> None:
        wrong = row("do_not_contact", days_ago=2)
        back = row(UNDONE, corrects=wrong.id)
        assert standing(wrong, back) == standing()
        assert standing(BOOKED, wrong, back).stand is Stand.BOOKED


def test_offered_says_what_each_needs_and_why_not() -> None:
    found = {each.rule.outcome: each for each in offered(standing(row("voicemail")), TERMS, NOW)}
    assert list(found) == list(OUTCOMES)
    assert found["no_answer"].needs == ("3 attempts (1 recorded so far)",)
    assert found["booked"].refused is None
    assert found["closed_won"].refused == "no meeting was booked. Record `booked` first."


def test_outcomes_are_known_by_the_words_people_use() -> None:
    assert rule_of("No answer").outcome == rule_of("no-answer").outcome == "no_answer"
    assert rule_of("DNC").outcome == "do_not_contact"
    assert rule_of("won").outcome == "closed_won"
    with pytest.raises(InputError, match="no outcome"):
        rule_of("maybe")


STEPS = st.lists(st.tuples(st.sampled_from(OUTCOMES), st.booleans()), max_size=12)


@given(STEPS)
def test_laws_of_any_sequence(steps: list[tuple[str, bool]]) -> None:
    """What the table allows never leaves its rows, and what is taken back leaves no trace."""
    rows: list[Disposition] = []
    states = ["active"]
    for place, (outcome, is_undone) in enumerate(steps):
        now = NOW + timedelta(days=place)
        where = standing_of(rows, since=SINCE, state=states[-1])
        day = now.date()
        said = Entry(
            outcome,
            note="n",
            reason_text="x",
            reason_code="timing",
            callback_on=day if "callback_on" in RULES[outcome].needs else None,
            booked_for=now if outcome == "booked" else None,
            signed_on=day if outcome == "closed_won" else None,
            attempts=3 if outcome == "no_answer" else None,
        )
        try:
            found = judge(said, where, TERMS, now)
        except ConflictError:
            continue
        if RULES[outcome].stage == 2:
            assert where.first is not None
            assert where.first.outcome == "booked"
        assert where.first is None or where.first.outcome != "do_not_contact" or outcome == "do_not_contact"
        assert (found.then is None) == (found.on is None)
        assert found.on is None or found.on >= day
        new = replace(row(outcome), at=now, attempts=found.attempts)
        if is_undone:
            back = replace(row(UNDONE, corrects=new.id), at=now)
            assert standing_of([*rows, new, back], since=SINCE, state=states[-1]) == where
            continue
        rows.append(new)
        states.append(found.after or states[-1])
    assert set(states) <= {"active", "inactive", "closed"}
