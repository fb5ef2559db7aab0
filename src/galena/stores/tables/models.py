"""Tables: the registry of models, their history, their shadow scores and the weights of their members."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Sequence,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from galena.stores.tables.base import (
    Reach,
    belongs_to,
    metadata,
    moment,
    of_workspace,
    stamp,
    tenant_table,
    words,
)

change_numbers = Sequence("model_status_changes_id_seq", metadata=metadata)

models = tenant_table(
    "models",
    Column("id", UUID, nullable=False),
    words("playbook"),
    words("purpose"),
    Column("version", Integer, nullable=False),
    words("type"),
    words("status"),
    words("artefact_hash"),
    words("object_name"),
    Column("artefact_bytes", BigInteger, nullable=False),
    words("feature_set_hash"),
    words("data_hash"),
    moment("data_from", nullable=True),
    moment("data_to", nullable=True),
    Column("row_count", BigInteger, nullable=False),
    Column("positive_count", BigInteger, nullable=False),
    Column("metrics", JSONB, nullable=False),
    Column("card", JSONB, nullable=False),
    words("why"),
    words("created_by"),
    moment("created_at"),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    UniqueConstraint("workspace_id", "purpose", "version", name="models_workspace_id_purpose_version_key"),
    CheckConstraint(
        "status IN ('candidate', 'challenger', 'champion', 'archived')", name="models_status_check"
    ),
    reads=Reach.OPERATOR,
)
for _status in ("champion", "challenger"):
    Index(
        f"models_{_status}_idx",
        models.c.workspace_id,
        models.c.purpose,
        unique=True,
        postgresql_where=models.c.status == _status,
    )

model_status_changes = tenant_table(
    "model_status_changes",
    Column("id", BigInteger, nullable=False, server_default=change_numbers.next_value()),
    Column("model_id", UUID, nullable=False),
    words("purpose"),
    words("step"),
    words("status_before", nullable=True),
    words("status"),
    moment("at"),
    words("actor"),
    words("why"),
    Column("evidence", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("models", "model_id"),
    reads=Reach.OPERATOR,
)
Index(
    "model_status_changes_purpose_idx",
    model_status_changes.c.workspace_id,
    model_status_changes.c.purpose,
    model_status_changes.c.id,
)

model_uploads = tenant_table(
    "model_uploads",
    Column("id", UUID, nullable=False),
    words("object_name"),
    words("author"),
    stamp(),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    reads=Reach.OPERATOR,
)

shadow_scores = tenant_table(
    "shadow_scores",
    Column("lead_id", UUID, nullable=False),
    Column("model_id", UUID, nullable=False),
    moment("as_of"),
    moment("scored_at"),
    Column("probability", Double, nullable=False),
    Column("low", Double, nullable=False),
    Column("high", Double, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("members", ARRAY(Double), nullable=False),
    PrimaryKeyConstraint("workspace_id", "lead_id", "model_id", "as_of"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    belongs_to("models", "model_id"),
    reads=Reach.OPERATOR,
)
Index(
    "shadow_scores_model_idx",
    shadow_scores.c.workspace_id,
    shadow_scores.c.model_id,
    shadow_scores.c.as_of,
)

member_weights = tenant_table(
    "member_weights",
    Column("id", UUID, nullable=False),
    Column("model_id", UUID, nullable=False),
    words("purpose"),
    moment("at"),
    Column("weights", JSONB, nullable=False),
    Column("errors", JSONB, nullable=False),
    words("why"),
    words("author"),
    words("segment", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("models", "model_id"),
    reads=Reach.OPERATOR,
)
Index(
    "member_weights_model_idx",
    member_weights.c.workspace_id,
    member_weights.c.model_id,
    member_weights.c.at,
)
