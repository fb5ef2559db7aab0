"""Every operation of the document, asked by those who must not: anonymous, a viewer, another tenant's member, the
admin of another workspace. Nothing that is not theirs is told, and nothing is changed. New operations are found by
themselves."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from galena.domain.access import Scope
from galena.domain.tenancy import Role
from galena.stores import leads, revisions, users, workspaces
from galena.stores.door import OPERATOR
from galena.stores.tables import metadata
from galena.workflows.people import ensure_operator

from .api_asking import Asker, Operations, key_of
from .conftest import Site, served

pytestmark = pytest.mark.slow

UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ENDS_SOMETHING = re.compile(r"/(revoke|reset-sign-in|undo|cancel|roll-back)$")
OF_ASKING = {"api_keys", "kept_answers", "processes", "audit", "exports"}
"""Tables that asking itself writes to: the last use of a key, what was exported and by whom."""

SIGNED = "/inbound/"
"""Proved by the sender's signature in place of a key; tests of its own prove it."""


@dataclass
class World:
    """Two workspaces, and in the first one two tenants.

    Attributes:
        known: ids of the first workspace for the paths of operations.
        told: every id and every text that could tell somebody something, as its operator is told them.
        foreign_lead: a lead of the tenant that the member does not belong to.
    """

    site: Site
    asker: Asker
    operations: Operations
    operator: str
    viewer: str
    member: str
    stranger: str
    foreign_lead: str
    foreign_tenant: str
    own: set[str]
    known: dict[tuple[str, str], str] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)

    def sweep(
        self, secret: str | None, *, writes_only: bool = False
    ) -> Iterator[tuple[str, str, httpx.Response]]:
        """Each operation, asked about what is the first workspace's: label, all that was sent with it and every text
        that was sent before, answer."""
        said = ""
        by_name = {name: each for (_, name), each in self.known.items()} | {"tenant_id": self.foreign_tenant}
        for method, path, operation in self.operations.all:
            if path.startswith(SIGNED) or (writes_only and method == "get"):
                continue
            filled = self.operations.filled(path, self.known, self.foreign_lead)
            body = self.operations.sent_with(operation, by_name)
            yield (
                f"{method.upper()} {path}",
                f"{filled} {body} {said}",
                self.asker.ask(method, filled, secret, **body),
            )
            said += UUIDS.sub("", str(body))

    def rows(self, about: str = "") -> dict[str, str]:
        """Table -> a hash of its rows (those that name `about`)."""
        found = {}
        with self.site.galena.engine.connect() as connection:
            for table in metadata.tables:
                rows = f"FROM {table} t WHERE t::text LIKE :about"
                query = text(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) {rows}")
                hashed = connection.execute(query, {"about": f"%{about}%"}).scalar()
                if table not in OF_ASKING:
                    found[table] = hashed
        return found


@pytest.fixture(scope="module")
def world(
    market_url: str,
    copied_database: Callable[[str], AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    with copied_database(market_url) as url, served(url, tmp_path_factory.mktemp("home")) as site:
        asker = Asker(site)
        made = _made(site, asker)
        _look_as_operator(made)
        yield made
        asker.close()


def _made(site: Site, asker: Asker) -> World:
    first, second = site.lead_ids()[:2]
    with site.enter() as session:
        tenants = [workspaces.add_tenant(session, name) for name in ("Alpha Brokers", "Beta Brokers")]
        people = []
        for tenant, lead in zip(tenants, (first, second), strict=True):
            leads.assign(session, [lead], tenant.id, at=site.galena.clock())
            email = f"{tenant.name.split()[0].lower()}@example.org"
            people.append(users.add(session, email=email, name=email, role=Role.MEMBER, tenant_id=tenant.id))
        viewer = users.add(session, email="viewer@example.org", name="V", role=Role.VIEWER)
        operator = ensure_operator(session, site.workspace)
        revision = revisions.find_active(session)
    with site.galena.door.lobby() as lobby:
        other = workspaces.create(lobby, slug="other", name="Other", playbook="brokerage")
    with site.galena.door.enter(other.id, tenant_id=OPERATOR, actor="a test") as session:
        assert revision is not None
        revisions.save(session, revision)
        stranger = users.add(session, email="stranger@example.org", name="S", role=Role.ADMIN)
    here = site.workspace.id
    return World(
        site,
        asker,
        Operations(asker.ask("GET", "/openapi.json").json()),
        operator=key_of(site, here, operator),
        viewer=key_of(site, here, viewer, (Scope.READ,)),
        member=key_of(site, here, people[1]),
        stranger=key_of(site, other.id, stranger),
        foreign_lead=str(first),
        foreign_tenant=str(tenants[0].id),
        own={str(second), str(tenants[1].id), str(people[1].id)},
    )


def _look_as_operator(world: World) -> None:
    """Everything the operator is told, after one of each thing that the API can make was made."""
    ids = {"lead_id": world.foreign_lead, "tenant_id": world.foreign_tenant}
    for method, path, operation in world.operations.all:
        if method == "post" and "{" not in path.replace("{lead_id}", "") and not ENDS_SOMETHING.search(path):
            at = path.replace("{lead_id}", world.foreign_lead)
            world.asker.ask(method, at, world.operator, **world.operations.sent_with(operation, ids))
    _wait_for_jobs(world)
    world.known = world.operations.known_ids(world.asker, world.site, world.operator)
    world.known["/leads", "lead_id"] = world.foreign_lead
    world.known["/tenants", "tenant_id"] = world.foreign_tenant
    for method, path, _ in world.operations.all:
        if method == "get" and not path.startswith(SIGNED):
            answer = world.asker.ask(
                "GET", world.operations.filled(path, world.known, world.foreign_lead), world.operator
            )
            assert answer.status_code < 500, (path, answer.text)
            if answer.headers.get("content-type", "").startswith(("application/json", "text/csv")):
                world.told |= _telling(answer, of_leads=path.startswith(("/leads", "/exports")))
    own_lead = next(each for each in world.own if each in {str(lead) for lead in world.site.lead_ids()})
    world.own |= _telling(world.asker.ask("GET", f"/leads/{own_lead}", world.member), of_leads=True)


def _telling(answer: httpx.Response, *, of_leads: bool) -> set[str]:
    """Ids and texts that tell who or what it is; titles of leads alone, for reports and jobs have some, too."""
    details = re.findall(r'"(?:email|phone|address)":\s*"([^"]{6,})"', answer.text)
    titles = re.findall(r'"title":\s*"([^"]* [^"]*)"', answer.text) if of_leads else []
    return {*UUIDS.findall(answer.text), *titles, *(each for each in details if re.search(r"[\d@]", each))}


def _wait_for_jobs(world: World) -> None:
    import time

    while any(not job["ended_at"] if "ended_at" in job else job.get("status") in ("queued", "running")
              for job in _jobs(world)):  # fmt: skip
        time.sleep(0.05)


def _jobs(world: World) -> list[dict[str, Any]]:
    told = world.asker.ask("GET", "/jobs", world.operator).json()
    found: list[dict[str, Any]] = told if isinstance(told, list) else told["items"]
    return found


def _leaked(world: World, sent: str, answer: httpx.Response, own: set[str] = frozenset()) -> set[str]:  # type: ignore[assignment]
    return {each for each in world.told - own if each in answer.text and each not in sent}


def test_the_operator_is_told_much_so_that_there_is_much_to_leak(world: World) -> None:
    assert len(world.told) > 100
    assert len(world.operations.all) > 150
    assert {name for _, name in world.known} >= {"lead_id", "tenant_id", "user_id", "key_id"}


@pytest.mark.parametrize("secret", [None, "gal_invented", "a.b.c"])
def test_without_a_key_nothing_is_told(world: World, secret: str | None) -> None:
    for label, sent, answer in world.sweep(secret):
        assert answer.status_code == 401, label
        assert answer.headers["content-type"] == "application/problem+json", label
        assert not _leaked(world, sent, answer), label


def test_the_admin_of_another_workspace_sees_and_changes_nothing_here(world: World) -> None:
    before = world.rows(str(world.site.workspace.id))
    for label, sent, answer in world.sweep(world.stranger):
        assert answer.status_code < 500, (label, answer.text)
        assert not _leaked(world, sent, answer), label
        if "/{" in label and UUIDS.search(sent.partition(" ")[0]):
            assert answer.status_code >= 400, (label, answer.text)
    _wait_for_jobs(world)
    assert world.rows(str(world.site.workspace.id)) == before


def test_a_member_of_another_tenant_sees_and_changes_nothing_that_is_not_theirs(world: World) -> None:
    about = (world.foreign_lead, world.foreign_tenant)
    before = [world.rows(each) for each in about]
    for label, sent, answer in world.sweep(world.member):
        assert answer.status_code < 500, (label, answer.text)
        leads_told = _leaked(world, sent, answer, world.own) & _lead_ids_and_texts(world)
        assert not leads_told, (label, leads_told)
        assert world.foreign_tenant not in answer.text.replace(
            world.foreign_tenant, "", sent.count(world.foreign_tenant)
        )
        if "{lead_id}" in label:
            assert answer.status_code >= 400, (label, answer.text)
    assert [world.rows(each) for each in about] == before


def test_a_viewer_changes_nothing(world: World) -> None:
    before = world.rows()
    allowed = set()
    for label, _, answer in world.sweep(world.viewer, writes_only=True):
        assert answer.status_code < 500, (label, answer.text)
        if answer.status_code < 300:
            allowed.add(label)
    _wait_for_jobs(world)
    assert world.rows() == before, allowed


def _lead_ids_and_texts(world: World) -> set[str]:
    leads_here = {str(each) for each in world.site.lead_ids()}
    return {each for each in world.told if each in leads_here or not UUIDS.fullmatch(each)}


def test_what_is_known_is_of_this_workspace(world: World) -> None:
    assert world.asker.ask("GET", f"/leads/{world.foreign_lead}", world.operator).status_code == 200
    assert UUID(world.foreign_tenant)
