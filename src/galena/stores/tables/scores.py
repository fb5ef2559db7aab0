"""Tables: the score history, the current score of each lead, runs, and what people say about scores."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    Index,
    PrimaryKeyConstraint,
    Sequence,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB, UUID

from galena.stores.tables.base import (
    ENTERED_TENANT,
    Reach,
    belongs_to,
    metadata,
    moment,
    of_workspace,
    stamp,
    tenant_table,
    words,
)

score_numbers = Sequence("scores_id_seq", metadata=metadata)

scores = tenant_table(
    "scores",
    Column("id", BigInteger, nullable=False, server_default=score_numbers.next_value()),
    Column("lead_id", UUID, nullable=False),
    Column("revision_id", UUID, nullable=False),
    moment("as_of"),
    moment("scored_at"),
    Column("micropoints", BigInteger, nullable=False),
    words("tier"),
    words("temperature"),
    Column("confidence", Double, nullable=False),
    Column("fit", Double, nullable=False),
    Column("engagement", Double, nullable=False),
    words("previous_tier", nullable=True),
    words("previous_temperature", nullable=True),
    words("method"),
    Column("values", JSON, nullable=False),
    Column("contributions", ARRAY(BigInteger), nullable=False),
    words("trigger"),
    Column("model_id", UUID),
    words("fallback", nullable=True),
    Column("weights_id", UUID),
    PrimaryKeyConstraint("workspace_id", "lead_id", "id"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    reads=Reach.LEAD,
)

current_scores = tenant_table(
    "current_scores",
    Column("lead_id", UUID, nullable=False),
    Column("score_id", BigInteger, nullable=False),
    Column("revision_id", UUID, nullable=False),
    Column("micropoints", BigInteger, nullable=False),
    words("tier"),
    words("temperature"),
    Column("confidence", Double, nullable=False),
    Column("fit", Double, nullable=False),
    Column("engagement", Double, nullable=False),
    Column("reasons", ARRAY(SmallInteger), nullable=False),
    moment("as_of"),
    moment("scored_at"),
    Column("method", Text, nullable=False, server_default=text("'rules'::text")),
    Column("model_id", UUID),
    words("fallback", nullable=True),
    words("ruled_tier", nullable=True),
    PrimaryKeyConstraint("workspace_id", "lead_id"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    reads=Reach.LEAD,
)
Index(
    "current_scores_rank_idx",
    current_scores.c.workspace_id,
    current_scores.c.micropoints.desc(),
    current_scores.c.lead_id,
)

Index(
    "current_scores_place_idx",
    current_scores.c.workspace_id,
    current_scores.c.tier,
    current_scores.c.micropoints,
    postgresql_where=current_scores.c.ruled_tier.is_not(None),
)

tier_capacities = tenant_table(
    "tier_capacities",
    Column("id", UUID, nullable=False),
    Column("leads", JSONB, nullable=False),
    words("why"),
    words("author"),
    stamp(),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    reads=Reach.WORKSPACE,
)

score_layouts = tenant_table(
    "score_layouts",
    Column("revision_id", UUID, nullable=False),
    Column("model_id", UUID, nullable=False),
    Column("contribution_names", ARRAY(Text), nullable=False),
    PrimaryKeyConstraint("workspace_id", "revision_id", "model_id"),
    belongs_to("playbook_revisions", "revision_id"),
    belongs_to("models", "model_id"),
    reads=Reach.WORKSPACE,
)

head_scores = tenant_table(
    "head_scores",
    Column("lead_id", UUID, nullable=False),
    words("head"),
    Column("model_id", UUID, nullable=False),
    moment("as_of"),
    moment("scored_at"),
    Column("probability", Double, nullable=False),
    Column("low", Double, nullable=False),
    Column("high", Double, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("members", ARRAY(Double), nullable=False),
    Column("expected_value", Double),
    PrimaryKeyConstraint("workspace_id", "lead_id", "head"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    belongs_to("models", "model_id"),
    reads=Reach.LEAD,
)

score_runs = tenant_table(
    "score_runs",
    Column("id", UUID, nullable=False),
    words("status"),
    moment("as_of"),
    Column("revision_id", UUID, nullable=False),
    words("trigger"),
    Column("checkpoint_lead_id", UUID),
    Column("scored_count", BigInteger, nullable=False, server_default=text("0")),
    Column("discarded_count", BigInteger, nullable=False, server_default=text("0")),
    Column("needs_enrichment_count", BigInteger, nullable=False, server_default=text("0")),
    Column("moved_count", BigInteger, nullable=False, server_default=text("0")),
    words("error", nullable=True),
    words("author"),
    moment("started_at"),
    moment("finished_at", nullable=True),
    Column("watched", JSONB),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    CheckConstraint("status IN ('running', 'done', 'failed', 'interrupted')", name="score_runs_status_check"),
    reads=Reach.OPERATOR,
)


def _whose() -> Column[Any]:
    """Whose word it is, filled in from the door; NULL: the operator's. A lead's next tenant does not see it."""
    return Column("tenant_id", UUID, server_default=ENTERED_TENANT)


overrides = tenant_table(
    "overrides",
    Column("id", UUID, nullable=False),
    _whose(),
    Column("lead_id", UUID, nullable=False),
    Column("micropoints", BigInteger),
    words("tier", nullable=True),
    words("reason"),
    words("author"),
    stamp(),
    moment("expires_at", nullable=True),
    moment("ended_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("tenants", "tenant_id"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    CheckConstraint("micropoints IS NOT NULL OR tier IS NOT NULL", name="overrides_value_check"),
    reads=Reach.LEAD,
    writes=Reach.LEAD,
)
Index("overrides_lead_idx", overrides.c.workspace_id, overrides.c.lead_id)
Index(
    "overrides_standing_idx",
    overrides.c.workspace_id,
    overrides.c.lead_id,
    unique=True,
    postgresql_where=overrides.c.ended_at.is_(None),
)

feedback = tenant_table(
    "feedback",
    Column("id", UUID, nullable=False),
    _whose(),
    Column("lead_id", UUID, nullable=False),
    Column("score_id", BigInteger),
    words("reason"),
    words("author"),
    stamp(),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("tenants", "tenant_id"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    reads=Reach.LEAD,
    writes=Reach.LEAD,
)
Index("feedback_lead_idx", feedback.c.workspace_id, feedback.c.lead_id)
