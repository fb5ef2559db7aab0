"""Scores: a history that only grows, one that stands, and runs that can go on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from galena.domain.listing import LeadEntry
from galena.domain.score import Previous
from galena.domain.scored import RunCounts, ScoreHeader, StoredScore
from galena.domain.tenancy import Workspace
from galena.kit.errors import NotFoundError
from galena.kit.ids import new_id
from galena.stores import leads, score_runs, scores, statistics, verdicts
from galena.stores.door import OPERATOR, Door, Session

Add = Callable[..., list[LeadEntry]]


def _score(lead_id: UUID, noon: datetime, **given: Any) -> StoredScore:
    standard: dict[str, Any] = {
        "revision_id": UUID(int=7),
        "as_of": noon,
        "scored_at": noon,
        "micropoints": 62_000_000,
        "tier": "yellow",
        "temperature": "warm",
        "confidence": 0.1 + 0.2,
        "fit": 1 / 3,
        "engagement": 0.0,
        "previous": Previous("red", None),
        "values": (1.5, None, 'a "quoted", text\n', True),
        "contributions": (50_000_000, -3, 12_000_003),
        "trigger": "import",
        "reasons": (0, 2),
    }
    return StoredScore(lead_id=lead_id, **{**standard, **given})


def test_a_score_comes_back_to_the_last_digit(session: Session, add_leads: Add, noon: datetime) -> None:
    (lead,) = add_leads(session, "crm:1")
    written = _score(lead.lead.id, noon)
    assert scores.record_many(session, [written]) == 1
    (kept,) = scores.history(session, lead.lead.id)
    assert kept == replace(written, id=kept.id, reasons=())
    assert sum(kept.contributions) == kept.micropoints
    assert scores.find_standing(session, lead.lead.id) == kept
    assert scores.load_standing(session, [lead.lead.id, uuid4()]) == {lead.lead.id: kept}
    assert scores.find(session, lead.lead.id, kept.id) == kept
    current = scores.load_current(session, [lead.lead.id])[lead.lead.id]
    assert (current.score_id, current.reasons, current.fit) == (kept.id, (0, 2), 1 / 3)


def test_the_history_grows_and_the_last_one_stands(session: Session, add_leads: Add, noon: datetime) -> None:
    one, two = (entry.lead.id for entry in add_leads(session, "crm:1", "crm:2"))
    hour = timedelta(hours=1)
    later = _score(one, noon, scored_at=noon + hour, micropoints=81_000_000, tier="green")
    scores.record_many(session, [_score(one, noon), _score(two, noon)])
    scores.record_many(session, [later])
    assert [score.micropoints for score in scores.history(session, one)] == [81_000_000, 62_000_000]
    assert [score.tier for score in scores.history(session, one, limit=1)] == ["green"]
    at = scores.find_at(session, one, noon + hour / 2)
    assert at is not None
    assert at.tier == "yellow"
    assert scores.find_at(session, one, noon - hour) is None
    current = scores.load_current(session, [one, two])
    assert (current[one].tier, current[two].tier) == ("green", "yellow")
    assert statistics.count_by_tier(session) == {"green": 1, "yellow": 1}


def test_a_question_about_another_time_does_not_stand(
    session: Session, add_leads: Add, noon: datetime
) -> None:
    (lead,) = add_leads(session, "crm:1")
    scores.record_many(session, [_score(lead.lead.id, noon)], standing=False)
    assert len(scores.history(session, lead.lead.id)) == 1
    assert scores.find_standing(session, lead.lead.id) is None


def test_scores_come_as_csv_in_blocks(session: Session, add_leads: Add, noon: datetime) -> None:
    one, two = (entry.lead.id for entry in add_leads(session, "crm:1", "crm:2"))
    lines = (
        f'{one},1000000,C,cold,0.5,0,0,,,"[1,""x""]","{{1000000}}","{{0}}"\n'
        f'{two},0,C,cold,0.5,0,0,B,hot,"[]","{{}}","{{}}"\n'
    ).encode()
    header = ScoreHeader(UUID(int=7), noon, noon, "rules")
    assert scores.record_csv(session, header, [lines[:30], lines[30:]]) == 2
    kept = scores.load_standing(session, [one, two])
    assert kept[one].values == (1, "x")
    assert (kept[one].previous, kept[two].previous) == (Previous(), Previous("B", "hot"))


def test_a_withdrawn_score_stays_in_the_history(session: Session, add_leads: Add, noon: datetime) -> None:
    (lead,) = add_leads(session, "crm:1")
    scores.record_many(session, [_score(lead.lead.id, noon)])
    assert scores.withdraw(session, [lead.lead.id]) == 1
    assert scores.load_current(session, [lead.lead.id]) == {}
    assert len(scores.history(session, lead.lead.id)) == 1
    assert leads.delete_many(session, [lead.lead.id]) == 1
    assert scores.history(session, lead.lead.id) == ()


@pytest.mark.parametrize("statement", ["UPDATE scores SET micropoints = 0", "DELETE FROM scores"])
def test_the_history_cannot_be_changed(session: Session, statement: str) -> None:
    with pytest.raises(Exception, match="permission denied"), session.connection.begin_nested():
        session.connection.execute(text(statement))


def test_a_run_goes_on_where_it_stopped(door: Door, workspace: Workspace, noon: datetime) -> None:
    run_id, reached = new_id(), new_id()
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="score") as session:
        run = score_runs.open_(
            session, run_id, as_of=noon, revision_id=UUID(int=7), trigger="rules", started_at=noon
        )
        assert (run.status, run.author, run.checkpoint_lead_id) == ("running", "score", None)
        score_runs.checkpoint(session, run_id, last_lead_id=new_id(), more=RunCounts(scored=3, moved=1))
        score_runs.checkpoint(session, run_id, last_lead_id=reached, more=RunCounts(scored=2, discarded=4))
        score_runs.interrupt(session, run_id)
        assert [run.id for run in score_runs.list_(session, statuses=["interrupted"])] == [run_id]
        resumed = score_runs.resume(session, run_id)
        assert (resumed.status, resumed.checkpoint_lead_id) == ("running", reached)
        assert resumed.counts == RunCounts(scored=5, discarded=4, moved=1)
        score_runs.fail(session, run_id, at=noon, error="the disk is full")
        assert score_runs.load(session, run_id).error == "the disk is full"
        assert score_runs.finish(session, run_id, at=noon).status == "done"
        with pytest.raises(NotFoundError):
            score_runs.load(session, new_id())


def test_the_humans_word_stands_until_it_ends(session: Session, add_leads: Add, noon: datetime) -> None:
    (lead,) = add_leads(session, "crm:1")
    day = timedelta(days=1)
    first = verdicts.override(
        session, lead.lead.id, reason="knows the owner", tier="A", expires_at=noon + day
    )
    assert verdicts.load_overrides(session, [lead.lead.id], now=noon) == {lead.lead.id: first}
    assert verdicts.load_overrides(session, [lead.lead.id], now=noon + day) == {}
    second = verdicts.override(session, lead.lead.id, reason="sold already", micropoints=0)
    assert verdicts.load_overrides(session, [lead.lead.id], now=noon) == {lead.lead.id: second}
    assert verdicts.load_override(session, first.id).ended_at is not None
    verdicts.end_override(session, second.id, at=noon)
    assert verdicts.load_overrides(session, [lead.lead.id], now=noon) == {}
    assert verdicts.list_all_overrides(session, now=noon, holds=True) == ()
    verdicts.resume_override(session, first)
    assert verdicts.load_overrides(session, [lead.lead.id], now=noon) == {lead.lead.id: first}
    assert [each.id for each in verdicts.list_all_overrides(session, now=noon, holds=False)] == [second.id]
    assert [override.author for override in verdicts.list_overrides(session, lead.lead.id)] == ["a test"] * 2


def test_what_is_said_of_a_score_is_kept(session: Session, add_leads: Add) -> None:
    (lead,) = add_leads(session, "crm:1")
    said = verdicts.add_feedback(session, lead.lead.id, "the roof is new", score_id=3)
    assert verdicts.list_feedback(session, lead.lead.id) == (said,)
    assert (said.reason, said.score_id, said.author) == ("the roof is new", 3, "a test")


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
_VALUE = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
)


@given(values=st.lists(st.one_of(_VALUE, _TEXT)), fit=st.floats(0, 100), tier=_TEXT.filter(bool))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_values_survive(
    session: Session, add_leads: Add, noon: datetime, values: list[Any], fit: float, tier: str
) -> None:
    (lead,) = add_leads(session, "")
    scores.record_many(session, [_score(lead.lead.id, noon, values=tuple(values), fit=fit, tier=tier)])
    (kept,) = scores.history(session, lead.lead.id)
    assert (kept.values, kept.fit, kept.tier) == (tuple(values), fit, tier)
