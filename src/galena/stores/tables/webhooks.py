"""Tables: where messages go by themselves, each message to each endpoint, and every try to deliver one."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from galena.stores.tables.base import (
    Reach,
    belongs_to,
    key_words,
    moment,
    of_workspace,
    tenant_table,
    words,
)

webhook_endpoints = tenant_table(
    "webhook_endpoints",
    Column("id", UUID, nullable=False),
    key_words("name"),
    words("url"),
    Column("kinds", ARRAY(Text), nullable=False),
    Column("private_ok", Boolean, nullable=False, server_default=text("false")),
    Column("sealed", LargeBinary, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'active'::text")),
    words("state_why", nullable=True),
    Column("position", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    moment("failing_since", nullable=True),
    moment("not_before", nullable=True),
    moment("last_tried_at", nullable=True),
    moment("last_success_at", nullable=True),
    words("author"),
    moment("created_at"),
    moment("changed_at"),
    PrimaryKeyConstraint("workspace_id", "id"),
    UniqueConstraint("workspace_id", "name"),
    of_workspace(),
    CheckConstraint("state IN ('active', 'paused', 'disabled')", name="webhook_endpoints_state_check"),
    reads=Reach.OPERATOR,
)

# The number of a message is made of the endpoint's and the event's position, so that one event is told once.
webhook_deliveries = tenant_table(
    "webhook_deliveries",
    Column("id", UUID, nullable=False),
    Column("endpoint_id", UUID, nullable=False),
    Column("position", BigInteger),
    words("kind"),
    Column("body", LargeBinary, nullable=False),
    moment("event_at"),
    Column("state", Text, nullable=False, server_default=text("'waiting'::text")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("round", Integer, nullable=False, server_default=text("0")),
    moment("next_at"),
    Column("status", SmallInteger),
    words("error", nullable=True),
    moment("delivered_at", nullable=True),
    moment("created_at"),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("webhook_endpoints", "endpoint_id", on_delete="CASCADE"),
    CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name="webhook_deliveries_state_check"),
    reads=Reach.OPERATOR,
)
Index(
    "webhook_deliveries_waiting_idx",
    webhook_deliveries.c.workspace_id,
    webhook_deliveries.c.endpoint_id,
    webhook_deliveries.c.next_at,
    postgresql_where=webhook_deliveries.c.state == "waiting",
)
Index(
    "webhook_deliveries_log_idx",
    webhook_deliveries.c.workspace_id,
    webhook_deliveries.c.endpoint_id,
    webhook_deliveries.c.created_at,
    webhook_deliveries.c.id,
)

webhook_attempts = tenant_table(
    "webhook_attempts",
    Column("id", UUID, nullable=False),
    Column("delivery_id", UUID, nullable=False),
    moment("at"),
    Column("status", SmallInteger),
    words("error", nullable=True),
    Column("duration_ms", Integer, nullable=False),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("webhook_deliveries", "delivery_id", on_delete="CASCADE"),
    reads=Reach.OPERATOR,
)
Index("webhook_attempts_delivery_idx", webhook_attempts.c.workspace_id, webhook_attempts.c.delivery_id)
