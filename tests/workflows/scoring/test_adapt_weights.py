"""The members of a champion weighed by how they foretold what became of leads since; every score still replays."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from galena.domain.listing import LeadQuery
from galena.domain.registered_model import RegisteredModel
from galena.engines.learning.weights import FLOOR, floored, softmax
from galena.kit.clock import fixed_clock
from galena.kit.errors import ConflictError
from galena.simulator.files import write_market
from galena.stores import audit, lead_lists, scores
from galena.workflows.adapt_weights import ADAPTED
from galena.workflows.context import Context
from galena.workflows.intake import IntakeOptions
from galena.workflows.intake_files import ingest_files
from galena.workflows.lead_models import bench_of
from galena.workflows.lead_view import view_lead
from galena.workflows.model_artefacts import forget_models
from galena.workflows.model_promotion import roll_back
from galena.workflows.model_weights import reset_weights, shares_of_champions
from galena.workflows.plans import active_plan
from galena.workflows.rescore import rescore

Register = Callable[..., RegisteredModel]
OUTCOMES = ("booked", "booked_on", "won", "closed_on", "commission")
NEW = 50
FEWEST_SCORED = 35
"""The playbook discards some of the others, and a few may be known already."""


def later(context: Context, **by: float) -> Context:
    return replace(context, clock=fixed_clock(context.clock() + timedelta(**by)))


@pytest.fixture
def newcomers(tmp_path: Path) -> pl.DataFrame:
    """Fifty further businesses whose outcome nobody knows."""
    files = write_market(tmp_path / "new", seed=4, count=NEW, as_of=date(2026, 11, 20), worked=0.0)
    whole = pl.read_csv(files.businesses, infer_schema=False).unique("external_id", maintain_order=True)
    return whole.with_columns(
        pl.concat_str(pl.lit("N"), "external_id").alias("external_id"),
        pl.concat_str("name", pl.lit(" II")).alias("name"),
        *(pl.lit(None, pl.String).alias(name) for name in OUTCOMES),
    )


def take_in(context: Context, frame: pl.DataFrame, file: Path) -> None:
    frame.write_csv(file)
    ingest_files(context, [str(file)], IntakeOptions(accept_proposal=True))


def decided(frame: pl.DataFrame, on: date) -> pl.DataFrame:
    """Every other newcomer books."""
    booked = pl.Series(["yes" if place % 2 else "no" for place in range(frame.height)])
    return frame.with_columns(booked.alias("booked"), pl.lit(on.isoformat()).alias("booked_on"))


def carried(context: Context) -> set[object]:
    """Which weights the standing scores were made with."""
    with context.session() as session:
        ids = lead_lists.ids(session, LeadQuery(statuses=("active",)), limit=200)
        return {each.weights_id for each in scores.load_standing(session, ids).values()}


def test_outcomes_move_the_weights_and_every_score_replays(
    market: Context, register: Register, newcomers: pl.DataFrame, tmp_path: Path
) -> None:
    take_in(market, newcomers, tmp_path / "new.csv")
    champion = register(market)
    first = rescore(later(market, hours=1))
    assert (first.weights, carried(market)) == ((), {None})

    told = later(market, days=2)
    take_in(told, decided(newcomers, told.clock().date()), tmp_path / "told.csv")
    scored = later(market, days=3)
    report = rescore(scored)
    (sentence,) = report.weights
    (shares,) = shares_of_champions(scored)
    kept = shares.in_force
    assert kept is not None
    assert sentence == f"{champion.name} weighs its members anew. {kept.why}"
    counted = int(kept.why.split("latest ")[1].split(" outcomes")[0])
    assert FEWEST_SCORED <= counted <= NEW
    members = list(shares.trained)
    expected = floored(softmax(5 * (1 - np.array([kept.errors[name] for name in members]))), FLOOR)
    assert [kept.weights[name] for name in members] == pytest.approx(expected.tolist())
    assert dict(shares.trained) == pytest.approx({"forest": 0.6, "net": 0.4})
    assert carried(market) == {kept.id}
    with scored.session() as session:
        first_judge = bench_of(scored, active_plan(session)).first
        (entry,) = [
            each for each in audit.list_(session, subject=f"model:{champion.id}") if each.action == ADAPTED
        ]
    assert first_judge is not None
    assert first_judge.scorer.model.weights.tolist() == pytest.approx(expected.tolist())
    assert entry.detail["outcomes"] == counted

    # The same outcomes again move nothing, and leave no trace.
    again = rescore(scored)
    assert (again.weights, again.changed) == ((), 0)

    # Weights can be brought back; outcomes from before that do not count again.
    reset = later(market, days=4)
    (back,) = reset_weights(reset, why="a test")
    assert (back.in_force, len(back.history)) == (None, 2)
    assert reset_weights(reset)[0].history == back.history
    assert rescore(later(market, days=5)).weights == ()
    assert carried(market) == {None}

    forget_models()
    with scored.session() as session:
        (lead_id, *_) = lead_lists.ids(session, LeadQuery(statuses=("active",)), limit=1)
        view = view_lead(session, lead_id)
        history = scores.history(session, lead_id)
    assert [each.weights_id for each in history] == [None, kept.id, None]
    assert all(past.replays for past in view.past)


def test_a_promotion_brings_the_weights_of_the_training_back(
    market: Context, register: Register, newcomers: pl.DataFrame, tmp_path: Path
) -> None:
    take_in(market, newcomers, tmp_path / "new.csv")
    register(market)
    rescore(later(market, hours=1))
    told = later(market, days=2)
    take_in(told, decided(newcomers, told.clock().date()), tmp_path / "told.csv")
    assert rescore(later(market, days=3)).weights

    second = register(later(market, days=4))
    (shares,) = shares_of_champions(market)
    assert (shares.model.id, shares.in_force, shares.history) == (second.id, None, ())
    # What both of them knew when they began does not count.
    assert rescore(later(market, days=5)).weights == ()

    assert market.door.objects is not None
    roll_back(later(market, days=6), market.door.objects, "booked", why="a test")
    (shares,) = shares_of_champions(market)
    assert (shares.in_force, len(shares.history)) == (None, 1)
    assert rescore(later(market, days=7)).weights == ()
    assert carried(market) == {None}


def test_few_outcomes_change_nothing(
    market: Context, register: Register, newcomers: pl.DataFrame, tmp_path: Path
) -> None:
    take_in(market, newcomers, tmp_path / "new.csv")
    register(market)
    rescore(later(market, hours=1))
    told = later(market, days=2)
    take_in(told, decided(newcomers.head(20), told.clock().date()), tmp_path / "told.csv")
    assert rescore(later(market, days=3)).weights == ()
    assert shares_of_champions(market)[0].in_force is None


def test_without_a_champion_there_are_no_weights(market: Context) -> None:
    with pytest.raises(ConflictError, match="No model scores here"):
        shares_of_champions(market)
