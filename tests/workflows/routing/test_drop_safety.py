"""Drops that are killed at every named point, made twice at once, and made by the schedule."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

from galena.kit.clock import fixed_clock
from galena.kit.errors import ConflictError
from galena.stores import drops, outbox
from galena.workflows.claw_back import claw_back, give
from galena.workflows.drop_commit import POINTS, commit_drop, undo_drop
from galena.workflows.drop_plan import plan_next_drop
from galena.workflows.drop_schedule import DueDrop, carry_out_drop, find_due_drops, keep_routed
from galena.workflows.durable_pulls import DurablePulls
from galena.workflows.suppress import ban_contact

PROGRAM = Path(__file__).with_name("drop_until_killed.py")
TUESDAY = date(2026, 3, 3)
FIVE_IN_NEW_YORK = datetime(2026, 3, 3, 10, tzinfo=UTC)


def _in_a_thread(test: Callable[..., None]) -> Callable[..., None]:
    """In a thread of its own: a browser test earlier in this process leaves an event loop running in this one."""

    @wraps(test)
    def run(*given: Any, **named: Any) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(test, *given, **named).result()

    return run


def _url(office: Any) -> str:
    return str(office.context.door.engine.url.render_as_string(hide_password=False))


@contextmanager
def _killer(office: Any) -> Iterator[Callable[[str], int]]:
    """A function: from a point to the signal that ended a process that committed the drop until there."""
    arguments = [_url(office), str(office.context.workspace_id), office.now.isoformat(), str(TUESDAY)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, str(PROGRAM), *arguments], stdin=pipe, stdout=pipe, text=True
    ) as program:
        assert program.stdin
        assert program.stdout
        talk, answers = program.stdin, program.stdout

        def commit_until(point: str) -> int:
            talk.write(point + "\n")
            talk.flush()
            return int(answers.readline())

        yield commit_until


@pytest.mark.slow
def test_a_drop_killed_at_any_point_gives_none_or_all_and_the_next_one_all(office: Any) -> None:
    for name in ("One", "Two"):
        office.tenant(name)
    for tier in ("green", "yellow", "red"):
        office.leads(tier, 4)
    events = "SELECT count(*) FROM outbox WHERE kind = 'assigned'"
    with _killer(office) as commit_until:
        for point in POINTS:
            assert commit_until(point) == signal.SIGKILL
            assert office.whose() == {}
            assert office.rows("SELECT count(*) FROM assignment_changes") == [(0,)]
            assert office.rows("SELECT count(*) FROM credit_entries") == [(0,)]
            assert office.rows(events) == [(0,)]
        assert commit_until("committed") == signal.SIGKILL
        assert len(office.whose()) == 12
        assert office.rows(events) == [(12,)]
        assert commit_until("never") == 0
    assert len(office.whose()) == 12
    office.ensure_lawful()


def test_two_drops_at_once_are_one(office: Any) -> None:
    for name in ("One", "Two"):
        office.tenant(name)
    office.leads("green", 6)
    start = threading.Barrier(4)

    def commit(_: int) -> tuple[Any, bool]:
        start.wait()
        done = commit_drop(office.context, on=TUESDAY)
        return done.drop_id, done.changed

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(commit, range(4)))
    assert len({drop for drop, _ in found}) == 1
    assert sorted(changed for _, changed in found) == [False, False, False, True]
    assert len(office.whose()) == 4
    office.ensure_lawful()


def test_a_drop_and_the_desk_at_once_give_no_lead_twice(office: Any) -> None:
    one, two = office.tenant("One", quotas={"green": 10}), office.tenant("Two", quotas={"green": 10})
    green = office.leads("green", 20)
    plan = plan_next_drop(office.context)
    start = threading.Barrier(3)

    def drop() -> None:
        start.wait()
        commit_drop(office.context, plan)

    def hand_out() -> None:
        start.wait()
        for lead in green[::3]:
            give(office.context, [lead], "Two", "asked for it")

    def take_back() -> None:
        start.wait()
        for lead in green[::2]:
            claw_back(office.context, [lead], "a mistake")

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(story) for story in (drop, hand_out, take_back)]:
            done.result()
    assert set(office.whose().values()) <= {one, two}
    with office.context.session() as session:
        assert drops.find_committed(session, TUESDAY) is not None
    office.ensure_lawful()


def test_a_ban_during_a_drop_stops_what_the_drop_gives(office: Any) -> None:
    office.tenant("One")
    lead = office.lead("green", phone="512-555-0199")
    begun, banned = threading.Event(), threading.Event()

    def ban() -> None:
        begun.wait()
        with office.context.session() as session:
            playbook, now = office.context.playbook, office.now
            assert ban_contact(session, playbook, "512-555-0199", "by letter", now).leads == (lead,)
        banned.set()

    def reached(point: str) -> None:
        if point == "leads given":
            begun.set()
            banned.wait(0.3)  # It cannot: it waits until the drop is over, and then sees what that gave.

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(ban)
        commit_drop(office.context, reached=reached)
        done.result()
    assert office.open()[lead].state == "closed"
    office.ensure_lawful()


def test_the_schedule_drops_an_hour_before_the_first_tenants_six(office: Any) -> None:
    office.tenant("East", time_zone="America/New_York")
    office.tenant("West", time_zone="America/Los_Angeles")
    office.leads("green", 2)
    door = office.context.door
    assert _due(office, FIVE_IN_NEW_YORK - timedelta(seconds=1)) == ()
    (due,) = _due(office, FIVE_IN_NEW_YORK)
    assert due == DueDrop(office.context.workspace_id, TUESDAY, 10)
    assert DueDrop.restored(due.as_dict()) == due
    assert carry_out_drop(door, fixed_clock(FIVE_IN_NEW_YORK), due) == "done"
    assert carry_out_drop(door, fixed_clock(FIVE_IN_NEW_YORK), due) == "done before"
    assert len(office.whose()) == 2
    assert _due(office, FIVE_IN_NEW_YORK + timedelta(hours=1)) == ()
    with office.context.session() as session:
        kept = drops.find_committed(session, TUESDAY)
    assert kept is not None
    office.at(FIVE_IN_NEW_YORK)
    undo_drop(office.context, kept.id, "a mistake")
    # A person undid it: the schedule does not do it again.
    assert _due(office, FIVE_IN_NEW_YORK + timedelta(hours=2)) == ()


def test_a_drop_that_fails_is_told_and_tried_again_in_the_next_hour(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.tenant("One")
    (due,) = _due(office, FIVE_IN_NEW_YORK)
    with monkeypatch.context() as patch:
        patch.setattr("galena.workflows.drop_schedule.commit_drop", _failing)
        assert carry_out_drop(office.context.door, fixed_clock(FIVE_IN_NEW_YORK), due) == "failed"
    with office.context.session() as session:
        (told,) = [event.payload for event in outbox.read(session) if event.kind == "drop_failed"]
    assert told == {"drop_on": "2026-03-03", "what": "nothing works"}
    (again,) = _due(office, FIVE_IN_NEW_YORK + timedelta(hours=1))
    assert again.key != due.key
    keep_routed(office.context.door, fixed_clock(FIVE_IN_NEW_YORK))


@pytest.mark.slow
@_in_a_thread
def test_a_due_drop_is_durable_work(
    new_office: Callable[..., Any], tmp_path: Path, fresh_database: str
) -> None:
    from galena.kit.database import make_engine
    from galena.settings import Settings
    from galena.stores.migrations import migrate
    from galena.workflows.gateway import gateway_of

    engine = make_engine(fresh_database)
    migrate(engine)
    office = type(new_office())(engine)
    office.tenant("One")
    office.leads("green", 2)
    office.at(FIVE_IN_NEW_YORK)
    gateway = gateway_of(Settings(home=tmp_path))
    with DurablePulls(
        office.context.door, gateway, office.context.clock, database_url=fresh_database
    ) as work:
        keys = work.look()
        assert keys == (f"drop-{office.context.workspace_id}-2026-03-03-10",)
        assert work.wait_for(keys[0]) in ("done", "done before")
    assert len(office.whose()) == 2
    engine.dispose()


def _due(office: Any, now: datetime) -> tuple[DueDrop, ...]:
    found = find_due_drops(office.context.door, fixed_clock(now))
    return tuple(each for each in found if each.workspace_id == office.context.workspace_id)


def _failing(*_: Any, **__: Any) -> None:
    raise ConflictError("nothing works")


def test_what_a_clock_says_twice_counts_once(office: Any) -> None:
    # 25 October 2026: Berlin's clocks go back; the drop of the Tuesday after is at 06:00 of winter time.
    office.tenant("Berlin", time_zone="Europe/Berlin")
    sunday = datetime(2026, 10, 25, 12, tzinfo=UTC)
    office.context = replace(office.context, clock=fixed_clock(sunday))
    lead = office.lead("green")
    commit_drop(office.context)
    assert office.open()[lead].visible_at == datetime(2026, 10, 27, 5, tzinfo=UTC)
