"""What is new, as it happens: after the commit, to those who may see it, from where they were."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from httpx import Client
from sqlalchemy import text

from galena.domain.events import NewEvent
from galena.domain.tenancy import Role, Workspace
from galena.stores import outbox, sign_in, users, workspaces
from galena.stores.door import OPERATOR
from galena.surfaces.web import live as live_streams
from galena.surfaces.web.jobs import Job, Jobs
from galena.surfaces.web.live import Live
from galena.surfaces.web.pages.live import Telling
from galena.surfaces.web.visitors import Visitor, open_session

from .conftest import Site

Given = tuple[Client, list[UUID]]


def _visitor(site: Site, email: str) -> Visitor:
    with site.enter() as session:
        user = next(each for each in users.list_all(session) if each.email == email)
        workspace = workspaces.load(session)
    return Visitor(user, workspace, open_session(site.galena, workspace.id, user.id))


def _operator(site: Site) -> Visitor:
    site.add_user("op@example.org", Role.VIEWER)
    return _visitor(site, "op@example.org")


def _happen(site: Site, *events: NewEvent) -> None:
    with site.enter() as session:
        outbox.append(session, events)


def _position(site: Site) -> int:
    with site.enter() as session:
        return outbox.settled(session)


def _data(frame: bytes | None) -> dict[str, object]:
    assert frame is not None
    return json.loads(next(line for line in frame.decode().splitlines() if line.startswith("data: "))[6:])


def test_a_tenant_is_told_of_its_own_leads_and_of_nothing_else(site: Site, given: Given) -> None:
    _, ids = given
    mine, others = ids[0], ids[3]
    begin = _position(site)
    told = Telling(site.galena, _visitor(site, "ann@example.org"), None, begin)
    _happen(site, NewEvent("suppressed", others), NewEvent("import_done"), NewEvent("lead_created", others))
    assert told.read() is None
    with site.enter() as session:
        other = session.connection.execute(text("SELECT id FROM tenants WHERE name = 'Other'")).scalar_one()
    # What another tenant did with a lead before it came here is its own.
    _happen(site, NewEvent("reminder", mine, {"tenant": str(other), "step": "call_back"}))
    assert told.read() is None
    _happen(site, NewEvent("suppressed", mine))
    found = _data(told.read())
    assert found["kinds"] == {"suppressed": 1}
    assert [line["href"] for line in found["lines"]] == [f"/leads/{mine}"]
    assert told.read() is None
    with site.enter() as session:
        session.connection.execute(text("UPDATE assignments SET assigned_at = now() + interval '1 hour'"))
    assert Telling(site.galena, _visitor(site, "ann@example.org"), None, begin).read() is None


def test_the_operator_is_told_of_its_own_workspace_and_of_no_other(site: Site) -> None:
    told = Telling(site.galena, _operator(site), None, _position(site))
    with site.galena.door.lobby() as lobby:
        stranger: Workspace = workspaces.create(lobby, slug="other", name="Other", playbook="brokerage")
    with site.galena.door.enter(stranger.id, tenant_id=OPERATOR, actor="a test") as session:
        outbox.append(session, [NewEvent("drop_committed", None, {"given": 5})])
    assert told.read() is None
    lead = site.lead_ids()[0]
    moved = {
        "tier": "green",
        "tier_before": "red",
        "micropoints": 86_000_000,
        "micropoints_before": 36_000_000,
    }
    _happen(site, NewEvent("tier_changed", lead, moved), NewEvent("lead_created", lead))
    found = _data(told.read())
    assert found["kinds"] == {"tier_changed": 1, "lead_created": 1}
    assert [line["words"] for line in found["lines"]] == ["36 to 86: Green now"]


def test_who_is_signed_out_is_told_nothing_more(site: Site) -> None:
    visitor, begin = _operator(site), _position(site)
    told = Telling(site.galena, visitor, None, begin)
    _happen(site, NewEvent("import_done"))
    assert told.read() is not None
    with site.enter() as session:
        sign_in.close_session(session, visitor.token)
    _happen(site, NewEvent("import_done"))
    assert told.read() is None


def test_a_stream_goes_on_where_it_was_and_hears_of_a_commit(site: Site) -> None:
    lead, begin = site.lead_ids()[0], _position(site)
    _happen(site, NewEvent("suppressed", lead))
    visitor, live = _operator(site), Live(site.galena)

    async def listen() -> list[bytes]:
        frames = []
        with live.watching(site.workspace.id, visitor.user.id) as watcher:
            async for frame in Telling(site.galena, visitor, None, begin).frames(watcher.woken, live):
                frames.append(frame)
                if len(frames) == 2:  # What came before; now something happens while it listens.
                    threading.Timer(0.2, _happen, (site, NewEvent("lead_created", lead))).start()
                if len(frames) == 3:
                    return frames
        return frames

    # In a thread of its own: a browser test earlier in this process leaves an event loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        frames = pool.submit(lambda: asyncio.run(asyncio.wait_for(listen(), 20))).result()
    live.close()
    assert frames[0].startswith(b"retry:")
    assert _data(frames[1])["kinds"] == {"suppressed": 1}
    assert _data(frames[2])["kinds"] == {"lead_created": 1}
    places = [int(frame.split(b"\n")[0].removeprefix(b"id: ")) for frame in frames[1:]]
    assert places[0] < places[1] <= _position(site)


def test_streams_are_few_and_end_with_the_server(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, live = site.admin(), site.app.state.live
    monkeypatch.setattr(live_streams, "MOST_EACH", 0)
    assert browser.get("/events").status_code == 204
    monkeypatch.undo()
    live.close()
    assert browser.get("/events").status_code == 204
    assert site.visitor().get("/events").headers["location"] == "/sign-in?next=/"


def test_work_is_told_as_it_goes_on(site: Site) -> None:
    jobs, go = Jobs(), threading.Event()
    told = Telling(site.galena, _operator(site), jobs, 0)
    job = Job(site.workspace.id, "Scoring", "score", "/leads", "/leads")
    jobs.start(job, lambda job: (job.advance(50, 200, "Scoring"), go.wait(10))[0])
    while not job.doing:
        pass
    (first,) = told.progress()
    assert _data(first) | {"id": ""} == {
        "id": "", "title": "Scoring", "doing": "Scoring", "done": 50, "total": 200, "percent": 25, "over": False,
    }  # fmt: skip
    assert told.progress() == []
    go.set()
    assert job.wait(10)
    (last,) = told.progress()
    assert _data(last)["over"]
    jobs.close()
