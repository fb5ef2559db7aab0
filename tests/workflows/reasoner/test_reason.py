"""The reasoner asked about leads: once each, within its means, and never a made-up score."""

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from galena.domain.connection import Connection
from galena.domain.listing import LeadQuery
from galena.domain.reasoner import RETRY_MICROPOINTS, RETRY_TIER
from galena.domain.scored import CurrentScore
from galena.kit.errors import ConflictError
from galena.kit.ids import new_id
from galena.stores import connections, lead_lists, reasoner_answers, reasoner_ledger, reasoner_setups, scores
from galena.workflows.export import export_buckets, export_list
from galena.workflows.lead_view import view_lead
from galena.workflows.overrides import override_score
from galena.workflows.reasoner_status import reasoner_status
from galena.workflows.rescore import rescore, rescore_leads

PERMITS = 24


def standing(office: Any) -> dict[Any, CurrentScore]:
    with office.context.session() as session:
        return scores.load_current(session, lead_lists.ids(session, LeadQuery(statuses=("active",))))


def methods(office: Any) -> set[str]:
    return {score.method for score in standing(office).values()}


def test_without_an_endpoint_rules_score_and_nobody_can_be_asked(new_office: Callable[..., Any]) -> None:
    office = new_office()
    assert methods(office) == {"rules"}
    with pytest.raises(ConflictError, match="no reasoner"):
        office.run()


def test_every_lead_is_asked_about_once_and_the_answer_is_its_score(new_office: Callable[..., Any]) -> None:
    office = new_office()
    office.set_up()
    report = office.run()
    assert (report.asked, report.created, report.updated, report.errors) == (PERMITS, 0, PERMITS, 0)
    assert methods(office) == {"ai-reasoner"}
    # Two permits say the same, but for their values: each content is paid once.
    tally = office.server.tally.as_dict()
    assert tally["paid"] == report.calls == tally["records"]
    again = office.run()
    assert (again.calls, again.asked, again.skipped) == (0, 0, PERMITS)
    assert rescore(office.context).changed == 0


def test_what_it_says_is_kept_with_the_lead_and_shown(new_office: Callable[..., Any], tmp_path: Path) -> None:
    office = new_office()
    office.set_up()
    office.run()
    lead_id = next(iter(standing(office)))
    with office.context.session() as session:
        view = view_lead(session, lead_id)
        export_list(session, tmp_path / "out.csv", "csv", LeadQuery())
    assert view.reasoning is not None
    answer = view.reasoning.answer
    assert answer is not None
    assert answer.thinking
    assert answer.contact_priority in ("call", "email", "skip")
    assert view.standing is not None
    assert view.standing.score.micropoints == answer.micropoints
    assert [part.micropoints for part in view.standing.score.contributions] == [answer.micropoints]
    assert view.standing.replays is None
    assert view.explanation is not None
    assert view.explanation.method == "by the reasoner"
    assert view.diff is not None
    assert [change.sentence for change in view.diff.changes] == ["The reasoner answered"]
    head, first = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[:2]
    assert "method,contact_priority,ideal_contractor,flags,reasoning" in head
    assert "ai-reasoner" in first


@pytest.mark.parametrize(
    "fault",
    ["broken_json", "wrong_fields", "out_of_range", "wrong_check", "empty_choices", "cut_short", "prose"],
)
def test_a_call_without_a_valid_answer_never_becomes_a_score(
    new_office: Callable[..., Any], fault: str
) -> None:
    office = new_office(faults={fault: 1.0})
    office.set_up(attempts=2)
    report = office.run(limit=3)
    waiting = [score for score in standing(office).values() if score.method == "pending_retry"]
    assert report.errors == len(waiting) == 3
    assert {(score.micropoints, score.tier) for score in waiting} == {(RETRY_MICROPOINTS, RETRY_TIER)}
    assert RETRY_MICROPOINTS == -1_000_000
    assert office.server.tally.as_dict()["calls"] == {fault: 6}


def test_a_lead_that_waits_is_tried_again_later_and_rules_never_stand_in(
    new_office: Callable[..., Any],
) -> None:
    office = new_office(faults={"server_error": 1.0})
    office.set_up(attempts=1)
    office.run(limit=2)
    waiting = {lead for lead, score in standing(office).items() if score.method == "pending_retry"}
    assert len(waiting) == 2
    rescore(office.context)
    with office.context.session() as session:
        rescore_leads(session, list(waiting), office.context.clock(), trigger="request")
    assert {standing(office)[lead].method for lead in waiting} == {"pending_retry"}
    # Its time has not come: five minutes, ten after the second failure.
    assert office.run(only_waiting=True).asked == 0
    later = office.at(office.context.clock() + timedelta(minutes=6))
    assert later.run(only_waiting=True).errors == 2
    assert office.at(office.context.clock() + timedelta(minutes=15)).run(only_waiting=True).asked == 0
    office.server.manner = replace(office.server.manner, faults={})
    assert later.run(retry_now=True, only_waiting=True).updated == 2
    assert {standing(office)[lead].method for lead in waiting} == {"ai-reasoner"}


def test_what_waits_is_not_put_on_a_shelf(new_office: Callable[..., Any], tmp_path: Path) -> None:
    office = new_office(faults={"server_error": 1.0})
    office.set_up(attempts=1)
    assert office.run(limit=5).errors == 5
    with office.context.session() as session:
        report = export_buckets(session, tmp_path, LeadQuery())
    assert report.rows == PERMITS - 5
    assert not [name for name in report.files if "RETRY" in name]
    with office.context.session() as session:
        waits = lead_lists.page(session, LeadQuery(tiers=(RETRY_TIER,)), limit=1).rows[0]
        override_score(session, waits.id, points=99.5, tier="a", reason="Saw it.", now=office.context.clock())
        report = export_buckets(session, tmp_path, LeadQuery())
    assert report.rows == PERMITS - 4
    sold = [
        row
        for name in report.files
        for row in csv.DictReader(Path(name).read_text().splitlines())
        if row["score"] == "99.5"
    ]
    assert [(row["tier"], row["machine_tier"]) for row in sold] == [("a", RETRY_TIER)]
    assert "override_reason" not in sold[0]  # A buyer is not told who said so, and why.


def test_failures_on_the_way_are_tried_again_and_nothing_is_lost(new_office: Callable[..., Any]) -> None:
    kinds = (
        "too_busy",
        "server_error",
        "broken_json",
        "hang_up",
        "cut_short",
        "wrong_fields",
        "not_json_at_all",
    )
    office = new_office(faults=dict.fromkeys(kinds, 0.06), retry_after_s=0.01)
    office.set_up(attempts=8)
    report = office.run()
    assert (report.asked, report.errors) == (PERMITS, 0)
    assert report.calls > PERMITS
    assert report.calls == sum(office.server.tally.as_dict()["calls"].values())


def test_an_outage_ends_the_run_and_leaves_the_others_as_they_are(new_office: Callable[..., Any]) -> None:
    office = new_office(key="right")
    office.set_up()
    report = office.run()
    assert report.ended_because is not None
    assert "refuses" in report.ended_because
    assert 1 <= report.errors <= 6
    assert report.left == PERMITS
    assert sorted({score.method for score in standing(office).values()}) == ["pending_retry", "rules"]


def test_the_ledger_holds_every_call_with_its_tokens_and_its_cost(new_office: Callable[..., Any]) -> None:
    office = new_office()
    office.set_up()
    report = office.run()
    tally = office.server.tally.as_dict()
    with office.context.session() as session:
        spent = reasoner_ledger.spending(session)
    assert (spent.calls, spent.answered, spent.failed) == (report.calls, report.calls, 0)
    assert spent.prompt_tokens == tally["tokens"]["prompt_tokens"]
    assert spent.completion_tokens == tally["tokens"]["completion_tokens"]
    assert spent.cached_tokens > 0
    assert spent.reasoning_tokens > 0
    assert spent.estimated_micros == 0
    assert report.spent == spent.cost_micros / 1e6 > 0
    facts = reasoner_status(office.context)
    assert facts["ever"]["cost"] == report.spent
    assert facts["runs"][0]["status"] == "done"
    assert (facts["unanswered"], facts["waiting_for_retry"]) == (0, 0)


@pytest.mark.parametrize("which", ["run", "day"])
def test_a_ceiling_ends_the_run_before_it_is_passed(new_office: Callable[..., Any], which: str) -> None:
    office = new_office()
    limit = 4_500  # Millionths: one call may cost up to about 3,000, and costs about 230.
    office.set_up(**{f"{'run' if which == 'run' else 'daily'}_ceiling_micros": limit})
    report = office.run()
    assert report.ended_because == "the money ceiling is reached"
    assert 0 < report.spent <= limit / 1e6
    assert 0 < report.asked < PERMITS
    assert report.left == PERMITS - report.asked
    more = office.run()
    assert (more.spent > 0) is (which == "run")
    # The next day there is money again.
    assert office.at(office.context.clock() + timedelta(days=1)).run().spent > 0


def test_no_money_at_all_asks_nobody(new_office: Callable[..., Any]) -> None:
    office = new_office()
    office.set_up()
    report = office.run(ceiling_micros=0)
    assert (report.calls, report.asked, office.server.tally.as_dict()["paid"]) == (0, 0, 0)
    assert methods(office) == {"rules"}


def test_leads_that_wait_for_facts_are_not_paid_for(new_office: Callable[..., Any]) -> None:
    office = new_office()
    office.set_up()
    county = Connection(new_id(), "tarrant", "cad_tarrant", {}, office.context.clock(), "a test")
    with office.context.session() as session:
        connections.add(session, county)
    report = office.run()
    assert (report.calls, report.asked, office.server.tally.as_dict()["paid"]) == (0, 0, 0)


def test_never_more_calls_at_once_than_allowed(new_office: Callable[..., Any]) -> None:
    office = new_office(latency_s=(0.05, 0.05))
    office.set_up(concurrency=4)
    office.run()
    assert 2 <= office.server.tally.as_dict()["most_at_once"] <= 4


def test_calls_left_open_by_a_dead_process_count_at_their_most(new_office: Callable[..., Any]) -> None:
    office = new_office()
    office.set_up(daily_ceiling_micros=3_000_000)
    with office.context.session() as session:
        session.connection.execute(
            text(
                "INSERT INTO reasoner_calls (id, content_hash, attempt, model, prompt_version, outcome, sent_at,"
                " reserved_micros) VALUES (gen_random_uuid(), 'x', 1, 'm', 1, 'sent', :at, 2999999)"
            ),
            {"at": office.context.clock()},
        )
    report = office.run()
    assert report.lost == 1
    assert (report.calls, report.ended_because) == (0, "the money ceiling is reached")


def test_a_lead_that_changes_is_asked_about_again_and_keeps_its_score_until_then(
    new_office: Callable[..., Any],
) -> None:
    office = new_office()
    office.set_up()
    office.run()
    lead_id, before = next(iter(standing(office).items()))
    with office.context.session() as session:
        session.connection.execute(
            text(
                "UPDATE leads SET fields = jsonb_set(fields, '{declared_value}', '90000'), updated_at = now()"
                " WHERE id = :id"
            ),
            {"id": lead_id},
        )
    report = rescore(office.context)
    assert report.waiting == 1
    assert standing(office)[lead_id] == before
    assert office.run().asked == 1
    assert standing(office)[lead_id].micropoints != before.micropoints


def test_another_model_asks_again_and_switching_off_gives_the_leads_back_to_the_rules(
    new_office: Callable[..., Any],
) -> None:
    office = new_office()
    setup = office.set_up()
    office.run()
    later = office.at(office.context.clock() + timedelta(minutes=1))
    with later.context.session() as session:
        reasoner_setups.record(
            session, replace(setup, model="deepseek-chat", changed_at=later.context.clock())
        )
    assert later.run().asked == PERMITS
    assert methods(office) == {"ai"}
    last = office.at(office.context.clock() + timedelta(minutes=2))
    with last.context.session() as session:
        reasoner_setups.record(session, replace(setup, enabled=False, changed_at=last.context.clock()))
    rescore(last.context)
    assert methods(office) == {"rules"}


def test_an_answer_kept_for_the_same_content_costs_nothing(new_office: Callable[..., Any]) -> None:
    office = new_office()
    office.set_up()
    office.run()
    with office.context.session() as session:
        for table in ("current_scores", "lead_reasonings"):
            session.connection.execute(text(f"DELETE FROM {table}"))
    assert rescore(office.context).scored == PERMITS
    assert methods(office) == {"ai-reasoner"}
    assert office.run().calls == 0
    with office.context.session() as session:
        ids = lead_lists.ids(session, LeadQuery())
        assert len(reasoner_answers.load_for_leads(session, ids)) == PERMITS
