"""The first steps: from nothing to a ranking that says something, and out of the sample again."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from httpx import Client, Response

from galena.bootstrap import Galena
from galena.domain.imports import NewImport
from galena.domain.tenancy import Role
from galena.kit.clock import fixed_clock
from galena.kit.database import make_engine
from galena.kit.ids import new_id
from galena.settings import Settings
from galena.stores import imports, users, workspaces
from galena.stores.door import OPERATOR, Door
from galena.stores.migrations import migrate
from galena.surfaces.web.app import create_app
from galena.surfaces.web.pages import welcome
from galena.workflows.context import Context
from galena.workflows.people import invite
from galena.workflows.plans import active_plan
from galena.workflows.tenant_choices import choose_concierge, choose_wishes

from .conftest import ADDRESS, NOW, InProcess, Site, form_token

Send = Callable[..., Response]


pytestmark = pytest.mark.slow


@pytest.fixture
def nothing(fresh_database: str, tmp_path: Path) -> Iterator[Galena]:
    """An installation without a workspace."""
    engine = make_engine(fresh_database)
    migrate(engine)
    yield Galena(Settings(home=tmp_path / "home"), engine, Door(engine), fixed_clock(NOW))
    engine.dispose()


def test_from_nothing_to_a_ranking_and_out_of_the_sample_again(
    nothing: Galena, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(nothing)
    browser = Client(transport=InProcess(app), base_url=ADDRESS)
    begin = f"/welcome/start/{app.state.first_word}"
    assert browser.get("/welcome/start/anything").headers["location"] == "/sign-in"
    assert browser.post("/welcome/start/anything", data={"playbook": "b2b"}).status_code == 403
    assert all(label in browser.get(begin).text for label in ("B2B sales", "Building permits", "Real estate"))
    assert browser.post(begin, data={"playbook": "../b2b"}).status_code == 404

    assert browser.post(begin, data={"playbook": "b2b"}).headers["location"] == "/welcome"
    assert "Bring in leads" in browser.get("/welcome").text
    stranger = Client(transport=InProcess(app), base_url=ADDRESS)
    assert (
        stranger.get(begin).headers["location"] == "/sign-in"
    )  # It made the first workspace, and makes no other.
    assert stranger.post(begin, data={"playbook": "permits"}).status_code == 403
    assert stranger.cookies.get("galena_session") is None

    chosen = send(browser, "/welcome/playbook", playbook="realestate")
    assert "Bring in contacts" in chosen.text
    assert send(browser, "/welcome/playbook", playbook="b2b").status_code == 409  # It is somebody's already.

    full_sample = welcome.fill_sample
    monkeypatch.setattr(welcome, "fill_sample", lambda *args, **more: full_sample(*args, count=60, **more))
    ranked = send(browser, "/welcome/sample").text
    assert "60 contacts are here" in ranked
    assert "The best 3 of 60 contacts score" in ranked
    assert "What sets the best apart" in ranked
    assert "All of it is sample data" in ranked
    assert send(browser, "/welcome/playbook", playbook="permits").status_code == 409
    assert "sample data" in browser.get("/imports").text

    with nothing.door.lobby() as lobby:
        workspace = workspaces.find(lobby, "realestate")
    assert workspace is not None
    with nothing.door.enter(workspace.id, tenant_id=OPERATOR, actor="somebody") as session:
        for _ in range(201):  # However many came since, the sample is found.
            own = imports.open_(session, NewImport(new_id(), "contacts_csv", "own.csv", NOW))
            imports.finish(session, own.id, at=NOW)
    assert "Part of it is sample data" in browser.get("/welcome").text
    bare = send(browser, "/welcome/sample/remove").text
    assert "The sample is gone, 60 contacts with it." in bare
    assert "Bring in contacts" in bare
    with nothing.door.enter(workspace.id, tenant_id=OPERATOR, actor="somebody") as session:
        assert imports.load(session, own.id).status == "done"  # What is not of the sample stays.


def test_a_tenants_first_person_is_led_and_what_is_done_is_known(workbench: Site) -> None:
    with workbench.enter() as session:
        playbook = active_plan(session).playbook
        tenant = workspaces.add_tenant(session, "Fairford Brokers")
        made = invite(
            session, NOW, email="ada@fairford.example", name="", role=Role.TENANT_ADMIN, tenant_id=tenant.id
        )
    context = Context(workbench.galena.door, workbench.workspace.id, playbook, "a test", fixed_clock(NOW))
    browser = workbench.visitor()
    assert browser.get(f"/sign-in/{made.token}").headers["location"] == "/welcome"

    def done() -> str:
        found = re.search(r"(\d) of (\d) done", browser.get("/welcome").text)
        assert found
        return found[0]

    def post(address: str, **texts: str) -> Response:
        token = form_token(browser.get("/welcome"))
        return browser.post(address, data={"csrf_token": token, **texts})

    assert done() == "0 of 5 done"
    assert post("/welcome/name", name="  ").status_code == 422
    assert post("/welcome/name", name="Ada  Fairford").status_code == 303
    assert "Welcome, Ada" in browser.get("/welcome").text
    assert (
        done() == "0 of 5 done"
    )  # A name alone is no account: without a password the link was the only way in.
    with workbench.enter() as session:
        users.set_password(session, made.user.id, "a hash")
    assert done() == "1 of 5 done"
    choose_wishes(context, tenant.id, {"gates": [{"gate": "state", "values": ["TX"]}]})
    choose_concierge(context, tenant.id, True)
    assert done() == "3 of 5 done"
    assert post("/calendar/feeds").status_code == 303
    assert post("/welcome/tour").status_code == 204
    assert done() == "5 of 5 done"
    assert "galena.tour.js" in browser.get("/?tour=1").text
    assert "galena.tour.js" not in browser.get("/").text

    with workbench.enter() as session:
        member = users.add(
            session, email="bo@fairford.example", name="Bo", role=Role.MEMBER, tenant_id=tenant.id
        )
    theirs = workbench.browser_of(member.id).get("/welcome").text
    assert "0 of 3 done" in theirs  # What the tenant wants is its admins' to say.
    assert "Who calls" not in theirs
