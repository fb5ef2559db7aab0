"""A served installation with a small invented market, and people of every role who look at it."""

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from httpx import ASGITransport, BaseTransport, Client, Request, Response

from galena.bootstrap import Galena
from galena.domain.access import Scope
from galena.domain.listing import LeadQuery
from galena.domain.tenancy import Role, User, Workspace
from galena.kit.clock import fixed_clock
from galena.kit.database import make_engine
from galena.kit.postgres import ServerAddress
from galena.settings import Settings
from galena.simulator.demo import fill_demo
from galena.stores import lead_lists, leads, users, workspaces
from galena.stores.door import OPERATOR, Door
from galena.stores.migrations import migrate
from galena.surfaces.web.app import create_app
from galena.surfaces.web.security import SESSION_COOKIE
from galena.surfaces.web.visitors import open_session, sign_in_link
from galena.workflows.api_access import make_key
from galena.workflows.claw_back import give
from galena.workflows.context import Context
from galena.workflows.people import ensure_operator
from galena.workflows.plans import active_plan
from galena.workflows.tenants import add_tenant
from galena.workflows.workspaces import ensure_workspace

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BUSINESSES = 70
ADDRESS = "http://testserver"


class InProcess(BaseTransport):
    """Asks an app without a server between."""

    def __init__(self, app: object) -> None:
        self._transport = ASGITransport(app, client=("127.0.0.1", 50_000))

    def handle_request(self, request: Request) -> Response:
        async def ask() -> Response:
            asked = Request(request.method, request.url, headers=request.headers, content=request.read())
            answer = await self._transport.handle_async_request(asked)
            return Response(answer.status_code, headers=answer.headers, content=await answer.aread())

        # In a thread of its own: a browser test earlier in this process leaves an event loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(ask())).result()


@dataclass
class Site:
    """An installation behind an app, without a server."""

    galena: Galena
    workspace: Workspace
    app: object

    def visitor(self) -> Client:
        """A browser that nobody signed in with; it does not follow redirects by itself."""
        return Client(transport=InProcess(self.app), base_url=ADDRESS)

    def admin(self) -> Client:
        """A browser of the operator."""
        browser = self.visitor()
        link = sign_in_link(self.galena, self.workspace, "")
        assert browser.get(link).headers["location"] == "/"
        return browser

    def browser_of(self, user_id: UUID, workspace_id: UUID | None = None) -> Client:
        """A browser of this user."""
        browser = self.visitor()
        token = open_session(self.galena, workspace_id or self.workspace.id, user_id)
        browser.cookies.set(SESSION_COOKIE, token, domain="testserver.local")
        return browser

    def viewer(self) -> Client:
        """A browser of somebody of the operator's who may look only."""
        return self.browser_of(self.add_user("viewer@example.org", Role.VIEWER))

    def member(self, lead_ids: list[UUID]) -> Client:
        """A browser of a tenant's member, with these leads assigned to the tenant."""
        with self.enter() as session:
            tenant = workspaces.add_tenant(session, "A tenant")
            leads.assign(session, lead_ids, tenant.id, at=NOW)
            user = users.add(
                session, email="member@example.org", name="Member", role=Role.MEMBER, tenant_id=tenant.id
            )
        return self.browser_of(user.id)

    def program(self, *scopes: Scope, user: User | None = None, calls_per_minute: int = 100_000) -> Client:
        """A program with a key of the API, by default one that may do everything."""
        with self.enter() as session:
            whose = user or ensure_operator(session, self.workspace)
            made = make_key(
                session, whose, "a program", scopes or tuple(Scope), NOW, calls_per_minute=calls_per_minute
            )
        caller = self.visitor()
        caller.headers["authorization"] = f"Bearer {made.secret}"
        caller.base_url = caller.base_url.join("/api/v1/")
        return caller

    def add_user(self, email: str, role: Role) -> UUID:
        with self.enter() as session:
            return users.add(session, email=email, name=email.split("@")[0], role=role).id

    def enter(self) -> AbstractContextManager:
        """A transaction as the operator."""
        return self.galena.door.enter(self.workspace.id, tenant_id=OPERATOR, actor="a test")

    def lead_ids(self, **query: object) -> list[UUID]:
        with self.enter() as session:
            return lead_lists.ids(session, LeadQuery(**query))


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
        workspace = ensure_workspace(door, "brokerage", slug="demo", actor="a test")
        with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
            playbook = active_plan(session).playbook
        context = Context(door, workspace.id, playbook, "a test", fixed_clock(NOW))
        fill_demo(context, tmp_path_factory.mktemp("market"), count=BUSINESSES, seed=7)
        engine.dispose()
        yield url


@contextmanager
def served(url: str, home: Path, limit_mb: int = 5) -> Iterator[Site]:
    """The app on a database."""
    engine = make_engine(url)
    try:
        settings = Settings(home=home, upload_limit_mb=limit_mb)
        galena = Galena(settings, engine, Door(engine), fixed_clock(NOW))
        with galena.door.lobby() as lobby:
            workspace = workspaces.find(lobby, "demo")
        assert workspace is not None
        app = create_app(galena)
        try:
            yield Site(galena, workspace, app)
        finally:  # As when a server stops: what still works in the background gives its connections back.
            app.state.live.close()
            app.state.jobs.close()
    finally:
        engine.dispose()


@pytest.fixture(scope="module")
def shown(
    market_url: str,
    copied_database: Callable[[str], AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """The market, to look at only; shared by the tests of a file."""
    with copied_database(market_url) as url, served(url, tmp_path_factory.mktemp("home")) as site:
        yield site


@pytest.fixture(scope="module")
def workbench(
    market_url: str,
    copied_database: Callable[[str], AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """The market, to change; shared by the tests of a file, which must not mind what the others left."""
    with copied_database(market_url) as url, served(url, tmp_path_factory.mktemp("home")) as site:
        yield site


@pytest.fixture
def site(
    market_url: str, copied_database: Callable[[str], AbstractContextManager[str]], tmp_path: Path
) -> Iterator[Site]:
    """The market, to change."""
    with copied_database(market_url) as url, served(url, tmp_path / "home", limit_mb=1) as site:
        yield site


def form_token(page: Response) -> str:
    """The token that the forms of a page carry."""
    found = re.search(r'name="csrf_token" value="(\w+)"', page.text)
    assert found is not None, page.text[:500]
    return found[1]


@pytest.fixture(scope="session")
def send() -> Callable[..., Response]:
    """send(browser, address, **texts): post a form as the page before it would, and follow where it leads."""

    def post(browser: Client, address: str, **texts: str) -> Response:
        token = form_token(browser.get("/leads"))
        answer = browser.post(address, data={"csrf_token": token, **texts}, follow_redirects=True)
        # On a busy machine work goes on in the background: its page leads on when it has ended.
        while "This goes on when you leave the page" in answer.text:
            time.sleep(0.05)
            answer = browser.get(str(answer.url), follow_redirects=True)
        return answer

    return post


@pytest.fixture
def given(site: Site) -> tuple[Client, list[UUID]]:
    """A member's browser, and the three leads that its tenant has; another tenant has a fourth."""
    with site.enter() as session:
        playbook = active_plan(session).playbook
    context = Context(site.galena.door, site.workspace.id, playbook, "a test", site.galena.clock)
    mine, other = add_tenant(context, "Mine"), add_tenant(context, "Other")
    ids = site.lead_ids(tiers=("green", "yellow"))[:4]
    give(context, ids[:3], "Mine", "A test")
    give(context, ids[3:], "Other", "A test")
    assert other.tenant.name == "Other"
    with site.enter() as session:
        user = users.add(
            session, email="ann@example.org", name="Ann", role=Role.MEMBER, tenant_id=mine.tenant.id
        )
    return site.browser_of(user.id), ids
