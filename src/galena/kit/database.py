"""SQLAlchemy engines on PostgreSQL: the embedded server or any other."""

import select
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import sleep
from typing import Any, Protocol

from psycopg import Connection as Connection_
from psycopg import Cursor, sql
from psycopg import Error as PsycopgError
from psycopg.pq import ConnStatus
from pydantic import SecretStr
from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, InvalidatePoolError, OperationalError

from galena.kit.clock import stopwatch
from galena.kit.errors import ConfigurationError, UnavailableError
from galena.kit.postgres import running_server

LEAST_SERVER_VERSION = 15
POOL_SIZE = 10
CONNECT_TIMEOUT_S = 10

EMBEDDED_PATIENCE_S = 10.0
"""An embedded server that was killed this very moment is back within a second or two."""

_SCHEMES = ("postgres", "postgresql", "postgresql+psycopg")
_REMEDY = "Write it as postgresql://user:password@host:5432/database in GALENA_DATABASE_URL."


class DatabaseSettings(Protocol):
    """What of the settings says where the database is.

    Attributes:
        home: the folder that holds the embedded server's folder.
        database_url: another server to use in its place.
    """

    @property
    def home(self) -> Path: ...

    @property
    def database_url(self) -> SecretStr | None: ...


@contextmanager
def open_database(settings: DatabaseSettings) -> Iterator[Engine]:
    """An engine on the database of the settings, for as long as the block lasts.

    Without GALENA_DATABASE_URL it runs the embedded server in `<home>/postgres`.

    Raises:
        ConfigurationError: the address is wrong, or the server is older than version 15.
        UnavailableError: the server does not answer.
    """
    if settings.database_url is not None:
        with _engine_on(settings.database_url.get_secret_value()) as engine:
            yield engine
        return
    with (
        running_server(settings.home / "postgres") as address,
        _engine_on(address.url, patience_s=EMBEDDED_PATIENCE_S) as engine,
    ):
        yield engine


@contextmanager
def _engine_on(url: str, *, patience_s: float = 0.0) -> Iterator[Engine]:
    engine = make_engine(url)
    try:
        ensure_reachable(engine, patience_s=patience_s)
        yield engine
    finally:
        engine.dispose()


def make_engine(url: str, *, pool_size: int = POOL_SIZE) -> Engine:
    """An engine with a pool of connections; none is opened yet.

    Raises:
        ConfigurationError: the address is not one of PostgreSQL.
    """
    engine = create_engine(
        _psycopg_url(url),
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,  # An error does not quote what was being kept.
        connect_args={"application_name": "galena", "connect_timeout": CONNECT_TIMEOUT_S},
    )
    event.listen(engine, "checkout", partial(_ensure_alive, engine.dialect))
    return engine


def _ensure_alive(dialect: Dialect, driver: Any, *_: Any) -> None:
    """A server that was started again leaves dead connections in the pool, which are replaced before use.

    A connection that ended has something to be read: its end. One that is silent need not be asked, which would
    cost a message to the server and back for every transaction.
    """
    if driver.pgconn.status != ConnStatus.OK or _has_word(driver.pgconn.socket):
        try:
            dialect.do_ping(driver)
        except PsycopgError as error:
            raise InvalidatePoolError from error


def _has_word(socket: int) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


def ensure_reachable(engine: Engine, *, patience_s: float = 0.0) -> None:
    """Checks that the server answers, within `patience_s`, and is new enough.

    Raises:
        UnavailableError: it does not answer, or refuses the user or the database.
        ConfigurationError: it is older than version 15.
    """
    elapsed_s = stopwatch()
    while True:
        try:
            version = _server_version(engine)
            break
        except OperationalError as error:
            if elapsed_s() >= patience_s:
                raise _unreachable(engine, error) from error
            sleep(0.1)
    if version < LEAST_SERVER_VERSION:
        raise ConfigurationError(
            "the database server is too old",
            facts={
                "database": _shown(engine.url),
                "found_version": version,
                "least_version": LEAST_SERVER_VERSION,
            },
            remedy="Use PostgreSQL 15 or newer, or unset GALENA_DATABASE_URL to use the embedded one.",
        )


def copy_rows(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    types: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> int:
    """Loads rows by binary COPY, the fastest way in; part of the connection's transaction.

    Args:
        connection: its transaction decides whether the rows stay.
        table: a table, or `schema.table`; a temporary one is found first.
        columns: the columns in the order of each row's values.
        types: the exact PostgreSQL type of each column (`text`, `int8`, `jsonb`, `timestamptz` ...): binary COPY
            converts nothing.
        rows: read one by one, so any number fits.

    Returns:
        How many rows were written.
    """
    raw = connection.connection.driver_connection
    if raw is None:
        raise UnavailableError("the connection to the database was lost", remedy="Run the command again.")
    cursor: Cursor[Any] = raw.cursor()
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with cursor, cursor.copy(statement) as copy:
        copy.set_types(list(types))
        count = 0
        for count, row in enumerate(rows, start=1):  # noqa: B007
            copy.write_row(row)
    return count


def _server_version(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000


def _unreachable(engine: Engine, error: OperationalError) -> UnavailableError:
    return UnavailableError(
        "the database does not answer",
        facts={"database": _shown(engine.url), "complaint": str(error.orig).strip().splitlines()[-1]},
        remedy="Check that the server runs and that GALENA_DATABASE_URL names it, its user and password.",
    )


def _psycopg_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The address may hold a password, so it is neither shown nor chained.
        raise ConfigurationError("the database address cannot be read", remedy=_REMEDY) from None
    if parsed.drivername not in _SCHEMES:
        raise ConfigurationError(
            "the database is not a PostgreSQL", facts={"found": parsed.drivername}, remedy=_REMEDY
        )
    return parsed.set(drivername="postgresql+psycopg")


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def announcements(engine: Engine, channel: str, *, patience_s: float) -> Iterator[str | None]:
    """What is announced on a channel (NOTIFY), as it comes, on a connection of its own; ends only by an error.

    Yields:
        The payload of each announcement, and None after each `patience_s` in which nothing came.

    Raises:
        UnavailableError: the database does not answer, or the connection was lost: what was announced meanwhile is
            not told again.
    """
    address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with Connection_.connect(address, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S) as connection:
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            while True:
                heard = False
                for each in connection.notifies(timeout=patience_s, stop_after=1):
                    heard = True
                    yield each.payload
                if not heard:
                    yield None
    except PsycopgError as error:
        raise UnavailableError(
            "the database does not answer",
            facts={"complaint": str(error).strip().splitlines()[-1] if str(error).strip() else "no word"},
            remedy="See that it runs (galena doctor says what is wrong).",
        ) from None
