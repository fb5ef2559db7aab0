"""Who comes and goes: invited, given roles, removed and brought back; nobody locks the door behind themselves."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from galena.domain.tenancy import Role, Workspace
from galena.kit.database import make_engine
from galena.kit.errors import ConflictError, InputError, NotFoundError
from galena.stores import audit, sign_in, users, workspaces
from galena.stores.door import OPERATOR, Door, Session
from galena.stores.migrations import migrate
from galena.workflows.people import (
    LINK_LASTS,
    add_person,
    change_role,
    ensure_operator,
    invite,
    make_link,
    membership_history,
    remove_person,
    restore_person,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def place(engine: Engine) -> Iterator[tuple[Session, Workspace]]:
    """A workspace with its operator."""
    door = Door(engine)
    with door.lobby() as lobby:
        made = workspaces.create(lobby, slug=f"w-{uuid4()}", name="W", playbook="brokerage")
    with door.enter(made.id, tenant_id=OPERATOR, actor="a test") as session:
        ensure_operator(session, made)
        yield session, made


def test_the_operator_is_the_installation_s_own_and_never_another_admin(
    place: tuple[Session, Workspace],
) -> None:
    session, workspace = place
    add_person(
        session, email="ann@example.org", name="Ann", role=Role.ADMIN
    )  # before "operator@" in the list
    operator = ensure_operator(session, workspace)
    assert operator.email == f"operator@{workspace.slug}.localhost"
    for refused in (
        lambda: change_role(session, operator.id, Role.VIEWER),
        lambda: remove_person(session, operator.id, NOW),
    ):
        with pytest.raises(ConflictError, match="the installation itself"):
            refused()
    users.set_role(session, operator.id, Role.VIEWER)  # as it could be once
    assert ensure_operator(session, workspace).role is Role.ADMIN


def test_the_last_admin_of_a_tenant_stays(place: tuple[Session, Workspace]) -> None:
    session, _ = place
    tenant = workspaces.add_tenant(session, "Waco").id
    ann = add_person(session, email="ann@example.org", name="", role=Role.TENANT_ADMIN, tenant_id=tenant)
    for refused in (
        lambda: change_role(session, ann.id, Role.MEMBER),
        lambda: remove_person(session, ann.id, NOW),
    ):
        with pytest.raises(ConflictError, match="only admin"):
            refused()
    bob = add_person(session, email="bob@example.org", name="Bob", role=Role.MEMBER, tenant_id=tenant)
    with pytest.raises(ConflictError, match="cannot be admin"):
        change_role(session, bob.id, Role.ADMIN)
    change_role(session, bob.id, Role.TENANT_ADMIN)
    assert change_role(session, ann.id, Role.MEMBER).role is Role.MEMBER
    with pytest.raises(ConflictError, match="remove themselves"):
        remove_person(replace(session, actor=str(ann.id)), ann.id, NOW)


def test_who_is_removed_is_out_at_once_and_comes_back_as_they_were(
    place: tuple[Session, Workspace],
) -> None:
    session, _ = place
    tenant = workspaces.add_tenant(session, "Waco").id
    invited = invite(session, NOW, email="Ann@Example.org", name="Ann", role=Role.MEMBER, tenant_id=tenant)
    ann = invited.user
    sign_in.open_session(session, user_id=ann.id, token="t", expires_at=NOW + timedelta(hours=1), now=NOW)
    remove_person(session, ann.id, NOW)
    assert users.find(session, "ann@example.org") is None
    with pytest.raises(NotFoundError):
        users.load(session, ann.id)
    assert sign_in.list_sessions(session, ann.id, now=NOW) == ()
    assert sign_in.use_link(session, invited.token, now=NOW) is False
    assert ann.id in {user.id for user in users.list_all(session)}  # whose name stands on what they did
    assert restore_person(session, ann.id) == ann
    remove_person(session, ann.id, NOW)
    again = add_person(session, email="ann@example.org", name="Annie", role=Role.VIEWER, tenant_id=tenant)
    assert (again.id, again.name, again.role) == (ann.id, "Annie", Role.VIEWER)
    told = [each.action for each in audit.list_(session, subject=f"user:{ann.id}")]
    assert told[::-1] == [
        "add_person",
        "make_sign_in_link",
        "remove_person",
        "restore_person",
        "remove_person",
        "restore_person",
    ]


def test_a_new_link_ends_the_one_before(place: tuple[Session, Workspace]) -> None:
    session, _ = place
    first = invite(session, NOW, email="ann@example.org", name="Ann", role=Role.VIEWER)
    second = make_link(session, first.user.id, NOW)
    assert sign_in.use_link(session, first.token, now=NOW) is False
    assert sign_in.use_link(session, second.token, now=NOW + LINK_LASTS) is False
    assert sign_in.use_link(session, second.token, now=NOW) is True
    with pytest.raises(InputError, match="no e-mail"):
        invite(session, NOW, email="ann", name="", role=Role.VIEWER)


def test_a_tenant_sees_what_was_changed_of_its_own_people(engine: Engine) -> None:
    door = Door(engine)
    with door.lobby() as lobby:
        made = workspaces.create(lobby, slug=f"w-{uuid4()}", name="W", playbook="brokerage")
    with door.enter(made.id, tenant_id=OPERATOR, actor="the desk") as session:
        here, there = workspaces.add_tenant(session, "Waco").id, workspaces.add_tenant(session, "Plano").id
        add_person(session, email="ann@example.org", name="Ann", role=Role.VIEWER)
        bob = add_person(session, email="bob@example.org", name="Bob", role=Role.MEMBER, tenant_id=here)
        make_link(session, bob.id, NOW)
        change_role(session, bob.id, Role.VIEWER)
        remove_person(session, bob.id, NOW)
        restore_person(session, bob.id)
        assert len(membership_history(session)) == 6
    with door.enter(made.id, tenant_id=here, actor=str(bob.id)) as session:
        told = membership_history(session)
        assert [each.action for each in reversed(told)] == [
            *("add_person", "make_sign_in_link", "change_role", "remove_person", "restore_person")
        ]
        assert {(each.actor, each.subject) for each in told} == {("the desk", f"user:{bob.id}")}
        assert audit.list_(session) == told
    with door.enter(made.id, tenant_id=there, actor="a test") as session:
        assert membership_history(session) == ()
