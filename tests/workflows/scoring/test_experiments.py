"""Experiments: arms that stay, scores that say who made them and replay, and an end that puts all leads together."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from galena.domain.listing import LeadQuery
from galena.domain.registered_model import RegisteredModel
from galena.engines.learning.experiment import Design, arm_of
from galena.kit.clock import fixed_clock
from galena.kit.errors import ConflictError, InputError
from galena.kit.ids import new_id
from galena.stores import experiments, head_scores, lead_lists, notifications, scores, tables, workspaces
from galena.workflows.context import Context
from galena.workflows.experiment_weights import thresholds_of_champion
from galena.workflows.experiments import (
    NewExperiment,
    look_at,
    look_at_running,
    start_experiment,
    stop_experiment,
)
from galena.workflows.lead_history import past_leads
from galena.workflows.lead_view import view_lead
from galena.workflows.model_artefacts import forget_models
from galena.workflows.model_promotion import promote
from galena.workflows.other_choices import compare_choices
from galena.workflows.plans import active_plan
from galena.workflows.rescore import rescore

Register = Callable[..., RegisteredModel]


def later(context: Context, **by: float) -> Context:
    return replace(context, clock=fixed_clock(context.clock() + timedelta(**by)))


def standing(context: Context) -> dict[UUID, Any]:
    with context.session() as session:
        ids = lead_lists.ids(session, LeadQuery(statuses=("active",)), limit=200)
        return scores.load_standing(session, ids)


def give(context: Context, *, booked: Callable[[str], bool], harmed: Callable[[str], bool]) -> int:
    """Every scored lead given to a broker now, who says three days later what became of it."""
    at, said = context.clock(), context.clock() + timedelta(days=3)
    kept = standing(context)
    with context.session() as session:
        tenant = workspaces.add_tenant(session, f"Broker {new_id()}").id
        for lead_id, score in kept.items():
            row = {
                "id": new_id(),
                "lead_id": lead_id,
                "tenant_id": tenant,
                "how": "manual",
                "tier": score.tier,
            }
            moments = {"assigned_at": at, "visible_at": at, "propensity": 0.5, "why": {"chosen": "explored"}}
            figures = {"score_id": score.id, "micropoints": score.micropoints, "value": 1.0}
            session.connection.execute(insert(tables.assignments).values(**row, **moments, **figures))
            name = str(lead_id)
            outcome = "booked" if booked(name) else "do_not_contact" if harmed(name) else "no_answer"
            told = {
                "stage": 1,
                "outcome": outcome,
                "reason_text": "",
                "note": "",
                "attempts": 1,
                "author": "t",
            }
            of = {"assignment_id": row["id"], "lead_id": lead_id, "tenant_id": tenant}
            session.connection.execute(insert(tables.dispositions).values(id=new_id(), at=said, **told, **of))
    return len(kept)


def test_each_arm_is_scored_by_its_own_model_until_it_ends(market: Context, register: Register) -> None:
    champion = register(market)
    rescore(market)
    other = register(market, status="challenger")
    new = NewExperiment("second model", "is it better?", model="booked:challenger")
    running = start_experiment(market, new)
    rescore(market)
    arms = {lead: arm_of(running.id, lead, 0.5) for lead in standing(market)}
    assert {score.model_id for lead, score in standing(market).items() if arms[lead] == "control"} == {
        champion.id
    }
    assert {score.model_id for lead, score in standing(market).items() if arms[lead] == "trial"} == {other.id}
    said_by = {}
    with market.session() as session:
        for lead, score in head_scores.load_many(session, "booked", list(arms)).items():
            said_by[lead] = score.model_id
    assert said_by == {lead: score.model_id for lead, score in standing(market).items()}
    assert rescore(market).changed == 0
    forget_models()
    with market.session() as session:
        trial = next(lead for lead, arm in arms.items() if arm == "trial")
        assert all(past.replays for past in view_lead(session, trial).past)

    with pytest.raises(ConflictError, match="running already"):
        start_experiment(market, replace(new, name="another"))
    ended = stop_experiment(market, "second model", why="enough seen")
    assert (ended.state, ended.ended_why, ended.is_running) == ("stopped", "enough seen", False)
    assert {score.model_id for score in standing(market).values()} == {champion.id}
    with pytest.raises(ConflictError, match="over already"):
        stop_experiment(market, "second model", why="again")
    with pytest.raises(ConflictError, match="an experiment second model before"):
        start_experiment(market, new)


def test_weights_and_segments(market: Context, register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    champion = register(market)
    new = NewExperiment(
        "net alone", "what does it say?", weights={"net": 1.0}, design=Design(trial_share=0.4)
    )
    running = start_experiment(market, new)
    rescore(market)
    kept = standing(market)
    carried = {score.weights_id for score in kept.values()}
    assert {score.model_id for score in kept.values()} == {champion.id}
    assert carried == {None, UUID(running.trial["weights"][""])}
    assert all(
        (score.weights_id is None) == (arm_of(running.id, lead, 0.4) == "control")
        for lead, score in kept.items()
    )
    forget_models()
    with market.session() as session:
        trial = next(lead for lead, score in kept.items() if score.weights_id)
        assert all(past.replays for past in view_lead(session, trial).past)
    stop_experiment(market, "net alone", why="enough")

    with pytest.raises(InputError, match="outcomes are known of leads"):
        start_experiment(market, NewExperiment("by state", "", weights_by="state"))
    monkeypatch.setattr("galena.workflows.experiment_weights.FEWEST_OUTCOMES", 10)
    by_state = start_experiment(market, NewExperiment("by state", "", weights_by="state"))
    assert by_state.kind == "segment_weights"
    rescore(market)
    ids = {UUID(each) for each in by_state.trial["weights"].values()}
    assert {score.weights_id for score in standing(market).values()} <= {None, *ids}
    assert len({score.weights_id for score in standing(market).values()}) > 1


def test_it_ends_by_what_becomes_of_leads(
    market: Context, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(market)
    register(market, status="challenger")
    rescore(market)
    started = start_experiment(market, NewExperiment("better", "", model="booked:2"))

    def is_trial(lead: str) -> bool:
        return arm_of(started.id, lead, 0.5) == "trial"

    given = give(later(market, days=1), booked=is_trial, harmed=lambda _: False)
    young = look_at(later(market, days=5), started)[1]
    assert (young.young, young.state) == (given, "undecided")
    ((ended, report),) = look_at_running(later(market, days=30))
    assert (ended.state, report.better) == ("better", True)
    assert (report.control.good, report.trial.good) == (0, report.trial.leads)
    assert look_at_running(later(market, days=31)) == ()
    assert look_at(later(market, days=31), ended)[1].trial == report.trial
    with market.session() as session:
        (told,) = [each for each in notifications.list_(session) if each.kind == "experiment_ended"]
    assert told.what.startswith("Experiment better: The new way is better.")

    # What the leads were given out with is what the next model learns from.
    with market.session() as session:
        plan = active_plan(session)
    past = past_leads(market, plan, later(market, days=40).clock())
    assert past.assigned == given


def test_other_ways_of_choosing_and_thresholds_of_segments(
    market: Context, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    champion = register(market)
    rescore(market)
    with pytest.raises(InputError, match="Chance chose only 0 leads"):
        compare_choices(market)
    given = give(later(market, days=1), booked=lambda lead: lead[-1] in "01234567", harmed=lambda _: False)
    found = compare_choices(later(market, days=30))
    assert (found.leads, [each.name for each in found.choices]) == (
        given,
        [champion.name, "as scored", "by chance"],
    )
    all_of_them = found.choices[2].worth
    # Each drawn with the same chance: what chance brings is the plain rate of all.
    assert all_of_them.self_normalised.value == pytest.approx(found.good / given)
    assert all_of_them.effective == pytest.approx(given)
    assert all(0 <= each.worth.self_normalised.value <= 1 for each in found.choices)
    assert found.choices[0].as_dict()["effective_leads"] == pytest.approx(given / 3, abs=2)

    with pytest.raises(InputError, match="outcomes are known of leads"):
        thresholds_of_champion(market, "state", 0.75)
    monkeypatch.setattr("galena.workflows.experiment_weights.FEWEST_OUTCOMES", 10)
    segments = thresholds_of_champion(market, "state", 0.75)
    assert sum(each.leads for each in segments) >= 10
    assert all(0 < each.threshold < 1 for each in segments)


def test_a_new_champion_ends_it_without_a_word_on_who_is_better(market: Context, register: Register) -> None:
    register(market)
    second = register(market, status="challenger")
    start_experiment(market, NewExperiment("cut off", "", model="booked:2"))
    assert market.door.objects is not None
    promote(market, market.door.objects, second.id, anyway="a test")
    rescore(market)
    assert {score.model_id for score in standing(market).values()} == {second.id}
    ((ended, _),) = look_at_running(market)
    assert (ended.state, ended.ended_why) == ("broken", "Another model scores since.")


def test_what_cannot_be_tried_is_said(market: Context, register: Register) -> None:
    with pytest.raises(InputError, match="No model scores yet"):
        start_experiment(market, NewExperiment("x", "", weights={"net": 1.0}))
    register(market)
    for new, words in (
        (NewExperiment(" ", ""), "needs a name"),
        (NewExperiment("x", "", model="booked:1"), "scores already"),
        (NewExperiment("x", "", weights={"oracle": 1.0}), "no member oracle"),
        (NewExperiment("x", "", weights={"net": 1.0}, weights_by="state"), "not both"),
        (NewExperiment("x", "", weights_by="shoe_size"), "not scored with"),
        (NewExperiment("x", "", model="booked:1", design=Design(trial_share=1.0)), "between 1 and 99"),
    ):
        with pytest.raises(InputError, match=words):
            start_experiment(market, new)
    with market.session() as session:
        assert experiments.list_(session) == ()
