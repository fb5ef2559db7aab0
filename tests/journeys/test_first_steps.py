"""From nothing to the lead to call first: what the leads are, sample data, what the ranking says, and out again."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI
from playwright.sync_api import expect

from galena.bootstrap import Galena
from galena.domain.tenancy import Workspace
from galena.kit.database import make_engine
from galena.settings import Settings
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.surfaces.web.app import create_app
from galena.surfaces.web.pages import welcome

from .conftest import AXE, DESK, NOW, PHONE, Hands, Seen, Served, serving

FEW = 60


@pytest.fixture
def app(fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FastAPI]:
    """An installation without a workspace; its sample is a small one."""
    full_sample = welcome.fill_sample
    monkeypatch.setattr(welcome, "fill_sample", lambda *args, **more: full_sample(*args, count=FEW, **more))
    engine = make_engine(fresh_database)
    migrate(engine)
    yield create_app(Galena(Settings(home=tmp_path / "home"), engine, Door(engine), Hands()))
    engine.dispose()


@pytest.fixture
def server(app: FastAPI) -> Iterator[Served]:
    """The same, served."""
    nothing = Workspace(UUID(int=0), "nothing", "Nothing", "", None, NOW)
    with serving(app) as address:
        yield Served(app.state.galena, nothing, address, app.state.galena.clock)


def test_from_nothing_to_the_lead_to_call_first(seen: Seen, app: FastAPI) -> None:
    page = seen.page
    seen.open(f"/welcome/start/{app.state.first_word}")
    expect(page.get_by_role("heading", name="What are your leads?")).to_be_visible()
    _look(seen, "welcome-start")
    page.get_by_role("button", name=re.compile("^Real estate")).press("Enter")
    expect(page.get_by_role("heading", name="Bring in contacts")).to_be_visible()
    _look(seen, "welcome")
    page.get_by_role("button", name="Look around").click()
    expect(page.get_by_role("heading", name="What your ranking says")).to_be_visible(timeout=120_000)
    expect(page.locator(".insight-line")).to_have_text(
        re.compile(rf"The best 3 of {FEW} contacts score \d+ to \d+ of 100; the others \d+ on average\.")
    )
    assert page.locator(".because li").count() == 3
    _look(seen, "welcome-insight")

    page.get_by_role("link", name="Open the best one").click()
    expect(page.locator("ul.waterfall").first).to_be_visible()
    seen.open("/welcome")
    expect(page.get_by_role("heading", name=f"{FEW} contacts are here")).to_be_visible()
    page.get_by_role("button", name="Remove the sample data").click()
    expect(page.get_by_role("heading", name="Bring in contacts")).to_be_visible(timeout=120_000)
    expect(page.get_by_role("status")).to_contain_text(f"The sample is gone, {FEW} contacts with it.")
    page.get_by_role("link", name="Leave this for later").click()
    page.get_by_role("link", name="Take the first steps").click()
    expect(page).to_have_url(re.compile("/welcome$"))


def _look(seen: Seen, name: str) -> None:
    seen.picture(name, whole=True)
    seen.page.set_viewport_size(PHONE)
    assert seen.overflow() <= 0
    seen.picture(f"phone-{name}", whole=True)
    seen.page.set_viewport_size(DESK)
    if AXE.exists():
        assert seen.violations() == []
