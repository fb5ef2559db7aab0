"""Score runs killed with SIGKILL, then run again: the same end as without, and nothing twice in the history."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from galena.kit.database import make_engine
from galena.simulator.demo import fill_demo
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.context import Context
from galena.workflows.rescore import rescore
from galena.workflows.workspaces import ensure_workspace

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = BEGAN + timedelta(days=120)
LEADS = 200
BATCH = 40  # at least five batches
KILLED = -signal.SIGKILL
PROGRAM = Path(__file__).with_name("score_until_killed.py")

_STATE = {
    "scores": "SELECT to_jsonb(s) - 'id' FROM scores s ORDER BY lead_id, as_of, id",
    "current": "SELECT to_jsonb(c) - 'score_id' FROM current_scores c ORDER BY lead_id",
    "standing": (
        "SELECT c.lead_id, s.as_of, s.micropoints FROM current_scores c JOIN scores s ON s.id = c.score_id ORDER BY 1"
    ),
    "leads": "SELECT id, status, status_reason, category, trade_group FROM leads ORDER BY id",
    "events": "SELECT kind, lead_id, payload::text FROM outbox WHERE lead_id IS NOT NULL ORDER BY 1, 2, 3",
    "runs": (
        "SELECT status, as_of, scored_count, discarded_count, needs_enrichment_count, moved_count FROM score_runs"
        " ORDER BY as_of"
    ),
}


@dataclass(frozen=True)
class Market:
    """A prepared database and the workspace in it."""

    url: str
    workspace: Any


def state(market: Market) -> dict[str, list[Any]]:
    """All that scoring writes, but for ids that a sequence gives."""
    engine = make_engine(market.url)
    try:
        with Door(engine).enter(market.workspace, tenant_id="*", actor="a test") as session:
            return {
                name: [tuple(row) for row in session.connection.execute(text(query))]
                for name, query in _STATE.items()
            }
    finally:
        engine.dispose()


def score(market: Market) -> Any:
    let_go(market)
    engine = make_engine(market.url)
    try:
        context = Context(Door(engine), market.workspace, None, clock=lambda: LATER)
        return rescore(context, as_of=LATER)
    finally:
        engine.dispose()


@pytest.fixture(scope="module")
def prepared(database_server, copied_database, tmp_path_factory) -> Iterator[Market]:
    with copied_database(database_server.with_database("template0").url) as url:
        engine = make_engine(url)
        migrate(engine)
        door = Door(engine)
        workspace = ensure_workspace(door, "brokerage", slug="demo", actor="a test").id
        from galena.playbooks import load

        context = Context(door, workspace, load("brokerage"), "a test", clock=lambda: BEGAN)
        fill_demo(context, tmp_path_factory.mktemp("market"), count=LEADS, seed=3)
        engine.dispose()
        yield Market(url, workspace)


@pytest.fixture(scope="module")
def undisturbed(prepared, copied_database) -> dict[str, list[Any]]:
    """How it ends when nobody is killed."""
    with copied_database(prepared.url) as url:
        market = Market(url, prepared.workspace)
        assert score(market).changed > LEADS / 2
        return state(market)


@pytest.fixture
def market(prepared, copied_database) -> Iterator[Market]:
    with copied_database(prepared.url) as url:
        yield Market(url, prepared.workspace)


def start(market: Market, kill_at: int) -> subprocess.Popen[bytes]:
    let_go(market)
    arguments = [market.url, str(market.workspace), LATER.isoformat(), str(BATCH), str(kill_at)]
    return subprocess.Popen([sys.executable, str(PROGRAM), *arguments], stdout=subprocess.PIPE)


def ended(process: subprocess.Popen[bytes]) -> int:
    process.communicate(timeout=120)
    return process.returncode


def let_go(market: Market) -> None:
    """Waits until the database has noticed that whoever held something is dead."""
    engine = make_engine(market.url)
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    try:
        for _ in range(600):
            with engine.connect() as connection:
                if connection.execute(text(others)).scalar_one() == 0:
                    return
            time.sleep(0.05)
    finally:
        engine.dispose()
    raise AssertionError("somebody is still connected")


@pytest.mark.slow
@pytest.mark.parametrize("kill_at", [0, 1, 4, 9], ids=["uncommitted", "committed", "third", "last"])
def test_a_killed_score_run_goes_on_where_it_stopped(market, undisturbed, kill_at):
    assert ended(start(market, kill_at)) == KILLED
    score(market)
    assert state(market) == undisturbed


@pytest.mark.slow
def test_killed_again_and_again(market, undisturbed):
    for kill_at in (2, 1, 0, 3):
        assert ended(start(market, kill_at)) == KILLED
    assert ended(start(market, -1)) == 0
    assert state(market) == undisturbed
    before = len(undisturbed["scores"])
    score(market)
    assert len(state(market)["scores"]) == before


@pytest.mark.slow
def test_what_was_not_committed_is_not_there(market, undisturbed):
    before = state(market)
    assert ended(start(market, 0)) == KILLED
    after = state(market)
    assert {name: after[name] for name in after if name != "runs"} == {
        name: before[name] for name in before if name != "runs"
    }


@pytest.mark.soak
def test_score_runs_killed_at_any_moment(prepared, copied_database, undisturbed, soak_seconds):
    chance = random.Random(11)
    end = time.monotonic() + soak_seconds
    while time.monotonic() < end:
        with ExitStack() as stack:
            market = Market(stack.enter_context(copied_database(prepared.url)), prepared.workspace)
            for _ in range(chance.randint(1, 3)):
                process = start(market, -1)
                assert process.stdout
                process.stdout.readline()  # it has begun
                time.sleep(chance.uniform(0, 0.8))
                process.kill()
                process.wait(60)
                process.stdout.close()
            score(market)
            found = state(market)
            # One that was done before it could be killed is followed by a whole run that changes nothing.
            assert {run[0] for run in found.pop("runs")} == {"done"}
            assert found == {name: rows for name, rows in undisturbed.items() if name != "runs"}
