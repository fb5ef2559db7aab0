"""A tenant's own customers, and the files of them that were taken in."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, func, insert, or_, select, text, tuple_, update

from galena.domain.clients import FIELD_WORDS, Client, ClientEntry, ClientImport, Forms, RowProblem
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all, load_by_id

_CLIENTS = tables.clients
_IMPORTS = tables.client_imports


def _own(column: Any, session: Session) -> ColumnElement[bool]:
    """Rows of who was entered for: a tenant's, or those of the operator alone."""
    found: ColumnElement[bool] = column.is_not_distinct_from(session.tenant_or_none)
    return found


def take_turn(session: Session) -> None:
    """Waits until no other session takes a file of clients in for the same tenant."""
    key = f"clients:{session.workspace_id}:{session.tenant_id}"
    session.connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})


def add_many(
    session: Session, entries: Iterable[tuple[ClientEntry, UUID | None]], origin: str, at: datetime
) -> list[UUID]:
    """New clients, each with the lead they were (None: none); their ids, in order."""
    rows = [
        {
            **_said(entry),
            "id": new_id(),
            "lead_id": lead_id,
            "origin": origin,
            "author": session.actor,
            "at": at,
            "changed_at": at,
        }
        for entry, lead_id in entries
    ]
    if rows:
        session.connection.execute(insert(_CLIENTS), rows)
    return [row["id"] for row in rows]


def set_entry(session: Session, client_id: UUID, entry: ClientEntry, at: datetime) -> None:
    """Changes what is kept of a client."""
    session.connection.execute(
        update(_CLIENTS).where(_CLIENTS.c.id == client_id).values(**_said(entry), changed_at=at)
    )


def set_removed(
    session: Session, client_ids: Collection[UUID], at: datetime | None, merged_into: UUID | None = None
) -> None:
    """Takes clients off the list; `at` None: puts them back on it."""
    session.connection.execute(
        update(_CLIENTS)
        .where(among(_CLIENTS.c.id, client_ids))
        .values(removed_at=at, merged_into=merged_into)
    )


def load(session: Session, client_id: UUID) -> Client:
    """A client, also one taken off the list.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    return load_by_id(session, _CLIENTS, client_id, _client, "client")


def load_many(session: Session, client_ids: Collection[UUID]) -> dict[UUID, Client]:
    """Those of these clients that this session may see."""
    query = select(_CLIENTS).where(among(_CLIENTS.c.id, client_ids))
    return {each.id: each for each in find_all(session, query, _client)}


def list_merged(session: Session, client_id: UUID) -> tuple[Client, ...]:
    """The clients that were found to be this one."""
    return find_all(session, select(_CLIENTS).where(_CLIENTS.c.merged_into == client_id), _client)


def list_own(
    session: Session, *, search: str = "", after: UUID | None = None, offset: int = 0, limit: int = 100
) -> tuple[tuple[Client, ...], int]:
    """The clients of who was entered for, by name. Returns: those of the page, and how many there are.

    Args:
        search: words that must all stand in what is kept of them.
        after: the last client of the page before.
    """
    query = select(_CLIENTS).where(_own(_CLIENTS.c.tenant_id, session), _CLIENTS.c.removed_at.is_(None))
    for word in search.split():
        query = query.where(or_(*(_CLIENTS.c[name].icontains(word, autoescape=True) for name in FIELD_WORDS)))
    count: int = session.connection.execute(
        select(func.count()).select_from(query.with_only_columns(_CLIENTS.c.id).subquery())
    ).scalar_one()
    title = func.lower(
        func.coalesce(func.nullif(_CLIENTS.c.name, ""), func.nullif(_CLIENTS.c.company, ""), _CLIENTS.c.email)
    )
    place = tuple_(title, _CLIENTS.c.id)
    if after is not None:
        query = query.where(
            place > select(title, _CLIENTS.c.id).where(_CLIENTS.c.id == after).scalar_subquery()
        )
    page = query.order_by(title, _CLIENTS.c.id).offset(offset).limit(limit)
    return find_all(session, page, _client), count


def find_of_lead(session: Session, lead_id: UUID) -> Client | None:
    """The client that a lead has become."""
    query = select(_CLIENTS).where(
        _own(_CLIENTS.c.tenant_id, session), _CLIENTS.c.lead_id == lead_id, _CLIENTS.c.removed_at.is_(None)
    )
    return next(iter(find_all(session, query.order_by(_CLIENTS.c.at).limit(1), _client)), None)


def add_import(
    session: Session,
    file_name: str,
    mapping: Mapping[str, str],
    counts: Mapping[str, int],
    problems: Iterable[RowProblem],
    at: datetime,
) -> UUID:
    """Notes that a file was taken in."""
    import_id = new_id()
    faults = [[each.row, each.value, each.reason] for each in problems]
    session.connection.execute(
        insert(_IMPORTS).values(
            id=import_id, file_name=file_name, mapping=dict(mapping), counts=dict(counts), faults=faults,
            author=session.actor, at=at,
        )
    )  # fmt: skip
    return import_id


def load_import(session: Session, import_id: UUID) -> ClientImport:
    """A file that was taken in.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    return load_by_id(session, _IMPORTS, import_id, _import, "import of clients")


def list_imports(session: Session, *, limit: int = 20) -> tuple[ClientImport, ...]:
    """The files taken in for who was entered for, the newest first."""
    query = select(_IMPORTS).where(_own(_IMPORTS.c.tenant_id, session))
    return find_all(session, query.order_by(_IMPORTS.c.at.desc(), _IMPORTS.c.id.desc()).limit(limit), _import)


def _said(entry: ClientEntry) -> dict[str, Any]:
    forms = entry.forms
    keys = {"email_form": forms.email, "phone_form": forms.phone, "name_form": forms.name}
    return {**{name: getattr(entry, name) for name in FIELD_WORDS}, **keys}


def _client(row: RowMapping) -> Client:
    names = (
        "id",
        "tenant_id",
        "lead_id",
        "origin",
        "author",
        "at",
        "changed_at",
        "removed_at",
        "merged_into",
    )
    return Client(
        **{name: row[name] for name in names},
        entry=ClientEntry(**{name: row[name] for name in FIELD_WORDS}),
        forms=Forms(row["email_form"], row["phone_form"], row["name_form"]),
    )


def _import(row: RowMapping) -> ClientImport:
    names = ("id", "file_name", "mapping", "counts", "author", "at")
    problems = tuple(RowProblem(*fault) for fault in row["faults"])
    return ClientImport(**{name: row[name] for name in names}, problems=problems)
