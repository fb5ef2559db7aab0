"""The loop: it says what it waits for, trains, tries, lets the better model take over, and keeps what it did."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from galena.domain.registered_model import RegisteredModel
from galena.kit.clock import fixed_clock
from galena.kit.errors import InputError
from galena.stores import learning, models, notifications
from galena.workflows.context import Context
from galena.workflows.drift import watch_drift
from galena.workflows.learn import learn, loop_state
from galena.workflows.learn_head import LearnOptions, trials_since
from galena.workflows.model_promotion import Verdict

Register = Callable[..., RegisteredModel]
FAST = LearnOptions(budget_s=1)


def page(_report: Any) -> str:
    return "<html></html>"


def later(context: Context, **by: float) -> Context:
    return replace(context, clock=fixed_clock(context.clock() + timedelta(**by)))


def test_with_few_outcomes_rules_go_on_and_it_says_what_it_waits_for(market: Context) -> None:
    first = learn(market, FAST, page_of=page)
    assert first.run is not None
    assert (first.run.trigger, first.run.state) == ("schedule", "done")
    assert [step.step for step in first.steps] == ["few_labels", "few_labels"]
    assert "of the 100 decided leads that a model needs" in first.sentences[0]
    again = learn(later(market, days=2), FAST, page_of=page)
    assert again.run is None
    assert again.sentences[0].startswith("Rules score: ")
    assert learn(later(market, days=8), FAST, page_of=page).run is not None
    with market.session() as session:
        assert [each.trigger for each in learning.list_runs(session)] == ["schedule", "schedule"]
        assert {each.purpose for each in learning.list_drift(session)} == {"booked", "won"}
        assert models.list_(session) == ()


@pytest.fixture
def verdicts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What trials come to: `better`, `word`; `required` is how sure each had to be."""
    said: dict[str, Any] = {"better": False, "word": "undecided", "required": []}

    def tried(context: Context, _store: Any, model_id: Any, *, past: Any, required: float) -> Verdict:
        assert past.lead_ids
        said["required"].append(required)
        if said["word"] == "none":
            raise InputError("no lead whose outcome is known is later than the training")
        with context.session() as session:
            champion = models.find_champion(session, "booked")
        detail = {"sentence": f"It is {said['word']}.", "verdict": said["word"]}
        return Verdict(model_id, champion.id if champion else None, said["better"], 0.99, detail)

    monkeypatch.setattr("galena.workflows.learn_head.try_on_leads", tried)
    return said


def test_the_model_on_trial_stays_until_it_is_better(
    market: Context, register: Register, verdicts: dict[str, Any]
) -> None:
    champion = register(market)
    challenger = register(market, status="challenger")
    report = learn(market, FAST, page_of=page, by_hand=True)
    booked = report.steps[0]
    assert (booked.step, booked.model) == ("on_trial", challenger.name)
    assert booked.sentence.endswith("on trial. It is undecided.")

    verdicts.update(better=True, word="better")
    report = learn(later(market, days=7), FAST, page_of=page)
    assert report.steps[0].step == "took_over"
    assert f"{challenger.name} scores from now on, before it {champion.name}" in report.sentences[0]
    with market.session() as session:
        standing = models.find_champion(session, "booked")
        (told,) = [each for each in notifications.list_(session) if each.kind == "model_took_over"]
        assert standing is not None
        assert standing.id == challenger.id
        assert (told.severity, told.subject, told.link) == ("info", "outcome:booked", "/models")
        assert notifications.acknowledge(session, market.clock(), (told.id,)) == 1
        assert notifications.list_(session, seen=True)[0].acknowledged_by == "a test"
    assert verdicts["required"] == [pytest.approx(0.9875)] * 2


def test_a_second_trial_against_the_same_champion_must_be_surer(
    market: Context, register: Register, verdicts: dict[str, Any]
) -> None:
    register(market)
    register(market, status="challenger")
    register(later(market, days=1), status="challenger")
    with market.session() as session:
        began, tried = trials_since(models.history(session, purpose="booked"))
    assert (began, tried) == (market.clock() + timedelta(days=1), 2)
    verdicts["word"] = "worse"
    report = learn(later(market, days=2), FAST, page_of=page, by_hand=True)
    # It gives way; there are too few outcomes for a next one.
    assert report.steps[0].step == "few_labels"
    assert report.steps[0].sentence.startswith("Books a meeting: booked:3 on trial. It is worse.")
    assert verdicts["required"] == [pytest.approx(1 - 0.025 / 6)]


def test_a_trial_without_later_leads_goes_on(
    market: Context, register: Register, verdicts: dict[str, Any]
) -> None:
    register(market, status="challenger")
    verdicts["word"] = "none"
    (step, _) = learn(market, FAST, page_of=page, by_hand=True).steps
    assert (step.step, "stays on trial; no lead whose outcome" in step.sentence) == ("on_trial", True)


def test_a_fault_is_kept_and_told(market: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise InputError("the disk is full")

    monkeypatch.setattr("galena.workflows.learn.learn_head", broken)
    with pytest.raises(InputError):
        learn(market, FAST, page_of=page, by_hand=True)
    with market.session() as session:
        (run,) = learning.list_runs(session)
        (told,) = [each for each in notifications.list_(session) if each.kind == "loop_failed"]
    assert (run.state, run.sentences) == ("failed", ("The loop did not get to its end: the disk is full",))
    assert told.severity == "error"
    assert loop_state(market).last_at is None


def test_drift_is_kept_and_told_once(
    market: Context, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    from galena.engines.learning.drift import Stretch, drift_between

    champion = register(market)
    calm = watch_drift(market)
    assert [each.alarm_count for each in calm] == [0, 0]
    assert calm[0].model_id == champion.id

    def shocked(what: str, _before: Stretch, now: Stretch) -> Any:
        import polars as pl

        draw = np.random.default_rng(0)
        old, new = (pl.DataFrame({"annual_revenue": draw.normal(at, 1, 400)}) for at in (0, 3))
        return drift_between(what, Stretch(old, np.zeros(0)), Stretch(new, np.zeros(0)))

    monkeypatch.setattr("galena.engines.learning.drift.drift_between", shocked)
    watch_drift(later(market, days=7))
    watch_drift(later(market, days=14))
    with market.session() as session:
        told = notifications.list_(session, seen=False)
    assert sorted((each.subject, each.times) for each in told) == [
        (f"model:{champion.id}", 2),
        ("outcome:won", 2),
    ]
    assert "“annual_revenue” is" in told[0].what


def test_a_training_that_fails_ends_nothing_else(market: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise InputError("a member went astray")

    monkeypatch.setattr("galena.workflows.learn_head.train_leads", broken)
    report = learn(market, FAST, page_of=page, by_hand=True)
    assert [each.step for each in report.steps] == ["failed", "failed"]
    assert report.sentences[0] == "Books a meeting: the training failed: a member went astray"
    with market.session() as session:
        (run,) = learning.list_runs(session)
        told = {each.subject for each in notifications.list_(session) if each.kind == "loop_failed"}
    assert (run.state, told) == ("done", {"outcome:booked", "outcome:won"})
