"""`galena db migrate` killed with SIGKILL on an empty database and on one that was migrated only part of the way."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from galena.kit.database import make_engine
from galena.stores.migrations import newest_version, schema_version
from galena.stores.tables import metadata

TABLES = set(metadata.tables)
MOMENTS_S = (0.3, 0.6, 0.8, 1.0, 1.2, 1.5)


def migrating(home: Path, url: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "GALENA_HOME": str(home), "GALENA_DATABASE_URL": url}
    command = [str(Path(sys.executable).with_name("galena")), "db", "migrate", "--json"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def killed_after(process: subprocess.Popen[bytes], seconds: float) -> None:
    time.sleep(seconds)
    process.kill()
    process.wait(60)


def found(url: str) -> tuple[str | None, set[str]]:
    engine = make_engine(url)
    try:
        return schema_version(engine), TABLES & set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


@pytest.mark.slow
def test_an_empty_database_is_migrated_wholly_or_not_at_all(fresh_database, tmp_path):
    for moment_s in MOMENTS_S:
        killed_after(migrating(tmp_path, fresh_database), moment_s)
        version, tables = found(fresh_database)
        assert (version, tables) in ((None, set()), (newest_version(), TABLES))
    assert migrating(tmp_path, fresh_database).wait(60) == 0
    assert found(fresh_database) == (newest_version(), TABLES)


@pytest.mark.slow
def test_a_database_that_holds_other_tables_keeps_them(fresh_database, tmp_path):
    engine = make_engine(fresh_database)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE somebody_elses AS SELECT 7 AS number"))
    for moment_s in MOMENTS_S[::2]:
        killed_after(migrating(tmp_path, fresh_database), moment_s)
    assert migrating(tmp_path, fresh_database).wait(60) == 0
    with engine.connect() as connection:
        assert connection.execute(text("SELECT number FROM somebody_elses")).scalar_one() == 7
    engine.dispose()
    assert found(fresh_database) == (newest_version(), TABLES)


@pytest.mark.soak
def test_migrations_killed_at_any_moment(database_server, copied_database, tmp_path, soak_seconds):
    chance = random.Random(5)
    end = time.monotonic() + soak_seconds
    while time.monotonic() < end:
        with copied_database(database_server.with_database("template0").url) as url:
            for _ in range(3):
                killed_after(migrating(tmp_path, url), chance.uniform(0.2, 1.6))
                assert found(url) in ((None, set()), (newest_version(), TABLES))
            assert migrating(tmp_path, url).wait(60) == 0
            assert found(url) == (newest_version(), TABLES)
