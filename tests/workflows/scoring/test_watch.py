"""The best leads watched: quiet while nothing moves, and in plain words when it does."""

from datetime import timedelta
from typing import Any

import pytest

from galena.stores import audit, leads, outbox, revisions
from galena.workflows import watch
from galena.workflows.context import Context
from galena.workflows.plans import active_plan, new_revision
from galena.workflows.rescore import rescore


def alerts(context: Context) -> list[Any]:
    with context.session() as session:
        told = [dict(each.payload) for each in outbox.read(session, limit=10_000) if each.kind == "alert"]
        return [each for each in told if not each["alert"].startswith("identity_")]


def start_from(context: Context, points: float) -> None:
    with context.session() as session:
        playbook = active_plan(session).playbook
        rules = playbook.rules.model_copy(update={"start_points": points})
        revisions.save(session, new_revision(playbook.model_copy(update={"rules": rules}), "moved"))


def test_a_share_that_moves_is_told_once_with_its_cause(market: Context) -> None:
    assert rescore(market).alarms == ()
    assert rescore(market).alarms == ()
    start_from(market, 60.0)
    report = rescore(market)
    (alarm,) = report.alarms
    assert alarm.startswith("Green is ")
    assert alarm.endswith("Since the scoring before, the rules became revision 2.")
    (alert,) = alerts(market)
    assert (alert["alert"], alert["severity"], alert["what"]) == ("best_share_moved", "warning", alarm)
    assert alert["share"] > 1.25 * alert["share_before"]
    # From then on this is the usual share.
    assert rescore(market).alarms == ()
    with market.session() as session:
        assert [each.action for each in audit.list_(session, subject="tier:green")] == ["best_share_moved"]


def test_leads_that_turn_out_differently_are_told(market: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 40 green leads decided lately none booked; of 40 decided before, 20 did."""
    assert rescore(market).alarms == ()
    now = market.clock()
    lines = [b"lead_id,lead_key,fields,told_at_us"]
    for number in range(80):
        at = now - timedelta(days=5 if number < 40 else 50)
        booked = str(number >= 40 and number % 2 == 0).lower()
        lines.append(f'{number},crm:{number},"{{""booked"": {booked}}}",{int(at.timestamp() * 1e6)}'.encode())
    monkeypatch.setattr(leads, "read_decided", lambda *_, **__: b"\n".join(lines) + b"\n")
    (alarm,) = rescore(market).alarms
    assert alarm == (
        "Leads that were green turn out differently: “Books a meeting” came true for 0.0 % of the 40 decided in the"
        " last 30 days, and for 50 % of the 40 before."
    )
    assert alerts(market)[-1]["alert"] == watch.CONVERSION
    # Not again within the month.
    assert rescore(market).alarms == ()


def test_only_outcomes_told_after_a_score_count(market: Context) -> None:
    """The market's outcomes came in with the leads, before any score: nobody had worked a green lead yet."""
    rescore(market)
    with market.session() as session:
        told = leads.read_decided(session, ["booked"], tier="green")
    assert told.splitlines() == [b"lead_id,lead_key,fields,told_at_us"]
