"""A server makes itself ready behind its first answers: it scores a lead, keeps nothing, tells nobody if it fails."""

import gc
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from galena.kit.errors import ConfigurationError
from galena.workflows import warming
from galena.workflows.context import Context
from galena.workflows.warming import Warming


@pytest.fixture
def collected() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_it_scores_one_lead_of_a_workspace_and_keeps_nothing(market: Context, collected: None) -> None:
    gc.unfreeze()
    assert Warming(market.door, market.clock).warm() >= 1
    with market.session() as session:
        assert session.connection.execute(text("SELECT count(*) FROM scores")).scalar_one() == 0
    assert gc.get_freeze_count() > 10_000


def test_what_cannot_be_scored_is_left_to_whoever_asks_for_it(
    market: Context, collected: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ConfigurationError("the playbook reads a feature that is not there")

    monkeypatch.setattr(warming, "calculate_for_lead", refuse)
    with Warming(market.door, market.clock, begins_after_s=0) as ready:
        ready._thread.join(10)
    assert not ready._thread.is_alive()
