"""Tables: how leads are found again and compared, what was decided about their being one, what people are asked."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    PrimaryKeyConstraint,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB, UUID

from galena.stores.tables.base import Reach, belongs_to, moment, of_workspace, tenant_table, words

identity_nodes = tenant_table(
    "identity_nodes",
    Column("node_id", UUID, nullable=False),
    Column("form", JSON, nullable=False),
    PrimaryKeyConstraint("workspace_id", "node_id"),
    belongs_to("leads", "node_id", on_delete="CASCADE"),
    reads=Reach.OPERATOR,
)

# Keys are hashes of what is compared. Their nodes are looked at before use, so that no reference holds up writing them.
identity_keys = tenant_table(
    "identity_keys",
    Column("key", BigInteger, nullable=False),
    Column("node_id", UUID, nullable=False),
    PrimaryKeyConstraint("workspace_id", "key", "node_id"),
    reads=Reach.OPERATOR,
)
# Not by workspace first: the planner would take it for looking keys up where statistics do not know the workspace yet.
Index("identity_keys_node_idx", identity_keys.c.node_id)

identity_pending = tenant_table(
    "identity_pending",
    Column("node_id", UUID, nullable=False),
    PrimaryKeyConstraint("workspace_id", "node_id"),
    belongs_to("leads", "node_id", on_delete="CASCADE"),
    reads=Reach.OPERATOR,
)

sameness_decisions = tenant_table(
    "sameness_decisions",
    Column("id", UUID, nullable=False),
    Column("one", UUID, nullable=False),
    Column("other", UUID, nullable=False),
    words("verdict"),
    words("decided_by"),
    Column("probability", Double),
    Column("evidence", JSONB, nullable=False),
    Column("undoes", UUID),
    words("author"),
    moment("decided_at"),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("leads", "one", on_delete="CASCADE"),
    belongs_to("leads", "other", on_delete="CASCADE"),
    reads=Reach.OPERATOR,
)
Index("sameness_decisions_one_idx", sameness_decisions.c.workspace_id, sameness_decisions.c.one)
Index("sameness_decisions_other_idx", sameness_decisions.c.workspace_id, sameness_decisions.c.other)
Index(
    "sameness_decisions_undoes_idx",
    sameness_decisions.c.workspace_id,
    sameness_decisions.c.undoes,
    postgresql_where=sameness_decisions.c.undoes.is_not(None),
)

match_reviews = tenant_table(
    "match_reviews",
    Column("id", UUID, nullable=False),
    Column("one", UUID, nullable=False),
    Column("other", UUID, nullable=False),
    Column("probability", Double, nullable=False),
    words("reason"),
    Column("evidence", JSONB, nullable=False),
    words("state"),
    moment("asked_at"),
    words("answered_by", nullable=True),
    moment("answered_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    UniqueConstraint("workspace_id", "one", "other"),
    belongs_to("leads", "one", on_delete="CASCADE"),
    belongs_to("leads", "other", on_delete="CASCADE"),
    reads=Reach.OPERATOR,
)
Index("match_reviews_other_idx", match_reviews.c.workspace_id, match_reviews.c.other)

match_models = tenant_table(
    "match_models",
    Column("number", Integer, nullable=False),
    words("origin"),
    Column("content", JSONB, nullable=False),
    Column("learned_rows", BigInteger, nullable=False),
    Column("answers_count", Integer, nullable=False),
    Column("shift_bits", Double, nullable=False),
    Column("active", Boolean, nullable=False),
    words("author"),
    moment("made_at"),
    PrimaryKeyConstraint("workspace_id", "number"),
    of_workspace(),
    reads=Reach.OPERATOR,
)

match_counts = tenant_table(
    "match_counts",
    Column("nodes_count", BigInteger, nullable=False),
    Column("content", JSONB, nullable=False),
    PrimaryKeyConstraint("workspace_id", "nodes_count"),
    of_workspace(),
    reads=Reach.OPERATOR,
)

# What stood for a lead (its score, its assignment) when it became part of another, kept to be given back.
kept_standings = tenant_table(
    "kept_standings",
    Column("node_id", UUID, nullable=False),
    words("members"),
    Column("standing", JSONB, nullable=False),
    moment("kept_at"),
    PrimaryKeyConstraint("workspace_id", "node_id", "members"),
    belongs_to("leads", "node_id", on_delete="CASCADE"),
    reads=Reach.OPERATOR,
)
