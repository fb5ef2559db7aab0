"""Models trained on the leads of a workspace: what they learn from, what is registered, and when nothing is."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sqlalchemy import text

from galena.domain.blend import BLEND, Blend
from galena.kit.clock import fixed_clock
from galena.kit.errors import ConflictError, InputError
from galena.playbooks import load
from galena.stores import models, scores
from galena.stores.holds import hold
from galena.workflows import head_lesson
from galena.workflows.context import Context
from galena.workflows.head_lesson import lesson_of
from galena.workflows.intake import IntakeOptions
from galena.workflows.intake_files import ingest_files
from galena.workflows.lead_history import past_leads
from galena.workflows.model_artefacts import load_model
from galena.workflows.overrides import end_override, override_score
from galena.workflows.plans import active_plan
from galena.workflows.rescore import rescore
from galena.workflows.train_leads import Order, _training_of, train_leads
from galena.workflows.workspaces import ensure_workspace


def page(_report: Any) -> str:
    return "<html></html>"


def take_in(context: Context, file: Path, rows: list[dict[str, Any]], source: str = "businesses") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(rows).write_csv(file)
    ingest_files(context, [str(file)], IntakeOptions(accept_proposal=True))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, small_model: Callable[..., Any]) -> None:
    """Training that takes no time: the small model, and the outcomes themselves, blurred, as what it said unseen."""
    from types import SimpleNamespace

    def train(dataset: Any, options: Any, progress: Any, clock: Any) -> Any:
        draw = np.random.default_rng(options.seed)
        said = np.clip(0.15 + 0.7 * dataset.target + draw.normal(0, 0.1, dataset.rows), 0.02, 0.98)
        count = np.arange(dataset.rows)
        seen = SimpleNamespace(probability=said, target=dataset.target, rows=count, fold=count % 3)
        model = small_model(dataset.frame, dataset.target, seed=options.seed)
        return _Trained(model, seen)

    monkeypatch.setattr("galena.engines.learning.train.train", train)
    monkeypatch.setattr("galena.engines.learning.report.report_of", lambda *_, **__: _Report())


class _Report:
    def model_dump_json(self, **_: Any) -> str:
        return "{}"


@dataclass(frozen=True)
class _Trained:
    model: Any
    out_of_fold: Any
    split: str = "by chance"
    in_time: bool = False
    signal: Any = None
    timings: dict[str, float] = field(default_factory=dict)


@pytest.fixture
def small_minimum(monkeypatch: pytest.MonkeyPatch, market: Context) -> Context:
    """The market with a playbook that learns from forty leads on."""
    from galena.stores import revisions
    from galena.workflows.plans import new_revision

    brokerage = load("brokerage")
    learning = brokerage.model_copy(
        update={"models": brokerage.models.model_copy(update={"minimum_labels": 40})}
    )
    with market.session() as session:
        revisions.save(session, new_revision(learning, "learns early"))
    return replace(market, playbook=learning)


def count(context: Context, table: str) -> int:
    with context.session() as session:
        return int(session.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_too_few_labels_say_so_and_nothing_is_registered(market: Context) -> None:
    report = train_leads(market, page_of=page)
    booked, won = report.heads
    assert (booked.step, won.step) == ("few_labels", "few_labels")
    assert booked.decided < 100
    assert (
        booked.sentence
        == f"{booked.decided} of the 100 decided leads that a model needs; rules score until then."
    )
    assert booked.positives == won.decided + won.open - (report.leads - booked.positives)
    assert count(market, "models") == count(market, "model_uploads") == 0


def test_a_trained_head_is_registered_with_its_blend_and_scores(small_minimum: Context, quick: None) -> None:
    report = train_leads(small_minimum, Order(head="booked", budget_s=1, promote=True), page_of=page)
    (head,) = report.heads
    assert head.model is not None
    assert head.step in ("champion", "challenger")
    assert set(head.metrics) == {"rules", "model", "blend"}
    with small_minimum.session() as session:
        plan = active_plan(session)
        kept = models.load(session, head.model.id)
    assert (kept.purpose, kept.feature_set_hash) == ("booked", plan.features.hash)
    assert kept.row_count == head.decided
    assert kept.positive_count == head.positives
    assert (
        kept.card["compared"]["blend"]["log_loss"]["value"]
        < kept.card["compared"]["rules"]["log_loss"]["value"]
    )
    assert small_minimum.door.objects is not None
    loaded = load_model(small_minimum, small_minimum.door.objects, kept)
    blend = Blend.model_validate(loaded.meta[BLEND])
    assert (blend.head, blend.labels, blend.weight) == ("booked", head.decided, head.weight)
    outcomes = {name for name, each in plan.playbook.fields.items() if each.outcome}
    assert not outcomes & set(loaded.reading.names)
    assert not {"owner_name", "email", "phone", "confidence"} & set(loaded.reading.names)
    scored = rescore(small_minimum)
    assert scored.models == ((kept.name,) if head.step == "champion" else ())


def test_what_people_say_of_open_leads_is_learned_from_beside_outcomes(small_minimum: Context) -> None:
    rescore(small_minimum)
    with small_minimum.session() as session:
        plan = active_plan(session)
    now = small_minimum.clock()
    past = past_leads(small_minimum, plan, now)
    booked, won = plan.playbook.models.heads
    before = lesson_of(plan, past, booked)
    known = dict(zip(past.lead_ids, ~np.isnan(past.told["booked"].label), strict=True))
    points, tier, ended, decided = [
        *[each for each in known if not known[each]][:3],
        next(filter(known.get, known)),
    ]
    with small_minimum.session() as session:
        stood = scores.load_current(session, [points])[points]
        override_score(session, points, points=90, reason="She sells this year.", now=now)
        override_score(session, tier, tier="red", reason="No.", now=now)
        override_score(session, decided, points=100, reason="Yes!", now=now)
        taken_back = override_score(session, ended, points=80, reason="Oh.", now=now)
        end_override(session, taken_back.id, now)
    later = replace(small_minimum, clock=fixed_clock(now + timedelta(days=90)))
    rescore(later)
    past = past_leads(later, plan, now)
    # Green, yellow, red, black: red is the third of four, so a third good.
    assert past.words is not None
    assert dict(zip(past.words.lead_ids, past.words.grades, strict=True)) == pytest.approx(
        {points: 0.9, tier: 1 / 3, decided: 1.0}
    )
    with small_minimum.session() as session:
        (then,) = [each for each in scores.history(session, points) if each.id == stood.score_id]
        assert then.id != scores.load_current(session, [points])[points].score_id
    row = past.words.lead_ids.index(points)
    known_then = plan.scorer.unpack_values(then.values)
    told = past.words.values.row(row, named=True)
    assert {name: told[name] for name in told} == pytest.approx({name: known_then.get(name) for name in told})
    lesson = lesson_of(plan, past, booked)
    assert lesson.dataset.words is not None
    assert sorted(lesson.dataset.words.grade) == pytest.approx(
        [1 / 3, 0.9]
    )  # An outcome stands above any word.
    assert lesson.dataset.target.tolist() == before.dataset.target.tolist()
    assert lesson.data_hash != before.data_hash
    assert before.dataset.words is None
    assert head_lesson._words_of(plan, past, won, []) is None


def test_a_second_model_goes_on_trial(small_minimum: Context, quick: None) -> None:
    from galena.workflows.model_promotion import promote

    order = Order(head="booked", budget_s=1)
    first = train_leads(small_minimum, order, page_of=page).heads[0].model
    assert first is not None
    assert first.status == "challenger"
    assert small_minimum.door.objects is not None
    promote(small_minimum, small_minimum.door.objects, first.id, anyway="a test")
    again = train_leads(small_minimum, replace(order, promote=True, seed=1), page_of=page).heads[0]
    assert again.step == "challenger"
    assert "beside booked:1" in again.sentence


def test_killed_while_it_trains_nothing_is_registered(
    small_minimum: Context, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    for place in ("galena.engines.learning.train.train", "galena.workflows.model_registry.register_model"):
        with monkeypatch.context() as patch:
            patch.setattr(place, cut_off)
            with pytest.raises(KeyboardInterrupt):
                train_leads(small_minimum, Order(head="booked", budget_s=1), page_of=page)
        assert count(small_minimum, "models") == count(small_minimum, "model_uploads") == 0
    assert train_leads(small_minimum, Order(head="booked", budget_s=1), page_of=page).heads[0].model


def test_suspects_are_named_and_left_out_when_asked(
    small_minimum: Context, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from types import SimpleNamespace

    leak = SimpleNamespace(column="industry", reason="it knows too much")
    monkeypatch.setattr("galena.engines.learning.leaks.find_leaks", lambda _dataset: (leak,))
    with_it = train_leads(small_minimum, Order(head="booked", budget_s=1), page_of=page).heads[0]
    without = train_leads(
        small_minimum, Order(head="booked", budget_s=1, drop_leaks=True), page_of=page
    ).heads[0]
    assert with_it.suspects == without.suspects == ("industry: it knows too much",)
    assert with_it.model is not None
    assert without.model is not None
    assert "industry" in with_it.model.card["columns"]
    assert "industry" not in without.model.card["columns"]


def test_two_at_once_and_unknown_heads_are_refused(market: Context) -> None:
    with (
        hold(market.door, _training_of(market), doing="training the models of this workspace"),
        pytest.raises(ConflictError, match="training the models"),
    ):
        train_leads(market, page_of=page)
    with pytest.raises(InputError, match="no head sold"):
        train_leads(market, Order(head="sold"), page_of=page)


def test_a_playbook_that_names_nothing_to_predict_says_so(market: Context) -> None:
    workspace = ensure_workspace(market.door, "permits", actor="a test")
    permits = Context(market.door, workspace.id, load("permits"), "a test", market.clock)
    with pytest.raises(InputError, match="names nothing to predict"):
        train_leads(permits, page_of=page)


def test_leads_are_known_by_their_first_score_when_it_is_of_their_arrival(market: Context) -> None:
    with market.session() as session:
        plan = active_plan(session)
    before = past_leads(market, plan, market.clock())
    assert before.from_scores == 0
    rescore(market)
    # The outcomes came with the leads themselves: before any score, so that none was made without knowing them.
    after = past_leads(market, plan, market.clock())
    assert after.from_scores == after.labels.heads["booked"].label.null_count() > 0
    assert after.points == before.points
    assert after.values.equals(before.values)


@pytest.fixture
def olist(market: Context, tmp_path: Path) -> Context:
    """A workspace of leads that came in on their own days."""
    workspace = ensure_workspace(market.door, "b2b", actor="a test")
    context = Context(market.door, workspace.id, load("b2b"), "a test", market.clock)
    days = [date(2017, 6, 1) + timedelta(days=3 * place) for place in range(120)]
    rows = [
        {
            "mql_id": f"m{place}",
            "first_contact_date": day.isoformat(),
            "landing_page_id": "p",
            "origin": "social",
        }
        for place, day in enumerate(days)
    ]
    take_in(context, tmp_path / "mql.csv", rows)
    won = [
        {
            "mql_id": f"m{place}", "seller_id": f"s{place}", "sdr_id": "r", "sr_id": "c",
            "won_date": (days[place] + timedelta(days=20)).isoformat() + " 10:00:00",
        }
        for place in range(0, 120, 4)
    ]  # fmt: skip
    take_in(context, tmp_path / "deals.csv", won)
    return context


def test_features_are_computed_as_of_the_day_a_lead_came_in(olist: Context) -> None:
    with olist.session() as session:
        plan = active_plan(session)
    past = past_leads(olist, plan, olist.clock())
    assert past.from_scores == 0
    assert past.arrived_at[0].year in (2017, 2018)
    labels = past.labels.heads["won"]
    assert labels.positives == 30
    # Half a year of silence is a no; the newest day the leads speak of is the last win.
    newest = past.labels.as_of
    assert newest.date() == date(2017, 6, 1) + timedelta(days=3 * 116 + 20)
    for label, at in zip(labels.label, past.arrived_at, strict=True):
        is_silent = (newest.date() - at.date()).days > 180
        assert label == 1.0 or label == (0.0 if is_silent else None)
    # Whoever scores this lead on that day sees the same values.
    lead_id, at = past.lead_ids[7], past.arrived_at[7]
    from galena.stores import leads, signals
    from galena.workflows.lead_view import inputs_of

    with olist.session() as session:
        inputs = inputs_of(plan, leads.load(session, lead_id), signals.list_for_lead(session, lead_id), at)
    score = plan.scorer.score_one(inputs, at)
    assert score.points == past.points[7]  # type: ignore[union-attr]
    assert {name: score.values[name] for name in past.values.columns} == past.values.row(7, named=True)  # type: ignore[union-attr]


@pytest.mark.slow
def test_one_by_one_and_in_frames_the_same_is_known(olist: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    with olist.session() as session:
        plan = active_plan(session)
    alone = past_leads(olist, plan, olist.clock())
    monkeypatch.setattr("galena.workflows.lead_history.MANY", 1)
    together = past_leads(olist, plan, olist.clock())
    assert together.points == alone.points
    assert together.values.equals(alone.values)


def test_leads_of_different_days_are_learned_from_in_order_of_time(olist: Context) -> None:
    with olist.session() as session:
        plan = active_plan(session)
    past = past_leads(olist, plan, olist.clock())
    lesson = lesson_of(plan, past, plan.playbook.models.heads[0])
    assert lesson.dataset.times is not None
    assert head_lesson.ARRIVED not in lesson.dataset.reading.names
    assert [past.arrived_at[row] for row in lesson.rows] == [
        at.astype("datetime64[us]").item().replace(tzinfo=UTC) for at in lesson.dataset.times
    ]
    assert len(lesson.points) == lesson.dataset.rows
    assert (lesson.dataset.outcome.column, lesson.dataset.outcome.positive) == ("won", "yes")
    assert not [name for name in lesson.dataset.dropped if name.startswith("_")]
