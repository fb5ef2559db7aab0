"""Connections and their log; turns and kept answers shared by the processes of a workspace."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from galena.domain.connection import Connection, Pull, PullCounts
from galena.domain.tenancy import Workspace
from galena.kit.errors import ConflictError, NotFoundError
from galena.kit.ids import new_id
from galena.kit.web import Answer, Rate
from galena.stores import connections, providers
from galena.stores.door import OPERATOR, Door, Session
from galena.stores.providers import StoredBook, StoredCache


@pytest.fixture
def made(noon: datetime) -> Connection:
    return Connection(
        new_id(), "austin", "socrata", {"dataset": "x"}, noon, "a test", sealed=b"sealed", due_at=noon
    )


def test_a_connection_is_kept_and_found(session: Session, made: Connection) -> None:
    connections.add(session, made)
    assert connections.load(session, "austin") == made
    assert connections.find(session, "dallas") is None
    with pytest.raises(NotFoundError):
        connections.load(session, "dallas")
    with pytest.raises(ConflictError, match="already"):
        connections.add(session, replace(made, id=new_id()))


def test_progress_counts_and_columns_add_up(session: Session, made: Connection) -> None:
    connections.add(session, made)
    one = PullCounts(fetched=3, accepted=2, duplicate=1, pages=1, calls=1)
    connections.advance(session, made.id, "a", {"cursor": "1", "ties": 2}, one)
    connections.advance(session, made.id, "a", {"cursor": "2"}, one)
    connections.advance(session, made.id, "b", {"cursor": 5}, one)
    connections.note_columns(session, made.id, "a", {"names": ["x", "y"]})
    kept = connections.load(session, "austin")
    assert kept.streams == {"a": {"cursor": "2"}, "b": {"cursor": 5}}
    assert kept.totals == PullCounts(9, 6, 3, 0, 3, 3)
    assert kept.columns == {"a": {"names": ["x", "y"]}}
    connections.forget_progress(session, made.id)
    assert connections.load(session, "austin").streams == {}


def test_what_is_due_comes_the_longest_due_first(session: Session, made: Connection, noon: datetime) -> None:
    later = replace(made, id=new_id(), name="b", due_at=noon - timedelta(days=1))
    paused = replace(made, id=new_id(), name="c", state="paused")
    by_hand = replace(made, id=new_id(), name="d", due_at=None)
    for each in (made, later, paused, by_hand):
        connections.add(session, each)
    assert [each.name for each in connections.list_due(session, noon)] == ["b", "austin"]
    assert [each.name for each in connections.list_due(session, noon - timedelta(hours=1))] == ["b"]


def test_the_log_of_pulls(session: Session, made: Connection, noon: datetime) -> None:
    connections.add(session, made)
    pull = Pull(new_id(), made.id, "a", "hand", "running", PullCounts(), noon)
    connections.open_pull(session, pull)
    connections.add_to_pull(session, pull.id, PullCounts(fetched=2, accepted=2, pages=1))
    done = connections.close_pull(session, pull.id, "done", noon, notes=["Column x is new."])
    assert connections.list_pulls(session, connection_id=made.id) == (done,)
    assert (done.counts.fetched, done.notes) == (2, ("Column x is new.",))
    connections.remove(session, made.id)
    assert connections.list_pulls(session) == ()


def test_many_processes_together_keep_the_rate(door: Door, workspace: Workspace, noon: datetime) -> None:
    """Of eight callers at the same instant one may go; an interval later another one."""

    def take(at: datetime) -> str:
        return StoredBook(door, workspace.id).take_turn("p", lambda: at, Rate(10)).why

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(take, [noon] * 8)) == ["go", *["wait"] * 7]
        later = noon + timedelta(seconds=Rate(10).interval_s)
        assert sorted(pool.map(take, [later - timedelta(microseconds=1)] * 8)) == ["wait"] * 8
        assert sorted(pool.map(take, [later] * 8)) == ["go", *["wait"] * 7]


def test_failures_are_remembered_across_processes(door: Door, workspace: Workspace, noon: datetime) -> None:
    for _ in range(5):
        StoredBook(door, workspace.id).failed("p", noon)
    other = StoredBook(door, workspace.id)
    assert other.take_turn("p", lambda: noon, None).why == "paused"
    assert other.take_turn("q", lambda: noon, None).why == "go"
    other.succeeded("p")
    assert other.take_turn("p", lambda: noon, None).why == "go"
    other.hold_back("q", noon + timedelta(minutes=5))
    assert other.take_turn("q", lambda: noon, None).why == "wait"
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        assert set(providers.list_states(session)) == {"p", "q"}


def test_answers_are_kept_until_their_time(
    door: Door, workspace: Workspace, new_workspace: Callable[[], Workspace], noon: datetime
) -> None:
    cache = StoredCache(door, workspace.id)
    answer = Answer(200, "https://x.example/", {"content-type": "application/json"}, b'{"a": 1}')
    cache.keep("p", "k", answer, noon + timedelta(hours=1))
    cache.keep("p", "k", replace(answer, body=b'{"a": 2}'), noon + timedelta(hours=1))
    found = cache.find("p", "k", noon)
    assert found is not None
    assert found.json() == {"a": 2}
    assert cache.find("p", "k", noon + timedelta(hours=2)) is None
    assert StoredCache(door, new_workspace().id).find("p", "k", noon) is None
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        assert providers.drop_old_answers(session, noon + timedelta(hours=2)) == 1
