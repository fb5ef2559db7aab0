"""Tables: keys of the API, and the answers kept for requests that may come twice."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from galena.stores.tables.base import Reach, belongs_to, moment, stamp, tenant_table, words

api_keys = tenant_table(
    "api_keys",
    Column("id", UUID, nullable=False),
    Column("user_id", UUID, nullable=False),
    Column("tenant_id", UUID),
    words("name"),
    words("prefix"),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("calls_per_minute", Integer, nullable=False),
    stamp(),
    moment("expires_at", nullable=True),
    moment("revoked_at", nullable=True),
    moment("last_used_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    UniqueConstraint("secret_hash"),
    belongs_to("users", "user_id", on_delete="CASCADE"),
    belongs_to("tenants", "tenant_id"),
    CheckConstraint("calls_per_minute > 0", name="api_keys_calls_per_minute_check"),
    reads=Reach.TENANT,
)

kept_answers = tenant_table(
    "kept_answers",
    Column("api_key_id", UUID, nullable=False),
    words("idempotency_key"),
    words("fingerprint"),
    moment("begun_at"),
    Column("status", SmallInteger),
    Column("body", LargeBinary),
    words("content_type", nullable=True),
    PrimaryKeyConstraint("workspace_id", "api_key_id", "idempotency_key"),
    belongs_to("api_keys", "api_key_id", on_delete="CASCADE"),
    reads=Reach.OPERATOR,
)
Index("kept_answers_begun_idx", kept_answers.c.workspace_id, kept_answers.c.begun_at)
