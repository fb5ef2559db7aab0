"""No row is seen or changed across workspaces or tenants: every table, with and without the door.

The tables are discovered: a new one that nobody thought of fails here until it is guarded.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, Table, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
)

from galena.domain.tenancy import Tenant, Workspace
from galena.kit.database import make_engine
from galena.kit.ids import new_id
from galena.stores.door import OPERATOR, Door
from galena.stores.tables import Reach, metadata

GUARDED = [table for table in metadata.sorted_tables if "workspace_id" in table.c]
NAMES = [table.name for table in GUARDED]
OF_TENANTS = [table for table in GUARDED if table.info["reads"] in (Reach.TENANT, Reach.LEAD)]


@dataclass(frozen=True)
class World:
    """Two workspaces; in each, two tenants with a row of every table each, and the operator with one."""

    here: Workspace
    there: Workspace
    tenant: Tenant
    other: Tenant


@pytest.fixture(scope="module")
def world(engine: Engine) -> World:
    door, made = Door(engine), []
    for _ in range(2):
        with door.lobby() as lobby:
            workspace_id = new_id()
            lobby.connection.execute(
                text("INSERT INTO workspaces (id, slug, name, playbook) VALUES (:id, :slug, 'W', 'b2b')"),
                {"id": workspace_id, "slug": f"w-{workspace_id}"},
            )
        tenants = []
        for name in ("one", "two", None):
            with _as_admin(engine, workspace_id) as connection:
                tenants.append(_fill(connection, name))
        made.append((workspace_id, tenants))
    noon = datetime.fromisoformat("2026-03-01T12:00:00Z")
    (here, (one, two, _)), (there, _) = made
    workspaces = [Workspace(id_, "", "", "", None, noon) for id_ in (here, there)]
    return World(*workspaces, Tenant(one, "one", noon), Tenant(two, "two", noon))


def test_every_table_is_guarded(engine: Engine) -> None:
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class"
                " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
            )
        )
        guarded = {row[0]: row[1] for row in rows}
        open_to_all = connection.execute(
            text(
                "SELECT c.relname FROM pg_class c,"
                " unnest(ARRAY['galena_operator', 'galena_tenant', 'galena_lobby']) AS role"
                " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relispartition"
                " AND has_any_column_privilege(role, c.oid, 'SELECT, INSERT, UPDATE')"
            )
        ).scalars()
        # Partitions are reached through their table alone.
        assert list(open_to_all) == []
    assert guarded.pop("alembic_version") is False
    assert set(guarded) == set(metadata.tables)
    assert all(guarded.values())


@pytest.mark.parametrize("name", NAMES)
def test_another_workspace_is_neither_seen_nor_changed(door: Door, world: World, name: str) -> None:
    table = metadata.tables[name]
    with door.enter(world.there.id, tenant_id=OPERATOR, actor="a test") as session:
        seen = session.connection.execute(select(table.c.workspace_id).distinct()).scalars().all()
        assert seen == [world.there.id]
        foreign = table.c.workspace_id == world.here.id
        for change in (
            update(table).values(workspace_id=world.there.id).where(foreign),
            delete(table).where(foreign),
        ):
            assert _changed(session.connection, change) == 0
        _refused(
            session.connection, insert(table), _row(session.connection, table, workspace_id=world.here.id)
        )


@pytest.mark.parametrize("name", NAMES)
def test_a_row_cannot_be_moved_into_another_workspace(door: Door, world: World, name: str) -> None:
    table = metadata.tables[name]
    with door.enter(world.here.id, tenant_id=OPERATOR, actor="a test") as session:
        _refused(session.connection, update(table).values(workspace_id=world.there.id))


@pytest.mark.parametrize("role", ["galena_operator", "galena_tenant"])
@pytest.mark.parametrize(
    ("workspace", "tenant"),
    [(None, None), ("", ""), (None, "*"), ("here", ""), ("here", None), (None, "one")],
)
def test_without_the_door_nothing_is_there(
    engine: Engine, world: World, role: str, workspace: str | None, tenant: str | None
) -> None:
    known = {"here": str(world.here.id), "one": str(world.tenant.id)}
    with engine.connect() as connection, connection.begin() as transaction:
        for setting, value in (("workspace", workspace), ("tenant", tenant)):
            if value is not None:
                shown = {"v": known.get(value, value)}
                connection.execute(text(f"SELECT set_config('app.{setting}', :v, true)"), shown)
        connection.execute(text(f"SET LOCAL ROLE {role}"))
        for table in GUARDED:
            assert _count(connection, table) == 0, table.name
            _refused(connection, insert(table), _row(connection, table, workspace_id=world.here.id))
        transaction.rollback()


@pytest.mark.parametrize("name", NAMES)
def test_a_tenant_sees_what_is_its_own(door: Door, world: World, name: str) -> None:
    table = metadata.tables[name]
    with door.enter(world.here.id, tenant_id=OPERATOR, actor="a test") as session:
        assert _count(session.connection, table) == 3 - _is_of_a_tenant(table)
    with door.enter(world.here.id, tenant_id=world.tenant.id, actor="a test") as session:
        reads = table.info["reads"]
        expected = {Reach.WORKSPACE: 3, Reach.OPERATOR: 0, Reach.TENANT: 1, Reach.LEAD: 1}[reads]
        assert _count(session.connection, table) == expected
        if name == "tenants":
            assert session.connection.execute(select(table.c.id)).scalar_one() == world.tenant.id
        elif reads is Reach.TENANT:
            assert session.connection.execute(select(table.c.tenant_id)).scalar_one() == world.tenant.id
    with door.enter(world.here.id, tenant_id=uuid4(), actor="a test") as session:
        assert _count(session.connection, table) == (3 if table.info["reads"] is Reach.WORKSPACE else 0)
    with door.enter(world.there.id, tenant_id=world.tenant.id, actor="a test") as session:
        assert _count(session.connection, table) == (3 if table.info["reads"] is Reach.WORKSPACE else 0)


@pytest.mark.parametrize("name", NAMES)
def test_a_tenant_changes_its_own_at_most(door: Door, world: World, name: str) -> None:
    table = metadata.tables[name]
    own = 1 if table.info["writes"] in (Reach.TENANT, Reach.LEAD) else 0
    with door.enter(world.here.id, tenant_id=world.tenant.id, actor="a test") as session:
        connection = session.connection
        same = update(table).values(workspace_id=table.c.workspace_id)
        for change in (same, delete(table)):
            with connection.begin_nested() as attempt:
                assert _changed(connection, change) in (0, own)
                attempt.rollback()
        foreign = {"tenant_id": world.other.id} if "tenant_id" in table.c else {}
        if "lead_id" in table.c:
            foreign["lead_id"] = _lead_of(world.other)
        if foreign or not own:
            _refused(connection, insert(table), _row(connection, table, **foreign))
        if "tenant_id" in table.c and own:
            _refused(connection, update(table).values(tenant_id=world.other.id))
            _refused(connection, update(table).values(tenant_id=None))
        if table.info["writes"] is Reach.LEAD:
            with connection.begin_nested() as attempt:
                connection.execute(insert(table), [_row(connection, table, lead_id=_lead_of(world.tenant))])
                attempt.rollback()


def test_the_door_leaves_nothing_behind_on_its_connection(
    database_url: str, engine: Engine, world: World
) -> None:
    alone = make_engine(database_url, pool_size=1)
    shown = text(
        "SELECT pg_backend_pid(), current_user::text, current_setting('app.workspace', true),"
        " current_setting('app.tenant', true)"
    )
    with Door(alone).enter(world.here.id, tenant_id=OPERATOR, actor="a test") as session:
        inside = session.connection.execute(shown).one()
    with alone.connect() as connection:
        outside = connection.execute(shown).one()
    alone.dispose()
    assert inside[1:] == ("galena_operator", str(world.here.id), "*")
    assert (outside[0], outside[2], outside[3]) == (inside[0], "", "")
    assert outside[1] != "galena_operator"


def test_the_door_wants_to_know_for_whom(door: Door, world: World) -> None:
    missing: Any = None
    with (
        pytest.raises(ValueError, match="OPERATOR"),
        door.enter(world.here.id, tenant_id=missing, actor="a test"),
    ):
        pass


def test_an_error_inside_leaves_nothing(door: Door, world: World) -> None:
    def fail() -> None:
        with door.enter(world.here.id, tenant_id=OPERATOR, actor="a test") as session:
            session.connection.execute(insert(metadata.tables["tenants"]), [{"id": uuid4(), "name": "gone"}])
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    with door.enter(world.here.id, tenant_id=OPERATOR, actor="a test") as session:
        assert _count(session.connection, metadata.tables["tenants"]) == 2


def test_the_lobby_shows_no_more_than_it_must(door: Door, world: World) -> None:
    with door.lobby() as lobby:
        for table in GUARDED:
            readable = table.name in ("sessions", "sign_in_links")
            if not readable:
                _refused(lobby.connection, select(table))
            _refused(lobby.connection, update(table).values(workspace_id=world.here.id))
            _refused(lobby.connection, delete(table))


@contextmanager
def _as_admin(engine: Engine, workspace_id: UUID) -> Iterator[Connection]:
    """The owner of the tables, who passes by the policies, with the defaults of the workspace."""
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('app.workspace', :id, true)"), {"id": str(workspace_id)})
        connection.execute(text("SELECT set_config('app.tenant', '*', true)"))
        yield connection


def _fill(connection: Connection, tenant: str | None) -> UUID:
    """A row in every table, for a tenant or for the operator; returns the tenant's id, which is its lead's too."""
    tenant_id = new_id()
    for table in GUARDED:
        if tenant is None and _is_of_a_tenant(table):
            continue
        given: dict[str, Any] = {"id": tenant_id} if table.name in ("tenants", "leads") else {}
        if "tenant_id" in table.c:
            given["tenant_id"] = tenant_id if tenant else None
        if "lead_id" in table.c:
            given["lead_id"] = tenant_id
        connection.execute(insert(table), [_row(connection, table, **given)])
    return tenant_id


def _is_of_a_tenant(table: Table) -> bool:
    """Whether there is no row without a tenant."""
    return table.name == "tenants" or ("tenant_id" in table.c and not table.c.tenant_id.nullable)


def _lead_of(tenant: Tenant) -> UUID:
    return tenant.id


def _row(connection: Connection, table: Table, **given: Any) -> dict[str, Any]:
    """Values for every column that needs one; a reference names some row of the same workspace."""
    fixed = {
        "status": {
            "leads": "active",
            "quarantine": "open",
            "models": "candidate",
            "lead_enrichments": "complete",
        }.get(table.name, "done"),
        "outcome": "found",
        "how": "drop",
        "kind": {"experiments": "model"}.get(table.name, "lead"),
        "stage": 1,
        "severity": "info",
        "trigger": "hand",
        "entry": "top_up",
        "role": {"users": "viewer"}.get(table.name, "leads"),
        "email": f"{uuid4()}@example.org",
        "tier": "A",
    }
    row = dict(given)
    for column in table.columns:
        if column.name in row or column.name == "workspace_id":
            continue
        is_ended = (table.name, column.name) == ("overrides", "ended_at")  # One at most stands for a lead.
        if column.nullable and column.name != "tier" and not is_ended:
            continue
        if column.server_default is not None:
            continue
        row[column.name] = fixed[column.name] if column.name in fixed else _value(column.type)
    for constraint in table.foreign_key_constraints:
        name = constraint.column_keys[-1]
        if name in row and name not in given and name != "workspace_id":
            target = constraint.referred_table
            found = connection.execute(select(target.c.id).order_by(target.c.id.desc()).limit(1)).scalar()
            row[name] = found or row[name]
    return row


def _value(kind: Any) -> Any:
    if isinstance(kind, ARRAY):
        return []
    for types, value in (
        ((Double,), 0.5),
        ((BigInteger, Integer, SmallInteger), uuid4().int % 1_000_000_000),
        ((Numeric,), 1),
        ((Boolean,), False),
        ((DateTime,), datetime.fromisoformat("2026-03-01T12:00:00Z")),
        ((Date,), datetime.fromisoformat("2026-03-01").date()),
        ((LargeBinary,), uuid4().bytes),
    ):
        if isinstance(kind, types):
            return value
    return {"UUID": new_id(), "JSON": {}, "JSONB": {}}.get(type(kind).__name__, f"x{uuid4()}")


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _changed(connection: Connection, change: Any) -> int:
    """How many rows a change touched; none when the very right to it is missing."""
    try:
        with connection.begin_nested():
            return int(connection.execute(change).rowcount)
    except DBAPIError as error:
        if "permission denied" not in str(error.orig):
            raise
        return 0


def _refused(
    connection: Connection, statement: Any, row: Callable[[], Any] | dict[str, Any] | None = None
) -> None:
    with pytest.raises(DBAPIError) as caught, connection.begin_nested():
        connection.execute(statement, [row] if row is not None else None)
    complaint = str(caught.value.orig)
    assert "row-level security" in complaint or "permission denied" in complaint
