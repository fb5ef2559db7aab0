"""Many rows at once: COPY into a temporary table, from which one statement goes on."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import orjson
from psycopg import sql
from sqlalchemy import Table, text
from sqlalchemy.dialects.postgresql import JSON, JSONB, dialect

from galena.kit.database import copy_rows
from galena.kit.errors import UnavailableError
from galena.stores.door import Session

_numbers = count(1)
_DIALECT = dialect()  # type: ignore[no-untyped-call]


@contextmanager
def incoming(
    session: Session, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Iterator[str]:
    """A temporary table with these columns of `table`, filled with `rows`; gone after the block.

    JSON columns are text in it and in `rows`; `taken` casts them back.
    """
    name = f"incoming_{next(_numbers)}"
    types = [copy_type(table, column) for column in columns]
    _create(session, name, columns, types)
    copy_rows(session.connection, name, columns, types, rows)
    yield name
    session.connection.execute(text(f"DROP TABLE {name}"))


@contextmanager
def incoming_csv(
    session: Session, columns: Sequence[tuple[str, str]], lines: Iterable[bytes], *, extra: str | None = None
) -> Iterator[str]:
    """A temporary table of these (name, type) columns, filled from CSV without a header; gone after the block.

    An empty cell without quotes is NULL. `extra` defines a column that the CSV lacks.
    """
    name = f"incoming_{next(_numbers)}"
    names = [column for column, _ in columns]
    _create(session, name, names, [kind for _, kind in columns], extra)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT CSV)").format(
        sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with driver(session).cursor() as cursor, cursor.copy(statement) as copy:
        for block in lines:
            copy.write(block)
    yield name
    session.connection.execute(text(f"DROP TABLE {name}"))


def copy_out(session: Session, query: str, parameters: dict[str, Any]) -> bytes:
    """The result of a query as CSV with a header, made by the server: no row becomes a Python object."""
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT CSV, HEADER)").format(
        sql.SQL(query).format(**{name: sql.Literal(value) for name, value in parameters.items()})
    )
    with driver(session).cursor() as cursor, cursor.copy(statement) as copy:
        return b"".join(bytes(block) for block in copy)


def driver(session: Session) -> Any:
    """The psycopg connection under the session.

    Raises:
        UnavailableError: it was lost.
    """
    connection = session.connection.connection.driver_connection
    if connection is None:
        raise UnavailableError("the connection to the database was lost", remedy="Try again.")
    return connection


def taken(table: Table, columns: Sequence[str]) -> str:
    """The select list that turns columns of a temporary table back into the types of `table`."""
    return ", ".join(
        f'"{name}"::{_sql_type(table, name)}' if _is_json(table, name) else f'"{name}"' for name in columns
    )


def given(table: Table, columns: Sequence[str]) -> str:
    """The parameters of one row, each named as its column and of the types of `table`; JSON is given as text."""
    return ", ".join(f"CAST(:{name} AS {_sql_type(table, name).split(' COLLATE')[0]})" for name in columns)


def listed(columns: Sequence[str]) -> str:
    """The columns, quoted, for a statement."""
    return ", ".join(f'"{name}"' for name in columns)


def json_text(value: Any) -> str:
    """A value as JSON text."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def copy_type(table: Table, column: str) -> str:
    """The type a column has in a temporary table."""
    if _is_json(table, column):
        return "text"
    # Without the length and scale, which the driver does not know of; the table rounds.
    return _sql_type(table, column).split(" COLLATE")[0].partition("(")[0].lower()


def _sql_type(table: Table, column: str) -> str:
    return str(_DIALECT.type_compiler_instance.process(table.c[column].type))


def _is_json(table: Table, column: str) -> bool:
    return isinstance(table.c[column].type, JSON | JSONB)


def _create(
    session: Session, name: str, columns: Sequence[str], types: Sequence[str], extra: str | None = None
) -> None:
    defined = [f'"{column}" {kind}' for column, kind in zip(columns, types, strict=True)]
    inner = ", ".join([*defined, extra] if extra else defined)
    session.connection.execute(text(f"CREATE TEMP TABLE {name} ({inner}) ON COMMIT DROP"))
