"""Whole tables as rows, for who takes everything of theirs along; row-level security says what that is."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from sqlalchemy import select

from galena.stores import tables
from galena.stores.door import Session

PIECE = 1_000

_OF_EVERYBODY = (
    "assignments",
    "dispositions",
    "tasks",
    "notes",
    "clients",
    "appointments",
    "documents",
    "signals",
    "feedback",
    "overrides",
    "tenant_parameters",
    "balance_entries",
    "users",
    "saved_views",
    "audit",
    "exports",
)
_OF_OPERATORS = (
    "tenants",
    "imports",
    "source_records",
    "quarantine",
    "sameness_decisions",
    "drops",
    "drop_lines",
    "lead_holds",
    "assignment_changes",
    "credit_entries",
    "suppressions",
    "buyers",
    "sales",
    "experiments",
    "notifications",
    "playbook_revisions",
)
_LEFT_OUT = frozenset({"workspace_id", "password_hash", "search"})
"""Columns that say nothing to people, or that nobody is to have."""

_OF_THE_CHOICE = frozenset({"policy", "propensity", "value", "why"})
"""Of an assignment: how the operator chose among the tenants, which is the operator's own."""


def names_for(session: Session) -> tuple[str, ...]:
    """The tables that the session may take along."""
    return _OF_EVERYBODY if session.tenant_or_none is not None else (*_OF_EVERYBODY, *_OF_OPERATORS)


def columns_of(session: Session, name: str) -> tuple[str, ...]:
    """The columns of a table that the session may take along."""
    is_choice = name == "assignments" and session.tenant_or_none is not None
    left_out = _LEFT_OUT | _OF_THE_CHOICE if is_choice else _LEFT_OUT
    return tuple(column.name for column in _table(name).columns if column.name not in left_out)


def rows_of(session: Session, name: str) -> Iterator[Sequence[Sequence[object]]]:
    """The rows of a table that this session may see, in pieces; times in ISO 8601, nested values as JSON."""
    table = _table(name)
    query = select(*(table.c[column] for column in columns_of(session, name)))
    query = query.order_by(*table.primary_key.columns)
    found = session.connection.execute(query, execution_options={"yield_per": PIECE})
    for piece in found.partitions():
        yield [[_plain(value) for value in row] for row in piece]


def _table(name: str) -> Any:
    return getattr(tables, name)


def _plain(value: Any) -> object:
    if isinstance(value, dict | list):
        return orjson.dumps(value, default=str).decode()
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if hasattr(value, "isoformat") else value
