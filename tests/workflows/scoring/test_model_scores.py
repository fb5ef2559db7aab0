"""A workspace scored by its models: labelled, replayed to the last digit, and by rules when a model cannot be used."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import text

from galena.domain.events import Event
from galena.domain.listing import LeadQuery
from galena.domain.registered_model import RegisteredModel
from galena.domain.score import Score
from galena.domain.scored import StoredScore
from galena.engines.scoring.model_scoring import ModelScorer
from galena.kit.clock import fixed_clock
from galena.kit.errors import ConflictError
from galena.kit.object_store import open_object_store
from galena.stores import (
    audit,
    head_scores,
    lead_lists,
    leads,
    models,
    outbox,
    scores,
    shadow_scores,
    signals,
)
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.lead_models import bench_of
from galena.workflows.lead_view import inputs_of, view_lead
from galena.workflows.model_artefacts import forget_models
from galena.workflows.plans import active_plan
from galena.workflows.reasons import reasons_of
from galena.workflows.rescore import rescore, rescore_leads

Register = Callable[..., RegisteredModel]


def refusals(session: Session) -> list[Event]:
    """The alerts about models that were refused; what is alike among the leads has alerts of its own."""
    alerts = [event for event in outbox.read(session) if event.kind == "alert"]
    return [alert for alert in alerts if alert.payload["alert"] == "model_refused"]


def standing(session: Session, limit: int = 25) -> list[StoredScore]:
    ids = lead_lists.ids(session, LeadQuery(statuses=("active",)), limit=limit)
    return list(scores.load_standing(session, ids).values())


def later(context: Context, **by: float) -> Context:
    return replace(context, clock=fixed_clock(context.clock() + timedelta(**by)))


def test_the_champion_scores_and_every_score_says_so(market: Context, register: Register) -> None:
    model = register(market)
    report = rescore(market)
    assert (report.models, report.fallback) == ((model.name,), None)
    with market.session() as session:
        plan = active_plan(session)
        first = bench_of(market, plan).first
        assert first is not None
        for stored in standing(session):
            assert (stored.method, stored.model_id, stored.fallback) == ("model", model.id, None)
            assert sum(stored.contributions) == stored.micropoints
            # One lead alone, as in the batch, to the last digit.
            inputs = inputs_of(
                plan,
                leads.load(session, stored.lead_id),
                signals.list_for_lead(session, stored.lead_id),
                stored.as_of,
            )
            alone = first.scorer.score_one(inputs, stored.as_of)
            assert isinstance(alone, Score)
            assert first.scorer.restore(stored) == alone
            (said,) = head_scores.list_for_lead(session, stored.lead_id)
            assert round(said.probability * 1e8) == stored.micropoints
            assert said.low <= said.probability <= said.high
            assert len(said.members) == len(first.scorer.members) == 3


def test_old_scores_replay_whoever_made_them(market: Context, register: Register) -> None:
    rescore(market)
    first = register(market)
    rescore(later(market, days=30))
    second = register(market, weight=1.0)
    rescore(later(market, days=60))
    forget_models()
    with market.session() as session:
        (lead_id, *_) = lead_lists.ids(session, LeadQuery(statuses=("active",)), limit=1)
        view = view_lead(session, lead_id)
    assert [past.model for past in view.past] == [second.name, first.name, None]
    assert all(past.replays for past in view.past)
    assert view.explanation is not None
    assert sum(part.micropoints for part in view.explanation.parts) == view.explanation.micropoints
    assert sum(part.shown for part in view.explanation.parts) == view.explanation.shown
    assert view.explanation.method == "by the model"
    assert view.diff is not None
    assert view.diff.after - view.diff.before == sum(change.micropoints for change in view.diff.changes)
    assert any(" is " in part.sentence or "not known" in part.sentence for part in view.explanation.parts)
    assert view.heads[0].head == "booked"


def test_the_same_again_leaves_no_trace_and_is_not_explained_again(
    market: Context, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(market)
    first = rescore(market)
    explained: list[int] = []
    whole = ModelScorer.score_frame

    def score(self: ModelScorer, frame: pl.DataFrame, *given: Any, **more: Any) -> pl.DataFrame:
        explained.append(frame.height)
        return whole(self, frame, *given, **more)

    monkeypatch.setattr(ModelScorer, "score_frame", score)
    again = rescore(market)
    assert (again.changed, again.moved, again.tiers) == (0, 0, first.tiers)
    assert sum(explained) == again.discarded
    with market.session() as session:
        ids = lead_lists.ids(session, LeadQuery(statuses=("active",)), limit=3)
        assert rescore_leads(session, ids, market.clock(), trigger="request") == 0


def test_lists_tell_the_reasons_of_a_model(market: Context, register: Register) -> None:
    register(market)
    rescore(market)
    with market.session() as session:
        rows = lead_lists.page(session, LeadQuery(statuses=("active",)), limit=5).rows
        told = reasons_of(session, active_plan(session), rows)
    assert len(told) == 5
    assert all("+" in line or "−" in line for line in told.values())


def test_before_there_is_a_model_rules_score_and_say_why(market: Context, register: Register) -> None:
    assert rescore(market).fallback == "by rules: no model was trained yet"
    register(market, status="candidate")
    assert rescore(market).fallback == "by rules: no model was promoted yet"
    with market.session() as session:
        assert {stored.fallback for stored in standing(session)} == {"no_champion"}
        assert {stored.method for stored in standing(session)} == {"rules"}


def test_a_tampered_artefact_lets_rules_score_and_alerts(
    market: Context, register: Register, tmp_path: Path
) -> None:
    model = register(market)
    forget_models()
    (artefact,) = (tmp_path / "objects").rglob("*.tar")
    content = bytearray(artefact.read_bytes())
    content[len(content) // 2] ^= 1
    artefact.chmod(0o644)
    artefact.write_bytes(bytes(content))
    report = rescore(market)
    assert (report.models, report.fallback) == ((), "by rules: the model failed")
    with market.session() as session:
        assert {(each.method, each.model_id, each.fallback) for each in standing(session)} == {
            ("rules", None, "model_failed")
        }
        (alert,) = refusals(session)
        entries = audit.list_(session, subject=f"model:{model.id}")
    assert alert.payload["model"] == model.name
    assert "refuse_model" in {entry.action for entry in entries}


def test_a_model_that_fails_in_the_middle_lets_rules_score(
    market: Context, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(market)
    monkeypatch.setattr("galena.engines.scoring.model_scoring.ModelScorer.score_frame", _fails)
    report = rescore(market)
    assert report.fallback == "by rules: the model failed"
    assert report.scored > 0
    with market.session() as session:
        assert {each.fallback for each in standing(session)} == {"model_failed"}
        (alert,) = refusals(session)
    assert "ZeroDivisionError" in str(alert.payload)


def _fails(*_given: Any, **_more: Any) -> None:
    raise ZeroDivisionError("a fault nobody foresaw")


def test_a_model_of_other_features_is_not_used(
    market: Context, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = register(market)
    with market.session() as session:
        plan = active_plan(session)
    other = replace(model, feature_set_hash="0" * 64)
    monkeypatch.setattr("galena.workflows.lead_models.models.list_working", lambda _session: (other,))
    bench = bench_of(market, plan)
    assert (bench.first, bench.fallback) == (None, "model_failed")


def test_a_model_that_was_not_trained_on_leads_is_not_used(market: Context, register: Register) -> None:
    with pytest.raises(ConflictError, match="trained on a table of its own"):
        register(market, blended=False)
    with market.session() as session:  # A champion from before that was checked.
        given = models.list_(session)[0]
        models.crown(
            session,
            given.id,
            step="promote",
            former_status="archived",
            at=market.clock(),
            why="",
            evidence={},
        )
    assert rescore(market).fallback == "by rules: the model failed"
    with market.session() as session:
        (alert,) = refusals(session)
    assert "how rules and model are blended" in alert.payload["what"]


def test_where_nothing_can_be_loaded_old_scores_are_still_told(market: Context, register: Register) -> None:
    register(market)
    rescore(market)
    forget_models()
    nowhere = open_object_store("memory://empty")
    market.door.objects = nowhere
    with market.session() as session:
        (lead_id, *_) = lead_lists.ids(session, LeadQuery(statuses=("active",)), limit=1)
        view = view_lead(session, lead_id)
    assert view.past[0].replays is None
    assert view.explanation is not None
    assert sum(part.micropoints for part in view.explanation.parts) == view.explanation.micropoints
    assert view.what_ifs == ()


def test_two_heads_give_the_expected_value(market: Context, register: Register) -> None:
    booked, won = register(market), register(market, "won", weight=0.5)
    report = rescore(market)
    assert report.models == (booked.name, won.name)
    with market.session() as session:
        for stored in standing(session, 8):
            entry = leads.load(session, stored.lead_id)
            heads = {said.head: said for said in head_scores.list_for_lead(session, stored.lead_id)}
            assert heads["booked"].expected_value is None  # It has no worth of its own.
            revenue = entry.lead.fields.get("annual_revenue")
            if revenue is None:
                assert heads["won"].expected_value is None
            else:
                chance = heads["booked"].probability * heads["won"].probability
                assert heads["won"].expected_value == pytest.approx(chance * revenue * 0.05)


def test_a_challenger_scores_in_the_shadow_of_the_same_run(market: Context, register: Register) -> None:
    champion = register(market)
    challenger = register(market, status="challenger", weight=1.0)
    report = rescore(market)
    assert report.models == (champion.name,)
    with market.session() as session:
        assert shadow_scores.count(session, challenger.id) == report.scored
        (lead_id, *_) = lead_lists.ids(session, LeadQuery(statuses=("active",)), limit=1)
        (said,) = shadow_scores.list_for_lead(session, lead_id)
        assert said.model_id == challenger.id
        assert len(said.members) == 2
        assert said.as_of == report.as_of


def test_a_challenger_that_fails_is_left_out(
    market: Context, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(market)
    challenger = register(market, status="challenger")
    whole = ModelScorer.predict_frame

    def predict(self: ModelScorer, *given: Any, **more: Any) -> Any:
        return _fails() if self.model_id == challenger.id else whole(self, *given, **more)

    monkeypatch.setattr(ModelScorer, "predict_frame", predict)
    report = rescore(market)
    assert report.fallback is None
    with market.session() as session:
        assert shadow_scores.count(session, challenger.id) == 0


def test_heads_without_a_model_are_forgotten(market: Context, register: Register) -> None:
    register(market)
    register(market, "won")
    rescore(market)
    with market.session() as session:
        session.connection.execute(text("UPDATE models SET status = 'archived' WHERE purpose = 'won'"))
    rescore(market)
    with market.session() as session:
        found = {score.head for score in head_scores.list_for_lead(session, standing(session, 1)[0].lead_id)}
    assert found == {"booked"}
