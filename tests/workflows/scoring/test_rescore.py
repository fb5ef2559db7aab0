"""Scoring a workspace: every lead once, nothing doubled, resumed where it stopped, the same as one by one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from galena.domain.listing import LeadQuery
from galena.domain.score import Score
from galena.kit.clock import fixed_clock
from galena.kit.errors import ConflictError
from galena.stores import imports, lead_lists, leads, outbox, score_runs, scores, signals
from galena.stores.holds import hold
from galena.workflows import rescore as story
from galena.workflows.context import Context
from galena.workflows.lead_view import inputs_of, view_lead
from galena.workflows.plans import active_plan
from galena.workflows.rescore import rescore, rescore_leads
from galena.workflows.undo import undo_import


def count(context: Context, table: str) -> int:
    with context.session() as session:
        return int(session.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_every_lead_is_scored_once_and_the_numbers_add_up(market: Context) -> None:
    report = rescore(market)
    assert report.leads == report.scored + report.discarded + report.needs_enrichment
    assert report.leads == count(market, "leads WHERE status <> 'merged'")
    assert report.scored == report.changed == sum(report.tiers.values()) == count(market, "current_scores")
    assert report.moved == 0


def test_the_same_again_leaves_no_trace(market: Context) -> None:
    rescore(market)
    before = count(market, "scores"), count(market, "outbox")
    again = rescore(market)
    assert again.changed == 0
    assert (count(market, "scores"), count(market, "outbox")) == before


def test_a_batch_scores_a_lead_as_one_by_one(market: Context) -> None:
    rescore(market)
    with market.session() as session:
        plan = active_plan(session)
        for lead_id in lead_lists.ids(session, LeadQuery(statuses=("active",)), limit=20):
            stored = scores.find_standing(session, lead_id)
            assert stored is not None
            inputs = inputs_of(
                plan, leads.load(session, lead_id), signals.list_for_lead(session, lead_id), stored.as_of
            )
            alone = plan.scorer.score_one(inputs, stored.as_of)
            assert isinstance(alone, Score)
            assert plan.scorer.restore(stored) == replace(alone, fallback="few_labels")


def test_time_alone_moves_scores_and_the_difference_adds_up(market: Context) -> None:
    rescore(market)
    later = replace(market, clock=fixed_clock(market.clock() + timedelta(days=90)))
    report = rescore(later)
    assert report.changed > 0
    with later.session() as session:
        moved = [
            view
            for lead_id in lead_lists.ids(session, LeadQuery(statuses=("active",)), limit=100)
            if len((view := view_lead(session, lead_id)).past) == 2
        ]
    assert moved
    for view in moved:
        assert view.diff is not None
        assert view.diff.after - view.diff.before == sum(change.micropoints for change in view.diff.changes)
        assert all(past.replays for past in view.past)
        assert view.explanation is not None
        assert sum(part.micropoints for part in view.explanation.parts) == view.explanation.micropoints


def test_a_run_that_was_cut_off_is_taken_up(market: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "BATCH", 20)

    def stop(done: int, total: int | None = None, doing: str | None = None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rescore(market, advance=stop)
    assert count(market, "current_scores") == 20
    report = rescore(market)
    assert report.leads == count(market, "leads WHERE status <> 'merged'")
    assert count(market, "scores") == count(market, "current_scores") == report.scored
    with market.session() as session:
        (run,) = score_runs.list_(session)
    assert run.status == "done"


def test_each_first_score_is_told_in_the_outbox(market: Context) -> None:
    report = rescore(market)
    with market.session() as session:
        told = [event for event in outbox.read(session) if event.kind == "scored"]
    assert len(told) == report.scored
    assert all(event.payload["tier"] in report.tiers for event in told)


def test_two_at_once_are_refused(market: Context) -> None:
    with (
        hold(market.door, market.workspace_id, doing="scoring this workspace"),
        pytest.raises(ConflictError, match="scoring this workspace"),
    ):
        rescore(market)


def test_some_leads_alone(market: Context) -> None:
    with market.session() as session:
        ids = lead_lists.ids(session, LeadQuery(), limit=3)
        assert rescore_leads(session, ids, market.clock(), trigger="request") == 3
        assert rescore_leads(session, ids, market.clock(), trigger="request") == 0
    assert count(market, "current_scores") == 3


def test_leads_that_vanish_while_they_are_scored_are_left_out(
    market: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    with market.session() as session:
        founders = [each.id for each in imports.list_(session, limit=10)]
    compute = story.judge_batch

    def compute_slowly(*given: Any, **more: Any) -> Any:
        found = compute(*given, **more)
        for founder in founders:
            undo_import(market, founder)
        return found

    monkeypatch.setattr(story, "judge_batch", compute_slowly)
    report = rescore(market)
    assert (report.leads, report.changed, report.tiers) == (0, 0, {})
    assert count(market, "leads") == count(market, "scores") == count(market, "current_scores") == 0
