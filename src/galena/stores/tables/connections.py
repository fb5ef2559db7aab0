"""Tables: connections, the log of their pulls, and what is known of providers between calls."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.schema import SchemaItem

from galena.stores.tables.base import (
    Reach,
    belongs_to,
    key_words,
    moment,
    of_workspace,
    tenant_table,
    words,
)


def _count(name: str) -> SchemaItem:
    return Column(name, BigInteger, nullable=False, server_default=text("0"))


def _counts() -> list[SchemaItem]:
    names = ("fetched", "accepted", "duplicate", "quarantined", "page", "call")
    return [_count(f"{name}_count") for name in names]


def _object(name: str) -> SchemaItem:
    return Column(name, JSONB, nullable=False, server_default=text("'{}'::jsonb"))


connections = tenant_table(
    "connections",
    Column("id", UUID, nullable=False),
    key_words("name"),
    words("connector"),
    _object("settings"),
    Column("sealed", LargeBinary),
    Column("private_ok", Boolean, nullable=False, server_default=text("false")),
    words("schedule", nullable=True),
    moment("due_at", nullable=True),
    Column("state", Text, nullable=False, server_default=text("'new'::text")),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    words("error", nullable=True),
    moment("last_tried_at", nullable=True),
    moment("last_success_at", nullable=True),
    _object("streams"),
    _object("columns"),
    *_counts(),
    words("author"),
    moment("created_at"),
    PrimaryKeyConstraint("workspace_id", "id"),
    UniqueConstraint("workspace_id", "name"),
    of_workspace(),
    CheckConstraint("state IN ('new', 'healthy', 'failing', 'paused')", name="connections_state_check"),
    reads=Reach.OPERATOR,
)

pulls = tenant_table(
    "pulls",
    Column("id", UUID, nullable=False),
    Column("connection_id", UUID, nullable=False),
    words("stream"),
    words("trigger"),
    words("status"),
    Column("import_id", UUID),
    *_counts(),
    Column("notes", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    words("error", nullable=True),
    moment("started_at"),
    moment("finished_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("connections", "connection_id", on_delete="CASCADE"),
    CheckConstraint("status IN ('running', 'done', 'failed', 'interrupted')", name="pulls_status_check"),
    reads=Reach.OPERATOR,
)
Index("pulls_connection_idx", pulls.c.workspace_id, pulls.c.connection_id, pulls.c.id)

provider_states = tenant_table(
    "provider_states",
    key_words("provider"),
    moment("next_at", nullable=True),
    Column("day", Date),
    Column("day_count", Integer, nullable=False, server_default=text("0")),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    moment("paused_until", nullable=True),
    PrimaryKeyConstraint("workspace_id", "provider"),
    of_workspace(),
    reads=Reach.OPERATOR,
)

cached_answers = tenant_table(
    "cached_answers",
    key_words("provider"),
    key_words("key"),
    Column("http_status", Integer, nullable=False),
    _object("headers"),
    Column("body", LargeBinary, nullable=False),
    moment("until"),
    PrimaryKeyConstraint("workspace_id", "provider", "key"),
    of_workspace(),
    reads=Reach.OPERATOR,
)
Index("cached_answers_until_idx", cached_answers.c.until)
