"""Workspaces, tenants, users, sign-in, saved views."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from galena.domain.tenancy import Role, SignIn, User, Workspace
from galena.kit.errors import ConflictError, NotFoundError
from galena.stores import sign_in, users, views, workspaces
from galena.stores.door import OPERATOR, Door, Session

TOKEN = "a-long-random-token"


@pytest.fixture
def user(session: Session) -> User:
    return users.add(session, email=" Ann@Example.org ", name="Ann", role=Role.ADMIN, password_hash="argon")


def test_a_workspace_is_found_by_its_name(door: Door) -> None:
    slug = f"permits-{uuid4()}"
    with door.lobby() as lobby:
        made = workspaces.create(lobby, slug=slug, name="Permits", playbook="permits")
        assert workspaces.find(lobby, slug) == made
        assert workspaces.find(lobby, "nobody") is None
        assert made in workspaces.list_all(lobby)
        for refused in (slug, "Upper Case", ""):
            with pytest.raises(ConflictError, match="cannot be given"):
                workspaces.create(lobby, slug=refused, name="x", playbook="permits")
    with door.enter(made.id, tenant_id=OPERATOR, actor="a test") as session:
        assert workspaces.load(session) == made
        workspaces.rename(session, "Permits of Austin")
        assert workspaces.load(session).name == "Permits of Austin"


def test_a_workspace_that_does_not_exist_is_said_so(door: Door) -> None:
    with (
        door.enter(uuid4(), tenant_id=OPERATOR, actor="a test") as session,
        pytest.raises(NotFoundError, match="no such workspace"),
    ):
        workspaces.load(session)


def test_renaming_one_workspace_leaves_the_others(door: Door, new_workspace: Callable[[], Workspace]) -> None:
    one, two = new_workspace(), new_workspace()
    with door.enter(one.id, tenant_id=OPERATOR, actor="a test") as session:
        workspaces.rename(session, "changed")
    with door.lobby() as lobby:
        assert workspaces.find(lobby, two.slug) == two


def test_tenants_are_listed_by_name(session: Session) -> None:
    two, one = workspaces.add_tenant(session, "Roofers"), workspaces.add_tenant(session, "Fencers")
    assert workspaces.list_tenants(session) == (one, two)
    assert workspaces.load_tenant(session, two.id) == two


def test_an_email_is_one_person_whatever_its_case(session: Session, user: User) -> None:
    assert user.email == "ann@example.org"
    assert users.find(session, "ANN@example.org") == user
    assert users.load(session, user.id) == user
    assert users.list_all(session) == (user,)
    with pytest.raises(ConflictError, match="cannot be added"):
        users.add(session, email="ann@EXAMPLE.org", name="Another", role=Role.ADMIN)


def test_roles_and_tenants_fit(session: Session) -> None:
    tenant = workspaces.add_tenant(session, "Roofers")
    users.add(session, email="m@example.org", name="M", role=Role.MEMBER, tenant_id=tenant.id)
    with pytest.raises(ConflictError):
        users.add(session, email="a@example.org", name="A", role=Role.ADMIN, tenant_id=tenant.id)
    with pytest.raises(ConflictError):
        users.add(session, email="n@example.org", name="N", role=Role.MEMBER)


def test_the_workspaces_of_an_email_are_found(door: Door, new_workspace: Callable[[], Workspace]) -> None:
    made, email = [new_workspace(), new_workspace()], f"{uuid4()}@example.org"
    for workspace in made:
        with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
            users.add(session, email=email, name="x", role=Role.VIEWER)
    with door.lobby() as lobby:
        assert users.list_workspaces_of(lobby, email.upper()) == tuple(sorted(w.id for w in made))


def test_a_password_is_replaced(session: Session, user: User) -> None:
    users.set_password(session, user.id, "another")
    assert users.load(session, user.id).password_hash == "another"


def test_a_session_lets_in_until_it_ends(door: Door, workspace: Workspace, noon: datetime) -> None:
    token, hour = f"t{uuid4()}", timedelta(hours=1)
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        user = users.add(session, email="ann@example.org", name="Ann", role=Role.ADMIN)
        sign_in.open_session(session, user_id=user.id, token=token, expires_at=noon + hour, now=noon)
    with door.lobby() as lobby:
        found = sign_in.find_session(lobby, token, now=noon)
        assert found == SignIn(workspace.id, user.id, noon + hour, noon)
        assert sign_in.find_session(lobby, token, now=noon + hour) is None
        assert sign_in.find_session(lobby, token + "x", now=noon) is None
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        kept = session.connection.execute(text("SELECT token_hash FROM sessions")).scalar_one()
        assert token.encode() not in kept
        sign_in.prolong_session(session, token, expires_at=noon + 2 * hour, now=noon)
    with door.lobby() as lobby:
        assert sign_in.find_session(lobby, token, now=noon + hour) is not None
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        sign_in.open_session(session, user_id=user.id, token=token + "2", expires_at=noon)
        assert sign_in.prune_sessions(session, now=noon) == 1
        sign_in.close_session(session, token + "unknown")
        assert sign_in.close_sessions_of(session, user.id) == 1
    with door.lobby() as lobby:
        assert sign_in.find_session(lobby, token, now=noon) is None


def test_a_link_signs_in_once(door: Door, workspace: Workspace, noon: datetime) -> None:
    token, hour = f"t{uuid4()}", timedelta(hours=1)
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        user = users.add(session, email="ann@example.org", name="Ann", role=Role.ADMIN)
        sign_in.add_link(session, user_id=user.id, token=token, expires_at=noon + hour)
    with door.lobby() as lobby:
        assert sign_in.find_link(lobby, token, now=noon) is not None
        assert sign_in.find_link(lobby, token, now=noon + hour) is None
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        assert not sign_in.use_link(session, token, now=noon + hour)
        assert sign_in.use_link(session, token, now=noon)
        assert not sign_in.use_link(session, token, now=noon)
    with door.lobby() as lobby:
        assert sign_in.find_link(lobby, token, now=noon) is None


def test_a_view_is_saved_replaced_and_shared(session: Session, user: User) -> None:
    colleague = users.add(session, email="bob@example.org", name="Bob", role=Role.ADMIN)
    own = views.save(session, user.id, "Hot roofs", {"tier": "A"})
    shared = views.save(session, colleague.id, "Best", {"sort": "score"}, shared=True)
    views.save(session, colleague.id, "Private", {})
    again = views.save(session, user.id, "Hot roofs", {"tier": "B"})
    assert again.id == own.id
    assert views.list_for(session, user.id) == (shared, again)
    assert views.delete_(session, user.id, shared.id) is None
    assert views.delete_(session, colleague.id, shared.id) == shared
    assert views.list_for(session, user.id) == (again,)


def test_views_are_shared_within_a_tenant(door: Door, workspace: Workspace) -> None:
    people = []
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        for name in ("one", "one", "two"):
            tenant = next(
                (t for t in workspaces.list_tenants(session) if t.name == name), None
            ) or workspaces.add_tenant(session, name)
            email = f"{uuid4()}@example.org"
            people.append(users.add(session, email=email, name=name, role=Role.MEMBER, tenant_id=tenant.id))
    for person, seen in zip(people, (1, 1, 0), strict=True):
        assert person.tenant_id is not None
        with door.enter(workspace.id, tenant_id=person.tenant_id, actor="a test") as session:
            if person is people[0]:
                views.save(session, person.id, "Ours", {}, shared=True)
            assert len(views.list_for(session, person.id)) == seen
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        assert views.list_for(session, uuid4()) == ()
