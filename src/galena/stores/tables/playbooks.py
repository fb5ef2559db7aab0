"""Tables: the revisions of a workspace's playbook, and its saved mappings."""

from sqlalchemy import Column, Integer, PrimaryKeyConstraint, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from galena.stores.tables.base import Reach, of_workspace, stamp, tenant_table, words

playbook_revisions = tenant_table(
    "playbook_revisions",
    Column("id", UUID, nullable=False),
    Column("number", Integer, nullable=False),
    words("hash"),
    Column("content", JSONB, nullable=False),
    words("rules_hash"),
    words("feature_set_hash"),
    Column("value_names", ARRAY(Text), nullable=False),
    Column("contribution_names", ARRAY(Text), nullable=False),
    words("author"),
    words("note"),
    stamp(),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    UniqueConstraint("workspace_id", "number"),
    reads=Reach.WORKSPACE,
)

mappings = tenant_table(
    "mappings",
    words("source"),
    Column("revision", Integer, nullable=False),
    Column("content", JSONB, nullable=False),
    words("author"),
    stamp(),
    PrimaryKeyConstraint("workspace_id", "source", "revision"),
    of_workspace(),
    reads=Reach.OPERATOR,
)
