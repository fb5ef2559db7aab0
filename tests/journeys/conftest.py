"""A served installation with an invented market, and a real Chromium that looks at it.

The tests of a file share one server: each looks at what it makes itself and does not mind what others left.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from galena.bootstrap import Galena
from galena.domain.tenancy import Workspace
from galena.kit.clock import fixed_clock
from galena.kit.database import make_engine
from galena.kit.postgres import ServerAddress
from galena.settings import Settings
from galena.simulator.demo import fill_demo
from galena.stores import workspaces
from galena.stores.door import OPERATOR, Door
from galena.stores.migrations import migrate
from galena.surfaces.web.app import create_app
from galena.surfaces.web.visitors import sign_in_link
from galena.workflows.context import Context
from galena.workflows.plans import active_plan
from galena.workflows.workspaces import ensure_workspace

from .unwalked import Unwalked, find_chromium

try:
    from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
except ModuleNotFoundError:
    HAS_PLAYWRIGHT = False
else:
    HAS_PLAYWRIGHT = True

NOW = datetime(2026, 11, 17, 9, 42, tzinfo=UTC)
BUSINESSES = 160
ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "artefacts"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PATIENCE_MS = 20_000
SERIOUS = ("serious", "critical")
CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


if HAS_PLAYWRIGHT:
    expect.set_options(timeout=PATIENCE_MS)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.File | None:
    """Without Playwright a file of journeys says so in its place."""
    if HAS_PLAYWRIGHT or module_path.name == "test_unwalked.py":
        return None
    return Unwalked.from_parent(parent, path=module_path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every journey needs a browser and takes seconds."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)


@dataclass
class Seen:
    """A page as a person sees it, with everything that went wrong while it was open."""

    page: Page
    address: str
    link: Callable[[], str]
    troubles: list[str] = field(default_factory=list)

    def sign_in(self) -> None:
        """By a link, as `galena up` prints it; on to the list of leads."""
        self.page.goto(self.link())
        self.open("/leads")

    def open(self, path: str) -> None:
        """A page of the app."""
        self.page.goto(self.address + path)

    def picture(self, name: str, *, whole: bool = False) -> None:
        """Keep how the page looks."""
        PICTURES.mkdir(exist_ok=True)
        self.settle()
        self.page.screenshot(path=str(PICTURES / f"{name}.png"), full_page=whole)

    def set_theme(self, theme: str) -> None:
        """Dark or light, as the switch leaves it."""
        self.page.evaluate("theme => localStorage.setItem('theme', theme)", theme)
        self.page.reload()

    def settle(self) -> None:
        """Wait until nothing fades in any more, a second at most: what is held still never ends."""
        self.page.evaluate(
            "() => Promise.race([new Promise(over => setTimeout(over, 1000)), Promise.allSettled("
            "document.getAnimations().filter(each => each.effect.getTiming().iterations !== Infinity)"
            ".map(each => each.finished))])"
        )

    def violations(self, *rules: str) -> list[str]:
        """What axe finds serious on this page, by these rules or by all."""
        self.settle()
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "rules => axe.run({resultTypes: ['violations'], ...(rules.length ? {runOnly: rules} : {})})",
            list(rules),
        )
        return [
            f"{each['id']}: {node['html'][:160]} {node.get('failureSummary', '')}"
            for each in found["violations"]
            if each["impact"] in SERIOUS
            for node in each["nodes"]
        ]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(
            self.page.evaluate(
                "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )


@pytest.fixture(scope="session")
def market_url(
    database_server: ServerAddress,
    copied_database: Callable[[str], AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """A database with the market in the workspace `demo`, to be copied."""
    with copied_database(database_server.with_database("template0").url) as url:
        engine = make_engine(url)
        migrate(engine)
        door = Door(engine)
        workspace = ensure_workspace(door, "brokerage", slug="demo", actor="galena up")
        with door.enter(workspace.id, tenant_id=OPERATOR, actor="galena up") as session:
            playbook = active_plan(session).playbook
        context = Context(door, workspace.id, playbook, "galena up", fixed_clock(NOW))
        fill_demo(context, tmp_path_factory.mktemp("market"), count=BUSINESSES, seed=7)
        engine.dispose()
        yield url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A Chromium of this machine; without one the journeys are skipped, but never where CI says it is CI."""
    found = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(CHROMIUM_OPTIONS))
        yield browser
        browser.close()


@dataclass
class Hands:
    """A clock that stands still until it is set."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Served:
    """A server on a free port of this machine."""

    galena: Galena
    workspace: Workspace
    address: str
    clock: Hands

    def link(self) -> str:
        """A sign-in link that works once."""
        return sign_in_link(self.galena, self.workspace, self.address)


@pytest.fixture(scope="module")
def server(
    market_url: str,
    copied_database: Callable[[str], AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """The app, served over a real PostgreSQL of the file's own."""
    with copied_database(market_url) as url:
        engine, clock = make_engine(url), Hands()
        galena = Galena(Settings(home=tmp_path_factory.mktemp("home")), engine, Door(engine), clock)
        with galena.door.lobby() as lobby:
            workspace = workspaces.find(lobby, "demo")
        assert workspace is not None
        with serving(create_app(galena)) as address:
            yield Served(galena, workspace, address, clock)
        engine.dispose()


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The app behind an address of this machine."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


@pytest.fixture
def windows(server: Served, chromium: Browser) -> Iterator[Callable[[], Seen]]:
    """windows(): a fresh browser of somebody else; at the end nothing may have gone wrong in any."""
    opened: list[tuple[BrowserContext, Seen]] = []

    def open_one() -> Seen:
        # Without motion, which a machine without a graphics card draws slowly; the home page is walked with it.
        context = chromium.new_context(
            viewport=DESK, base_url=server.address, accept_downloads=True, reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE_MS)
        found = Seen(context.new_page(), server.address, server.link)
        _listen(context, found)
        opened.append((context, found))
        return found

    yield open_one
    for context, _ in opened:
        context.close()
    assert [trouble for _, found in opened for trouble in found.troubles] == []


@pytest.fixture
def seen(windows: Callable[[], Seen]) -> Seen:
    """A fresh browser window."""
    return windows()


def _listen(context: BrowserContext, seen: Seen) -> None:
    context.on("console", lambda told: _trouble(seen, told.type, told.text))
    context.on("weberror", lambda error: seen.troubles.append(str(error.error)))
    context.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith((seen.address, "data:"))
            else seen.troubles.append(f"asked {asked.url}")
        ),
    )
    context.on(
        "response",
        lambda answer: (
            seen.troubles.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
        ),
    )


def _trouble(seen: Seen, kind: str, text: str) -> None:
    # A part of a page that was left before it came: its answer is of no use to anybody.
    if kind in ("error", "warning") and not text.startswith(("htmx:sendAbort", "htmx:afterRequest")):
        seen.troubles.append(f"{kind}: {text}")
