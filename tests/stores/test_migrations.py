"""The database that the migrations make is the one the tables describe; all of it or nothing."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Engine, inspect, text

from galena.kit.database import make_engine
from galena.kit.errors import ConfigurationError, ConflictError
from galena.stores import migrations
from galena.stores.migrations import migrate, newest_version, schema_version
from galena.stores.tables import metadata


@pytest.fixture
def empty(fresh_database: str) -> Iterator[Engine]:
    engine = make_engine(fresh_database)
    yield engine
    engine.dispose()


def test_the_migrated_database_is_the_one_described(engine: Engine) -> None:
    def ours(name: str | None, kind: str, parents: object) -> bool:
        return not (kind == "table" and str(name).startswith(("outbox_", "alembic_")))

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_server_default": True, "compare_type": True, "include_name": ours},
        )
        assert compare_metadata(context, metadata) == []


def test_checks_are_the_ones_described(engine: Engine) -> None:
    described = {
        (table.name, constraint.name)
        for table in metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    found = {
        (table, check["name"])
        for table in metadata.tables
        for check in inspect(engine).get_check_constraints(table)
    }
    assert found == described


def test_the_newest_version_is_the_last_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == newest_version()


def test_migrating_twice_changes_nothing(empty: Engine) -> None:
    assert schema_version(empty) is None
    assert migrate(empty) == newest_version()
    assert migrate(empty) == schema_version(empty) == newest_version()


def test_the_newest_version_is_the_revision_that_no_other_follows() -> None:
    assert ScriptDirectory(str(Path(migrations.__file__).parent)).get_current_head() == newest_version()


def test_a_database_of_a_newer_galena_is_refused(empty: Engine) -> None:
    migrate(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '2099_01_01_much_later'"))
    with pytest.raises(ConflictError, match="newer Galena") as caught:
        migrate(empty)
    assert caught.value.facts["database"] == "2099_01_01_much_later"


def test_two_starters_do_not_collide(empty: Engine) -> None:
    done: list[str] = []
    starters = [threading.Thread(target=lambda: done.append(migrate(empty))) for _ in range(2)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join(timeout=30)
    assert done == [newest_version()] * 2


def test_a_migration_that_fails_leaves_nothing(empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE exports (id int)"))
    with pytest.raises(Exception, match="exports"):
        migrate(empty)
    assert schema_version(empty) is None
    assert inspect(empty).get_table_names() == ["exports"]


def test_a_login_that_may_not_make_roles_is_told_what_to_ask_for(empty: Engine, fresh_database: str) -> None:
    with empty.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS poor_login"))
        connection.execute(text("CREATE ROLE poor_login LOGIN PASSWORD 'poor'"))
        connection.execute(text("GRANT CREATE ON SCHEMA public TO poor_login"))
    poor = make_engine(empty.url.set(username="poor_login", password="poor").render_as_string(False))
    try:
        with pytest.raises(ConfigurationError) as caught:
            migrate(poor)
    finally:
        poor.dispose()
        with empty.begin() as connection:
            connection.execute(text("DROP OWNED BY poor_login"))
            connection.execute(text("DROP ROLE poor_login"))
    assert 'GRANT galena_operator TO "poor_login"' in caught.value.remedy
    assert schema_version(empty) is None


@pytest.mark.slow
def test_a_migration_that_is_killed_leaves_all_or_nothing(empty: Engine, fresh_database: str) -> None:
    program = (
        "import sys; from alembic import command; from galena.kit.database import make_engine;"
        "from galena.stores.migrations import migrate;"
        "engine = make_engine(sys.argv[1]); print('go', flush=True); migrate(engine)"
    )
    tables = set(metadata.tables)
    for wait_s in (0.0, 0.05, 0.1, 0.15, 0.2, 0.3):
        starter = subprocess.Popen(
            [sys.executable, "-c", program, fresh_database], stdout=subprocess.PIPE, text=True
        )
        assert starter.stdout is not None
        assert starter.stdout.readline() == "go\n"
        time.sleep(wait_s)
        starter.kill()
        starter.wait()
        starter.stdout.close()
        found = tables & set(inspect(empty).get_table_names())
        assert found in (set(), tables)
        assert schema_version(empty) == (newest_version() if found else None)
    assert migrate(empty) == newest_version()
    assert tables <= set(inspect(empty).get_table_names())
