"""Engines, the check of the server, and the fast way in for rows."""

import os
import signal
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from psycopg.errors import NotNullViolation
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from galena.kit import database
from galena.kit.database import copy_rows, ensure_reachable, make_engine, open_database
from galena.kit.errors import ConfigurationError, UnavailableError
from galena.kit.postgres import running_server
from galena.kit.postgres.postmaster import find_postmaster
from galena.settings import Settings


def test_engine_reaches_the_server(fresh_database: str) -> None:
    engine = make_engine(fresh_database)
    ensure_reachable(engine)
    with engine.connect() as connection:
        name = connection.execute(text("SELECT current_setting('application_name')")).scalar_one()
    engine.dispose()
    assert name == "galena"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_the_scheme_is_understood(scheme: str) -> None:
    assert make_engine(f"{scheme}://u:p@localhost/d").driver == "psycopg"


@pytest.mark.parametrize(
    "url", ["mysql://u:p4ss@localhost/d", "sqlite:///x", "p4ss", "postgresql://u:p4ss@host:x/d"]
)
def test_other_addresses_are_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_engine(url)
    assert "p4ss" not in str(caught.value)
    assert "GALENA_DATABASE_URL" in caught.value.remedy


def test_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    engine = make_engine(f"postgresql://u:p4ss@/d?host={tmp_path}")
    with pytest.raises(UnavailableError) as caught:
        ensure_reachable(engine)
    assert "p4ss" not in str(caught.value)
    assert str(tmp_path.name) in caught.value.facts["database"]


def test_old_server_is_refused(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LEAST_SERVER_VERSION", 99)
    engine = make_engine(fresh_database)
    with pytest.raises(ConfigurationError, match="too old"):
        ensure_reachable(engine)
    engine.dispose()


def test_open_database_uses_the_given_server(fresh_database: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=fresh_database)
    with open_database(settings) as engine, engine.connect() as connection:
        assert connection.execute(text("SELECT 1 + 1")).scalar_one() == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_open_database_runs_the_embedded_server(tmp_path: Path) -> None:
    with open_database(Settings(home=tmp_path / "home")) as engine, engine.connect() as connection:
        assert connection.execute(text("SELECT current_database()")).scalar_one() == "galena"


def test_an_error_does_not_quote_what_was_being_kept(fresh_database: str) -> None:
    engine = make_engine(fresh_database)
    with pytest.raises(DBAPIError) as caught, engine.connect() as connection:
        connection.execute(text("SELECT CAST(:who AS text)"), {"who": "Ann Baker\x00"})
    assert "Ann Baker" not in str(caught.value)
    engine.dispose()


def test_rows_are_copied_with_their_types(fresh_database: str) -> None:
    columns = ["id", "name", "paid", "made_on", "made_at", "extra", "tags", "count", "rate"]
    types = ["uuid", "text", "numeric", "date", "timestamptz", "jsonb", "text[]", "int8", "float8"]
    made_at = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)
    row = (
        uuid4(),
        "Żółw \t\n\\ \N{CROISSANT}",
        Decimal("1.50"),
        date(2024, 2, 29),
        made_at,
        {"a": [1, None]},
        ["x", ""],
        7,
        0.1,
    )
    nothing = (uuid4(), *[None] * 8)
    engine = make_engine(fresh_database)
    with engine.begin() as connection:
        definition = ", ".join(f"{name} {kind}" for name, kind in zip(columns, types, strict=True))
        connection.execute(text(f"CREATE TABLE fact ({definition})"))
        assert copy_rows(connection, "fact", columns, types, [row, nothing]) == 2
    with engine.connect() as connection:
        read = connection.execute(text("SELECT * FROM fact ORDER BY name NULLS LAST")).all()
    engine.dispose()
    assert [tuple(found) for found in read] == [row, nothing]


def test_rows_go_into_a_temporary_table_and_into_a_schema(fresh_database: str) -> None:
    engine = make_engine(fresh_database)
    with engine.begin() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE stage (n int4) ON COMMIT DROP"))
        assert copy_rows(connection, "stage", ["n"], ["int4"], ((n,) for n in range(100_000))) == 100_000
        assert connection.execute(text("SELECT sum(n) FROM stage")).scalar_one() == 99_999 * 100_000 // 2
        connection.execute(text("CREATE SCHEMA attic CREATE TABLE box (n int4)"))
        assert copy_rows(connection, "attic.box", ["n"], ["int4"], []) == 0
    engine.dispose()


def test_copied_rows_go_with_a_rolled_back_transaction(fresh_database: str) -> None:
    engine = make_engine(fresh_database)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE fact (n int4 NOT NULL)"))
    with pytest.raises(NotNullViolation), engine.begin() as connection:
        copy_rows(connection, "fact", ["n"], ["int4"], [(1,), (None,)])
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM fact")).scalar_one() == 0
    engine.dispose()


def test_pool_survives_lost_connections(fresh_database: str) -> None:
    engine = make_engine(fresh_database)
    with engine.connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    other = create_engine(engine.url)
    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    with engine.connect() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != pid
    other.dispose()
    engine.dispose()


@pytest.mark.slow
def test_embedded_server_killed_while_it_is_opened_is_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    with running_server(folder, durable=False):
        found = find_postmaster(folder / "cluster")
        assert found is not None
        os.kill(found.pid, signal.SIGKILL)
        with open_database(Settings(home=tmp_path)) as engine, engine.connect() as connection:
            assert connection.execute(text("SELECT 1")).scalar_one() == 1
