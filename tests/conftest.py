"""What every test may ask for."""

import os
import runpy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings
from psycopg.conninfo import conninfo_to_dict

from galena.kit.postgres import ServerAddress, running_server

# A busy machine is no fault of the code under test.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets; tests that need it skip where it is absent.

    Looked for in GALENA_SHARED_DATA, then in ../shared/data beside the checkout.
    """
    named = os.environ.get("GALENA_SHARED_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not (folder / "README.md").exists():
        pytest.skip(f"public data sets not found at {folder}: set GALENA_SHARED_DATA to their folder")
    return folder


@pytest.fixture
def soak_seconds(request: pytest.FixtureRequest) -> float:
    """How long one soak test may run: its share of SOAK_MINUTES (30) among the soak tests of this run."""
    sharers = sum(item.get_closest_marker("soak") is not None for item in request.session.items)
    return float(os.environ.get("SOAK_MINUTES", "30")) * 60 / max(sharers, 1)


@pytest.fixture(scope="session")
def database_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerAddress]:
    """One embedded server for the whole run; the workers of a parallel run share it."""
    folder = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        folder = folder.parent
    with running_server(folder / "postgres", durable=False) as address:
        yield address


@pytest.fixture(scope="session")
def database_url(database_server: ServerAddress) -> Iterator[str]:
    """The address of an empty database that the tests of one worker share."""
    with _new_database(database_server) as url:
        yield url


@pytest.fixture
def fresh_database(database_server: ServerAddress) -> Iterator[str]:
    """The address of an empty database for one test alone, gone afterwards."""
    with _new_database(database_server) as url:
        yield url


@pytest.fixture(scope="session")
def copied_database(database_server: ServerAddress) -> Callable[[str], AbstractContextManager[str]]:
    """A function: from the address of a prepared (migrated) database to a context with a fresh copy of it.

    No connection to the prepared database may be open while it is copied.
    """

    def copy(prepared_url: str) -> AbstractContextManager[str]:
        return _new_database(database_server, template=conninfo_to_dict(prepared_url)["dbname"])

    return copy


@contextmanager
def _new_database(server: ServerAddress, template: str = "template0") -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    try:
        yield server.with_database(name).url
    finally:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def small_model() -> Callable[..., Any]:
    """A function: from a table and its outcomes (0/1) to a model of two members, a forest and a net, made in no time.

    The net's weights are drawn, not learned: what is tested is arithmetic, not skill.
    """
    return runpy.run_path(str(Path(__file__).parent / "small_tabular_model.py"))["made"]  # type: ignore[no-any-return]
