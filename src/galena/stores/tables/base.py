"""What every table has in common: the metadata, who reaches its rows, and the columns that recur."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Column, DateTime, ForeignKeyConstraint, MetaData, Table, Text, func, text
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.schema import SchemaItem

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)
"""Every table of the product."""

ENTERED_WORKSPACE = text("(NULLIF(current_setting('app.workspace'::text, true), ''::text))::uuid")
"""The workspace that the door entered; NULL, and so refused, outside it."""

ENTERED_TENANT = text(
    "(NULLIF(NULLIF(current_setting('app.tenant'::text, true), ''::text), '*'::text))::uuid"
)
"""The tenant that the door entered for; NULL for the operator."""


class Reach(StrEnum):
    """Whose rows of a table are within reach, besides being of the entered workspace.

    WORKSPACE: everyone's. OPERATOR: the operator's alone. TENANT: the operator's, and a tenant's own
    (`tenant_id`). LEAD: the operator's, and a tenant's where the row's lead is assigned to it.
    """

    WORKSPACE = "workspace"
    OPERATOR = "operator"
    TENANT = "tenant"
    LEAD = "lead"


def tenant_table(
    name: str, *items: SchemaItem, reads: Reach, writes: Reach = Reach.OPERATOR, **options: Any
) -> Table:
    """A table whose rows belong to a workspace; the migrations give it the policies of its reaches."""
    return Table(
        name,
        metadata,
        workspace_column(),
        *items,
        info={"reads": reads, "writes": writes},
        **options,
    )


def workspace_column() -> Column[Any]:
    """The workspace a row belongs to, filled in from the door."""
    return Column("workspace_id", UUID, nullable=False, server_default=ENTERED_WORKSPACE)


def moment(name: str, *, nullable: bool = False) -> Column[Any]:
    """An instant that the caller gives."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def stamp(name: str = "created_at") -> Column[Any]:
    """The instant of the transaction that wrote the row."""
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


def words(name: str, *, nullable: bool = False) -> Column[Any]:
    """A text."""
    return Column(name, Text, nullable=nullable)


def key_words(name: str, *, nullable: bool = False) -> Column[Any]:
    """A text compared by its bytes, so that prefixes are ranges of an index."""
    return Column(name, Text(collation="C"), nullable=nullable)


def belongs_to(table: str, column: str, *, on_delete: str | None = None) -> ForeignKeyConstraint:
    """A reference to a row of the same workspace."""
    return ForeignKeyConstraint(
        ["workspace_id", column], [f"{table}.workspace_id", f"{table}.id"], ondelete=on_delete
    )


def of_workspace() -> ForeignKeyConstraint:
    """The reference to the workspace itself, for the tables that other tables hang on."""
    return ForeignKeyConstraint(["workspace_id"], ["workspaces.id"])
