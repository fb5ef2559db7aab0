"""Scheduled pulls: when they are due, what a failing source does to the others, and durable work."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

import pytest
from sqlalchemy import text

from galena.kit.database import make_engine
from galena.kit.errors import InputError
from galena.simulator.providers.server import Fault
from galena.stores import connections, outbox
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.connections import pause_connection, resume_connection, schedule_connection
from galena.workflows.durable_pulls import DurablePulls
from galena.workflows.pull import PullReport, pull_connection
from galena.workflows.pull_schedule import carry_out, find_due
from galena.workflows.pull_stream import PullOptions
from galena.workflows.schedules import next_due, read_schedule, schedule_words

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _in_a_thread(test: Callable[..., None]) -> Callable[..., None]:
    """In a thread of its own: a browser test earlier in this process leaves an event loop running in this one."""

    @wraps(test)
    def run(*given: Any, **named: Any) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(test, *given, **named).result()

    return run


def _pull_due(city: Any) -> tuple[PullReport, ...]:
    """Pulls what is due, as `galena pull --due` does."""
    with city.context.session() as session:
        due = connections.list_due(session, city.context.clock())
    options = PullOptions(trigger="schedule")
    return tuple(pull_connection(city.context, city.gateway, each.name, options) for each in due)


def test_schedules_are_words_or_cron_expressions() -> None:
    assert next_due(read_schedule("daily"), NOON) == datetime(2026, 3, 2, 5, 10, tzinfo=UTC)
    assert next_due(read_schedule("30  6 * * 1-5"), NOON) == datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
    assert schedule_words(read_schedule("Weekly")) == "weekly"
    assert schedule_words(None) == "by hand"
    for wrong in ("sometimes", "* * * *", "61 * * * *", "* * * * * *", ""):
        with pytest.raises(InputError, match="not a schedule"):
            read_schedule(wrong)


def test_a_scheduled_connection_is_due_at_its_time_and_then_at_the_next(city: Any, timeline: Any) -> None:
    city.connect(schedule="daily")
    assert city.kept().due_at == datetime(2026, 3, 2, 5, 10, tzinfo=UTC)
    assert _pull_due(city) == ()
    timeline.now = NOON + timedelta(days=1)
    (report,) = _pull_due(city)
    assert report.counts.accepted == 37
    assert city.kept().due_at == datetime(2026, 3, 3, 5, 10, tzinfo=UTC)


def test_a_pause_holds_until_it_is_ended(city: Any, timeline: Any) -> None:
    city.connect(schedule="daily")
    pause_connection(city.context, "city")
    timeline.now = NOON + timedelta(days=3)
    assert _pull_due(city) == ()
    resume_connection(city.context, "city")
    assert city.kept().due_at == datetime(2026, 3, 5, 5, 10, tzinfo=UTC)
    schedule_connection(city.context, "city", None)
    assert city.kept().due_at is None


def test_a_failing_source_keeps_no_other_waiting_and_is_told_once_it_works_again(
    city: Any, timeline: Any
) -> None:
    city.connect("a", schedule="daily")
    city.connect("b", schedule="daily")
    with city.context.session() as session:  # a: nobody listens there any more
        kept = connections.load(session, "a")
        connections.change(
            session, kept.id, settings=dict(kept.settings) | {"address": f"http://127.0.0.1:{_free_port()}"}
        )
    timeline.now = NOON + timedelta(days=1)
    first, second = _pull_due(city)
    assert (first.connection, first.fault is None) == ("a", False)
    assert (second.connection, second.fault) == ("b", None)
    assert second.counts.accepted == 37
    assert (city.kept("a").state, city.kept("a").failures) == ("failing", 1)
    assert city.kept("a").due_at < city.kept("b").due_at, "it is tried again sooner than planned"
    with city.context.session() as session:
        connections.change(session, kept.id, settings=dict(kept.settings))
    timeline.now = city.kept("a").due_at
    (again,) = _pull_due(city)
    assert again.fault is None
    with city.context.session() as session:
        told = [event.kind for event in outbox.read(session, limit=5000) if event.kind.startswith("source_")]
    assert told == ["source_failing", "source_recovered"]


def test_retries_come_further_and_further_apart(city: Any, timeline: Any) -> None:
    city.connect(schedule="monthly")
    timeline.now = city.kept().due_at
    city.server.go_wrong(always=Fault("error", status=500))
    waits = []
    for _ in range(4):
        _pull_due(city)
        waits.append(round((city.kept().due_at - timeline.now).total_seconds()))
        timeline.now = city.kept().due_at
    assert waits[:3] == [300, 600, 1200]


def test_a_fault_of_our_own_is_told_and_put_off(
    city: Any, timeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.connect(schedule="daily")
    timeline.now = NOON + timedelta(days=1)
    (due,) = [
        each
        for each in find_due(city.context.door, timeline())
        if each.workspace_id == city.context.workspace_id
    ]
    monkeypatch.setattr("galena.workflows.pull_schedule.pull_connection", _broken)
    assert carry_out(city.context.door, city.gateway, timeline, due) == "put off"
    kept = city.kept()
    assert (kept.state, kept.due_at) == ("failing", timeline.now + timedelta(hours=1))
    assert kept.error == "Something went wrong inside Galena: ZeroDivisionError"


def _broken(*_: Any) -> None:
    raise ZeroDivisionError


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_pull_by_hand_leaves_the_schedule_in_step(city: Any, timeline: Any) -> None:
    city.connect(schedule="daily")
    timeline.now = NOON + timedelta(days=1)
    pull_connection(city.context, city.gateway, "city")
    assert _pull_due(city) == ()


@pytest.mark.slow
@_in_a_thread
def test_due_pulls_are_durable_work(fresh_database: str, new_city: Callable[..., Any], timeline: Any) -> None:
    """An occasion is queued once however often it is found due; its leads are scored; the end of the process leaves
    nothing running."""
    engine = make_engine(fresh_database)
    migrate(engine)
    city = new_city(Door(engine))
    city.connect(schedule="daily")
    timeline.now = NOON + timedelta(days=1)

    def clock() -> datetime:
        """Time that goes on: a turn at the provider is waited for."""
        timeline.sleep(0.2)
        return timeline()

    with DurablePulls(city.context.door, city.gateway, clock, database_url=fresh_database) as pulls:
        first, again = pulls.look(), pulls.look()
        assert again in (first, ()), "found due twice, or done already"
        assert pulls.wait_for(first[0]) == "done"
        assert pulls.look() == ()
    assert city.kept().totals.accepted == 37
    with city.context.session() as session:
        scored = session.connection.execute(text("SELECT count(*) FROM current_scores")).scalar_one()
    assert scored == 37
    engine.dispose()
