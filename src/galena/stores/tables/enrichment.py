"""Tables: the runs of enrichment, every look-up with its cost, and how each lead stands."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from galena.stores.tables.base import Reach, belongs_to, moment, of_workspace, tenant_table, words

_NONE = text("'{}'::text[]")

enrichment_runs = tenant_table(
    "enrichment_runs",
    Column("id", UUID, nullable=False),
    words("status"),
    words("asked"),
    Column("checkpoint_lead_id", UUID),
    Column("lead_count", BigInteger, nullable=False, server_default=text("0")),
    Column("changed_count", BigInteger, nullable=False, server_default=text("0")),
    Column("imports", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    words("ended_because", nullable=True),
    words("author"),
    moment("started_at"),
    moment("finished_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    CheckConstraint(
        "status IN ('running', 'done', 'stopped', 'interrupted', 'failed')",
        name="enrichment_runs_status_check",
    ),
    reads=Reach.OPERATOR,
)

look_ups = tenant_table(
    "look_ups",
    Column("id", UUID, nullable=False),
    Column("lead_id", UUID),
    words("provider"),
    words("outcome"),
    Column("asked", ARRAY(Text), nullable=False),
    Column("fields", ARRAY(Text), nullable=False, server_default=_NONE),
    Column("cost_micros", BigInteger, nullable=False, server_default=text("0")),
    Column("reserved_micros", BigInteger, nullable=False, server_default=text("0")),
    Column("confidence", Double, nullable=False, server_default=text("0")),
    Column("because", Text, nullable=False, server_default=text("''::text")),
    words("actor"),
    moment("sent_at"),
    moment("ended_at", nullable=True),
    moment("fresh_until", nullable=True),
    Column("import_id", UUID),
    Column("choices", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    PrimaryKeyConstraint("workspace_id", "id"),
    ForeignKeyConstraint(
        ["workspace_id", "lead_id"], ["leads.workspace_id", "leads.id"], ondelete="SET NULL (lead_id)"
    ),
    CheckConstraint(
        "outcome IN ('sent', 'found', 'absent', 'unsure', 'unasked', 'failed', 'lost')",
        name="look_ups_outcome_check",
    ),
    reads=Reach.OPERATOR,
)
Index("look_ups_lead_idx", look_ups.c.workspace_id, look_ups.c.lead_id, look_ups.c.id)
Index("look_ups_sent_idx", look_ups.c.workspace_id, look_ups.c.sent_at)

lead_enrichments = tenant_table(
    "lead_enrichments",
    Column("lead_id", UUID, nullable=False),
    words("status"),
    Column("fields", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("findings", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("is_unscored", Boolean, nullable=False, server_default=text("false")),
    moment("enriched_at"),
    PrimaryKeyConstraint("workspace_id", "lead_id"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    CheckConstraint(
        "status IN ('pending', 'partial', 'complete', 'failed', 'stale')",
        name="lead_enrichments_status_check",
    ),
    reads=Reach.OPERATOR,
)
Index(
    "lead_enrichments_unscored_idx",
    lead_enrichments.c.workspace_id,
    lead_enrichments.c.lead_id,
    postgresql_where=lead_enrichments.c.is_unscored,
)
