"""What became of each lead: positive, negative, or open; recent silence is neither."""

from datetime import UTC, datetime

import polars as pl
import pytest

from galena.engines.learning.labels import Labeller, outcome_fields
from galena.playbooks import load

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def b2b(**columns: list[object]) -> pl.DataFrame:
    count = len(next(iter(columns.values())))
    return pl.DataFrame({"lead_source": ["crm"] * count, **columns})


def test_a_yes_a_no_and_an_open_lead() -> None:
    labels = Labeller(load("b2b")).read(b2b(converted=[True, False, None]), NOW)
    won = labels.heads["won"]
    assert won.label.to_list() == [1.0, 0.0, None]
    assert (won.decided, won.positives) == (2, 1)
    assert labels.as_of == NOW
    assert labels.arrived_at.to_list() == [None, None, None]


@pytest.mark.parametrize(
    ("stage", "label"),
    [
        ("Won", 1.0),
        ("Closed Won", 1.0),
        ("closed lost", 0.0),
        ("Engaging", None),
        ("Wonderful", None),
        (None, None),
    ],
)
def test_stages_are_read_as_words(stage: str | None, label: float | None) -> None:
    leads = b2b(stage=[stage], converted=pl.Series([None], dtype=pl.Boolean).to_list())
    assert Labeller(load("b2b")).read(leads, NOW).heads["won"].label.to_list() == [label]


def test_silence_is_a_no_after_half_a_year_of_the_leads_own_time() -> None:
    # The newest day the leads speak of is 10 June 2018: 1 November 2017 is 221 days before it, 1 May 2018 is 40.
    leads = b2b(
        created_on=["2017-11-01", "2018-05-01", "2018-06-01"],
        won_on=[None, None, "2018-06-10"],
    )
    labels = Labeller(load("b2b")).read(leads, NOW)
    assert labels.as_of == datetime(2018, 6, 10, tzinfo=UTC)
    assert labels.heads["won"].label.to_list() == [0.0, None, 1.0]
    assert labels.heads["won"].decided_at.to_list()[2] == datetime(2018, 6, 10, tzinfo=UTC)
    assert labels.arrived_at.to_list()[0] == datetime(2017, 11, 1, tzinfo=UTC)


def test_a_day_to_come_is_not_the_present() -> None:
    leads = b2b(created_on=["2026-11-19", "2099-01-01"], won_on=["2026-11-20", None])
    assert Labeller(load("b2b")).read(leads, NOW).as_of == NOW


def test_a_head_that_is_given_another_asks_only_where_that_one_is_positive() -> None:
    leads = pl.DataFrame(
        {
            "lead_source": ["crm"] * 5,
            "booked": [True, True, True, False, None],
            "won": [True, False, None, None, None],
        }
    )
    heads = Labeller(load("brokerage")).read(leads, NOW).heads
    assert heads["booked"].label.to_list() == [1.0, 1.0, 1.0, 0.0, None]
    assert heads["won"].label.to_list() == [1.0, 0.0, None, None, None]


def test_a_playbook_without_heads_has_no_labels() -> None:
    labels = Labeller(load("permits")).read(pl.DataFrame({"lead_source": ["crm"]}), NOW)
    assert labels.heads == {}


def test_some_of_the_leads() -> None:
    labels = Labeller(load("b2b")).read(b2b(converted=[True, False, None]), NOW).only([2, 0])
    assert labels.heads["won"].label.to_list() == [None, 1.0]


def test_the_outcome_fields_of_a_head_are_found() -> None:
    playbook = load("b2b")
    read = outcome_fields(playbook, playbook.models.heads[0])
    assert set(read) == {"converted", "stage", "lead_status", "won_on", "lost_on"}
