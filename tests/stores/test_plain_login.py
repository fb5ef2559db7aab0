"""Galena works on a server where its login is not a superuser, once an administrator has granted it the roles."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy import Engine, text

from galena.domain.events import NewEvent
from galena.domain.listing import LeadEntry
from galena.kit.database import make_engine
from galena.stores import audit, leads, links, outbox, workspaces
from galena.stores.door import OPERATOR, Door
from galena.stores.migrations import migrate
from galena.stores.migrations.roles import ROLES

LOGIN = "plain_login"


@pytest.fixture
def plain(fresh_database: str) -> Iterator[Engine]:
    """An engine whose login owns its database and nothing else."""
    admin = make_engine(fresh_database)
    migrated = make_engine(fresh_database)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        database = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(f"CREATE ROLE {LOGIN} LOGIN PASSWORD 'plain'"))
        connection.execute(text(f'ALTER DATABASE "{database}" OWNER TO {LOGIN}'))
        for role in ROLES:
            exists = connection.execute(
                text("SELECT 1 FROM pg_roles WHERE rolname = :r"), {"r": role}
            ).scalar()
            if not exists:
                connection.execute(text(f"CREATE ROLE {role} NOLOGIN"))
            connection.execute(text(f"GRANT {role} TO {LOGIN}"))
    url = migrated.url.set(username=LOGIN, password="plain").render_as_string(hide_password=False)
    engine = make_engine(url)
    yield engine
    engine.dispose()
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'ALTER DATABASE "{database}" OWNER TO CURRENT_USER'))
        connection.execute(text(f"DROP OWNED BY {LOGIN} CASCADE"))
        connection.execute(text(f"DROP ROLE {LOGIN}"))
    admin.dispose()
    migrated.dispose()


def test_the_whole_way_with_a_plain_login(
    plain: Engine, add_leads: Callable[..., list[LeadEntry]], noon: datetime
) -> None:
    migrate(plain)
    door = Door(plain)
    with door.lobby() as lobby:
        workspace = workspaces.create(lobby, slug="plain", name="Plain", playbook="b2b")
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        tenant = workspaces.add_tenant(session, "Roofers")
        (lead, other) = add_leads(session, "crm:1", "crm:2")
        links.add_many(session, [("account:acme", lead.lead.id)])
        leads.assign(session, [lead.lead.id], tenant.id, at=noon)
        outbox.append(session, [NewEvent("assigned", lead.lead.id)])
        audit.record(session, "assign_lead", f"lead:{lead.lead.id}")
    with door.enter(workspace.id, tenant_id=tenant.id, actor="a test") as session:
        assert set(leads.load_many(session, [lead.lead.id, other.lead.id])) == {lead.lead.id}
        assert links.list_for_lead(session, lead.lead.id) == ("account:acme",)
        assert [event.kind for event in outbox.read(session)] == ["assigned"]
    with plain.connect() as connection:
        # The owner of the tables, without the door: the policies are forced on it too.
        assert connection.execute(text("SELECT count(*) FROM leads")).scalar_one() == 0
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        assert leads.delete_many(session, [lead.lead.id]) == 1
        assert links.find_many(session, ["account:acme"]) == {}
    assert outbox.make_months(plain, noon.date(), count=1) == ("outbox_2026_03",)
