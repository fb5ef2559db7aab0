"""From result rows to frozen records, and the small questions every store asks."""

from collections.abc import Callable, Collection
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, RowMapping, Table, Text, any_, literal, select
from sqlalchemy.dialects import postgresql

from galena.kit.errors import NotFoundError
from galena.stores.door import Lobby, Session

Record = TypeVar("Record")


def find_one(
    session: Session | Lobby, query: Executable, make: Callable[[RowMapping], Record]
) -> Record | None:
    """The one row of a query as a record; None when there is none."""
    row = session.connection.execute(query).mappings().one_or_none()
    return None if row is None else make(row)


def find_all(
    session: Session | Lobby, query: Executable, make: Callable[[RowMapping], Record]
) -> tuple[Record, ...]:
    """The rows of a query as records."""
    return tuple(make(row) for row in session.connection.execute(query).mappings())


def load_by_id(
    session: Session, table: Table, id_: UUID, make: Callable[[RowMapping], Record], noun: str
) -> Record:
    """The row with this id as a record.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    found = find_one(session, select(table).where(table.c.id == id_), make)
    if found is None:
        raise NotFoundError(f"there is no such {noun}", facts={"id": id_})
    return found


def among(column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Whether the column holds one of the values, given as one array however many there are."""
    kind = postgresql.UUID if isinstance(column.type, postgresql.UUID) else Text
    return column == any_(literal(list(values), postgresql.ARRAY(kind)))
