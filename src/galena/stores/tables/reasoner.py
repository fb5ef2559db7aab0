"""Tables: the reasoner's endpoint, its answers by content, what it says of each lead, its runs, the ledger of calls."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from galena.stores.tables.base import Reach, belongs_to, moment, of_workspace, tenant_table, words

reasoner_setups = tenant_table(
    "reasoner_setups",
    Column("id", UUID, nullable=False),
    words("base_url"),
    words("model"),
    Column("key_sealed", LargeBinary),
    Column("options", JSONB, nullable=False),
    Column("enabled", Boolean, nullable=False),
    words("author"),
    moment("changed_at"),
    moment("tried_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    reads=Reach.OPERATOR,
)

reasoner_answers = tenant_table(
    "reasoner_answers",
    words("content_hash"),
    words("model"),
    Column("prompt_version", Integer, nullable=False),
    words("method"),
    Column("micropoints", BigInteger, nullable=False),
    words("tier"),
    words("reasoning"),
    words("thinking"),
    Column("flags", ARRAY(Text), nullable=False),
    words("ideal_contractor"),
    words("contact_priority"),
    moment("answered_at"),
    words("settled_by", nullable=True),
    words("review", nullable=True),
    PrimaryKeyConstraint("workspace_id", "content_hash"),
    of_workspace(),
    reads=Reach.OPERATOR,
)

lead_reasonings = tenant_table(
    "lead_reasonings",
    Column("lead_id", UUID, nullable=False),
    words("content_hash"),
    words("method"),
    words("model"),
    Column("prompt_version", Integer, nullable=False),
    Column("micropoints", BigInteger),
    words("tier", nullable=True),
    words("reasoning", nullable=True),
    words("thinking", nullable=True),
    Column("flags", ARRAY(Text), nullable=False),
    words("ideal_contractor", nullable=True),
    words("contact_priority", nullable=True),
    words("review", nullable=True),
    moment("changed_at"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    moment("next_try_at", nullable=True),
    words("failure", nullable=True),
    words("reviewed_by", nullable=True),
    moment("reviewed_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "lead_id"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    reads=Reach.LEAD,
)
Index(
    "lead_reasonings_review_idx",
    lead_reasonings.c.workspace_id,
    lead_reasonings.c.review,
    postgresql_where=text("review IS NOT NULL"),
)

reasoner_runs = tenant_table(
    "reasoner_runs",
    Column("id", UUID, nullable=False),
    words("status"),
    words("model"),
    Column("prompt_version", Integer, nullable=False),
    Column("created_count", BigInteger, nullable=False, server_default=text("0")),
    Column("updated_count", BigInteger, nullable=False, server_default=text("0")),
    Column("skipped_count", BigInteger, nullable=False, server_default=text("0")),
    Column("error_count", BigInteger, nullable=False, server_default=text("0")),
    words("ended_because", nullable=True),
    words("author"),
    moment("started_at"),
    moment("finished_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    CheckConstraint(
        "status IN ('running', 'done', 'stopped', 'interrupted', 'failed')", name="reasoner_runs_status_check"
    ),
    reads=Reach.OPERATOR,
)

reasoner_calls = tenant_table(
    "reasoner_calls",
    Column("id", UUID, nullable=False),
    Column("run_id", UUID),
    Column("lead_id", UUID),
    words("content_hash"),
    Column("attempt", Integer, nullable=False),
    words("model"),
    Column("prompt_version", Integer, nullable=False),
    words("outcome"),
    words("failure", nullable=True),
    Column("http_status", Integer),
    moment("sent_at"),
    moment("ended_at", nullable=True),
    Column("prompt_tokens", BigInteger, nullable=False, server_default=text("0")),
    Column("cached_tokens", BigInteger, nullable=False, server_default=text("0")),
    Column("completion_tokens", BigInteger, nullable=False, server_default=text("0")),
    Column("reasoning_tokens", BigInteger, nullable=False, server_default=text("0")),
    Column("reserved_micros", BigInteger, nullable=False),
    Column("cost_micros", BigInteger, nullable=False, server_default=text("0")),
    Column("is_estimated", Boolean, nullable=False, server_default=text("false")),
    Column("seconds", Double),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    reads=Reach.OPERATOR,
)
Index("reasoner_calls_sent_idx", reasoner_calls.c.workspace_id, reasoner_calls.c.sent_at)
Index("reasoner_calls_run_idx", reasoner_calls.c.workspace_id, reasoner_calls.c.run_id)
