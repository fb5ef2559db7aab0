"""Events: written with the change or not at all, read in order, none passed over."""

import threading
from collections.abc import Callable
from datetime import date
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine, text

from galena.domain.events import Event, NewEvent
from galena.domain.listing import LeadEntry
from galena.domain.tenancy import Workspace
from galena.stores import outbox, workspaces
from galena.stores.door import OPERATOR, Door, Session


def _kinds(door: Door, workspace: Workspace, after: int = 0) -> list[str]:
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        return [event.kind for event in outbox.read(session, after=after)]


def test_an_event_comes_with_its_change_or_not_at_all(door: Door, workspace: Workspace) -> None:
    def change(name: str, *, fails: bool) -> None:
        with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test", correlation_id="c-9") as session:
            workspaces.rename(session, name)
            outbox.append(session, [NewEvent("workspace_renamed", payload={"name": name})])
            if fails:
                raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        change("gone", fails=True)
    change("kept", fails=False)
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        assert workspaces.load(session).name == "kept"
        (event,) = outbox.read(session)
        assert (event.kind, event.payload, event.correlation_id) == (
            "workspace_renamed",
            {"name": "kept"},
            "c-9",
        )
        assert outbox.read(session, after=event.position) == ()


def test_few_and_many_events_keep_their_order(door: Door, workspace: Workspace) -> None:
    for count in (3, 300):
        with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
            outbox.append(session, [NewEvent(f"e{n}", payload={"n": n}) for n in range(count)])
    seen: list[Event] = []
    while True:
        with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
            more = outbox.read(session, after=seen[-1].position if seen else 0, limit=100)
        if not more:
            break
        seen += more
    assert [event.payload["n"] for event in seen] == [*range(3), *range(300)]


def test_a_reader_never_passes_an_event_still_to_appear(door: Door, workspace: Workspace) -> None:
    slow_wrote, may_end = threading.Event(), threading.Event()

    def slow() -> None:
        with door.enter(workspace.id, tenant_id=OPERATOR, actor="slow") as session:
            outbox.append(session, [NewEvent("slow")])
            slow_wrote.set()
            may_end.wait(20)
            outbox.append(session, [NewEvent("slow again")])

    writer = threading.Thread(target=slow)
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="first") as session:
        outbox.append(session, [NewEvent("first")])
    writer.start()
    assert slow_wrote.wait(20)
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="fast") as session:
        outbox.append(session, [NewEvent("fast")])
    # "fast" is committed with a later position than "slow", which is not: it has to wait.
    assert _kinds(door, workspace) == ["first"]
    may_end.set()
    writer.join(20)
    assert _kinds(door, workspace) == ["first", "slow", "fast", "slow again"]


def test_a_commit_is_announced_once(door: Door, workspace: Workspace, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute(f"LISTEN {outbox.CHANNEL}")
        with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
            outbox.append(session, [NewEvent("one"), NewEvent("two")])
            outbox.append(session, [NewEvent("three")])
        heard = [notice.payload for notice in listener.notifies(timeout=5, stop_after=1)]
    assert heard == [str(workspace.id)]


def test_a_leads_events_are_its_own(
    door: Door, workspace: Workspace, add_leads: Callable[..., list[LeadEntry]]
) -> None:
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        one, two = add_leads(session, "crm:1", "crm:2")
        outbox.append(
            session, [NewEvent("a", one.lead.id), NewEvent("b", two.lead.id), NewEvent("c", one.lead.id)]
        )
        assert [event.kind for event in outbox.list_for_lead(session, one.lead.id)] == ["c", "a"]


def test_months_are_made_ahead_filled_and_dropped(engine: Engine, door: Door, workspace: Workspace) -> None:
    with engine.begin() as connection:
        for at in ("2031-01-31T23:59:59Z", "2031-02-01T00:00:00Z", "2031-03-01T00:00:00Z"):
            connection.execute(
                text("INSERT INTO outbox (workspace_id, at, kind) VALUES (:workspace, :at, :kind)"),
                {"workspace": workspace.id, "at": at, "kind": at},
            )
    made = ("outbox_2031_01", "outbox_2031_02")
    assert outbox.make_months(engine, date(2031, 1, 15), count=2) == made
    assert outbox.make_months(engine, date(2031, 1, 15), count=2) == ()
    assert len(_kinds(door, workspace)) == 3
    assert outbox.prune(engine, date(2031, 2, 28)) == ("outbox_2031_01",)
    assert _kinds(door, workspace) == ["2031-02-01T00:00:00Z", "2031-03-01T00:00:00Z"]
    assert outbox.prune(engine, date(2031, 3, 1)) == ("outbox_2031_02",)
    assert _kinds(door, workspace) == ["2031-03-01T00:00:00Z"]


def test_the_outbox_cannot_be_changed(session: Session) -> None:
    for statement in ("UPDATE outbox SET kind = 'x'", "DELETE FROM outbox"):
        with pytest.raises(Exception, match="permission denied"), session.connection.begin_nested():
            session.connection.execute(text(statement))


def test_events_of_another_workspace_stay_there(
    door: Door, workspace: Workspace, new_workspace: Callable[[], Workspace]
) -> None:
    other = new_workspace()
    with door.enter(other.id, tenant_id=OPERATOR, actor="a test") as session:
        outbox.append(session, [NewEvent("elsewhere", UUID(int=1))])
    assert _kinds(door, workspace) == []
