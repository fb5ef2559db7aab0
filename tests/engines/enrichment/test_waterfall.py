"""Whom to ask next."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from galena.domain.enrichment import FieldState, LookUp
from galena.domain.playbook.enrichment import Enrichment, Wanted
from galena.engines.enrichment.waterfall import KnownLead, Provider, Waterfall, holds_for, lead_status

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = Provider("first", "cad_a", frozenset(("owner", "value")), ("address",), 0, "cad_a")
SECOND = Provider("second", "cad_b", frozenset(("owner",)), ("address",), 10, "cad_b")
WANTS = Enrichment(
    wants={
        "owner": Wanted(providers=("cad_a", "cad_b"), days=30, least_confidence=0.7),
        "value": Wanted(providers=("cad_a",), days=90),
    }
)
PLAN = Waterfall(WANTS, (SECOND, FIRST))


def look_up(
    provider: str, outcome: Any, *fields: str, days_ago: int = 1, asked: Any = ("owner", "value")
) -> LookUp:
    at = NOW - timedelta(days=days_ago)
    return LookUp(
        UUID(int=days_ago), UUID(int=1), provider, outcome, asked, at, "a test", fields, ended_at=at,
        fresh_until=at + timedelta(days=30),
    )  # fmt: skip


def lead(*past: LookUp, **fields: Any) -> KnownLead:
    return KnownLead(fields, dict.fromkeys(fields, "cad_a" if past else "permits"), past)


def asked(known: KnownLead, **given: Any) -> tuple[str, tuple[str, ...]] | None:
    question = PLAN.next(known, NOW, **given)
    return (question.provider.name, question.fields) if question else None


def test_the_first_in_order_is_asked_for_all_it_can_give() -> None:
    assert asked(lead()) == ("first", ("owner", "value"))


def test_the_next_is_asked_only_for_what_the_first_did_not_give() -> None:
    assert asked(lead(look_up("first", "found", "value"), value=5)) == ("second", ("owner",))
    assert asked(lead(look_up("first", "found", "owner", "value"), owner="x", value=5)) is None


def test_what_its_own_records_say_is_never_asked_for() -> None:
    assert asked(lead(owner="x", value=5)) is None
    assert asked(lead(owner="x")) == ("first", ("value",))


def test_nobody_is_asked_twice_while_the_answer_holds() -> None:
    both = (look_up("first", "absent"), look_up("second", "unsure"))
    assert asked(lead(*both)) is None
    old = (look_up("first", "absent", days_ago=31), look_up("second", "unsure", days_ago=31))
    assert asked(lead(*old)) == ("first", ("owner", "value"))
    assert asked(lead(look_up("first", "failed"))) == ("first", ("owner", "value"))


def test_what_is_not_worth_its_price_is_left_out() -> None:
    assert asked(lead(), skipped=("owner", "value")) is None
    assert asked(lead(), asked=("first",)) == ("second", ("owner",))


def test_how_fields_and_leads_stand() -> None:
    found = look_up("first", "found", "owner", "value", days_ago=31)
    states = PLAN.states(lead(found, owner="x", value=5), NOW)
    assert [(each.field, each.status) for each in states] == [("owner", "stale"), ("value", "found")]
    assert lead_status(states) == "stale"
    assert lead_status(PLAN.states(lead(owner="x", value=5), NOW)) == "complete"
    assert lead_status(PLAN.states(lead(owner="x"), NOW)) == "partial"
    assert lead_status(PLAN.states(lead(), NOW)) == "pending"
    assert lead_status([FieldState("owner", "failed")]) == "failed"
    assert lead_status([FieldState("owner", "absent"), FieldState("value", "not_needed")]) == "complete"


def test_an_answer_is_good_when_it_is_there_and_sure_enough() -> None:
    assert PLAN.is_good("owner", "x", 0.7)
    assert not PLAN.is_good("owner", "x", 0.69)
    assert not PLAN.is_good("owner", "", 1.0)
    assert holds_for(WANTS.wants, ("owner", "value")) == timedelta(days=30)
