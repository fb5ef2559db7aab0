"""The loop by schedule: when it is due, and what an occasion comes to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from galena.domain.registered_model import RegisteredModel
from galena.engines.learning.triggers import Policy
from galena.kit.clock import fixed_clock
from galena.kit.ids import new_id
from galena.stores import experiments, leads, learning, tables
from galena.workflows.context import Context
from galena.workflows.experiments import NewExperiment, start_experiment
from galena.workflows.learn_schedule import USUAL, DueLearning, carry_out_learning, find_due_learning
from galena.workflows.rescore import rescore


def page(_report: Any) -> str:
    return "<html></html>"


def due(context: Context, policy: Policy = USUAL, **by: float) -> bool:
    return bool(find_due_learning(context.door, context.clock() + timedelta(**by), policy))


def test_when_the_loop_is_due(market: Context) -> None:
    assert not due(market, days=30), "nobody has asked for scores"
    rescore(market)
    assert not due(market)
    assert due(market, days=1)
    found = DueLearning(market.workspace_id, market.clock())
    assert DueLearning.restored(found.as_dict()) == found
    assert carry_out_learning(market.door, market.clock, found, page) == "learned"
    assert not due(market, days=6)
    assert due(market, days=7)
    with market.session() as session:
        lead_id = leads.read_batch(session, limit=1).decode().splitlines()[1].split(",")[0]
        told = {"id": new_id(), "lead_id": lead_id, "stage": 1, "outcome": "booked", "at": market.clock()}
        rest = {"reason_text": "", "note": "", "attempts": 1, "author": "t"}
        session.connection.execute(insert(tables.dispositions).values(**told, **rest))
    assert due(market, Policy(new_labels=1), hours=2)
    assert not due(market, Policy(new_labels=2), hours=2)
    again = fixed_clock(market.clock() + timedelta(days=2))
    assert carry_out_learning(market.door, again, found, page) == "nothing to learn"


def test_a_fault_is_tried_again_hours_later(market: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    rescore(market)
    monkeypatch.setattr("galena.workflows.learn.learn_head", lambda *_, **__: 1 / 0)
    found = DueLearning(market.workspace_id, market.clock())
    assert carry_out_learning(market.door, market.clock, found, page) == "failed"
    assert not due(market, hours=5)
    assert due(market, hours=6)
    with market.session() as session:
        (run,) = learning.list_runs(session)
    assert run.sentences == ("The loop did not get to its end: ZeroDivisionError",)


def test_experiments_are_looked_at_daily(market: Context, register: Callable[..., RegisteredModel]) -> None:
    rescore(market)
    assert carry_out_learning(
        market.door, market.clock, DueLearning(market.workspace_id, market.clock()), page
    )
    register(market)
    register(market, status="challenger")
    begun = start_experiment(market, NewExperiment("a", "b", model="booked:2"))
    assert not due(market, hours=23)
    assert due(market, hours=24)
    tomorrow = replace(market, clock=fixed_clock(market.clock() + timedelta(days=1)))
    found = DueLearning(market.workspace_id, tomorrow.clock())
    assert carry_out_learning(market.door, tomorrow.clock, found, page) == "nothing to learn"
    with market.session() as session:
        assert experiments.load(session, begun.id).looked_at == tomorrow.clock()
    assert not due(market, hours=47)
