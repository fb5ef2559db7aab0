"""Tables: what tenants want, drops and their plans, who has which lead, and the history of all that."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Double,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Sequence,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from galena.stores.tables.base import Reach, belongs_to, metadata, moment, of_workspace, tenant_table, words

_NOTHING = text("'{}'::jsonb")

assignment_change_numbers = Sequence("assignment_change_seq", metadata=metadata)

# What a tenant wants, whole, as somebody set it at an instant: the newest row at or before an instant held then.
tenant_parameters = tenant_table(
    "tenant_parameters",
    Column("id", UUID, nullable=False),
    Column("tenant_id", UUID, nullable=False),
    moment("set_at"),
    Column("parameters", JSONB, nullable=False),
    words("why", nullable=True),
    words("author"),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("tenants", "tenant_id"),
    reads=Reach.TENANT,
)
Index(
    "tenant_parameters_set_idx",
    tenant_parameters.c.workspace_id,
    tenant_parameters.c.tenant_id,
    tenant_parameters.c.set_at,
)

drops = tenant_table(
    "drops",
    Column("id", UUID, nullable=False),
    Column("drop_on", Date, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'planned'::text")),
    words("policy"),
    words("author"),
    moment("planned_at"),
    moment("committed_at", nullable=True),
    moment("undo_until", nullable=True),
    moment("ended_at", nullable=True),
    words("ended_reason", nullable=True),
    Column("figures", JSONB, nullable=False, server_default=_NOTHING),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    CheckConstraint("state IN ('planned', 'committed', 'undone', 'superseded')", name="drops_state_check"),
    reads=Reach.OPERATOR,
)
# A week has one drop that stands.
Index(
    "drops_week_key",
    drops.c.workspace_id,
    drops.c.drop_on,
    unique=True,
    postgresql_where=drops.c.state == text("'committed'::text"),
)

drop_lines = tenant_table(
    "drop_lines",
    Column("drop_id", UUID, nullable=False),
    Column("lead_id", UUID, nullable=False),
    Column("tenant_id", UUID, nullable=False),
    words("tier"),
    Column("micropoints", BigInteger, nullable=False),
    Column("value", Double, nullable=False),
    Column("propensity", Double),
    Column("why", JSONB, nullable=False),
    words("left_out", nullable=True),
    PrimaryKeyConstraint("workspace_id", "drop_id", "lead_id"),
    belongs_to("drops", "drop_id", on_delete="CASCADE"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    belongs_to("tenants", "tenant_id"),
    reads=Reach.OPERATOR,
)
Index("drop_lines_tenant_idx", drop_lines.c.workspace_id, drop_lines.c.drop_id, drop_lines.c.tenant_id)

drop_shares = tenant_table(
    "drop_shares",
    Column("drop_id", UUID, nullable=False),
    Column("tenant_id", UUID, nullable=False),
    words("tier"),
    Column("quota", Integer, nullable=False),
    Column("planned", Integer, nullable=False),
    Column("given", Integer),
    moment("visible_at", nullable=True),
    Column("why", JSONB, nullable=False, server_default=_NOTHING),
    PrimaryKeyConstraint("workspace_id", "drop_id", "tenant_id", "tier"),
    belongs_to("drops", "drop_id", on_delete="CASCADE"),
    belongs_to("tenants", "tenant_id"),
    reads=Reach.OPERATOR,
)

assignments = tenant_table(
    "assignments",
    Column("id", UUID, nullable=False),
    Column("lead_id", UUID, nullable=False),
    Column("tenant_id", UUID, nullable=False),
    Column("drop_id", UUID),
    words("how"),
    words("policy", nullable=True),
    words("tier"),
    Column("score_id", BigInteger),
    Column("micropoints", BigInteger, nullable=False),
    Column("value", Double, nullable=False),
    Column("propensity", Double),
    Column("price", Numeric(14, 2)),
    Column("why", JSONB, nullable=False, server_default=_NOTHING),
    moment("assigned_at"),
    moment("visible_at"),
    Column("state", Text, nullable=False, server_default=text("'active'::text")),
    moment("ended_at", nullable=True),
    words("ended_reason", nullable=True),
    moment("accept_by", nullable=True),
    moment("accepted_at", nullable=True),
    moment("contacted_at", nullable=True),
    moment("return_until", nullable=True),
    moment("warned_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    belongs_to("tenants", "tenant_id"),
    belongs_to("drops", "drop_id"),
    CheckConstraint("how IN ('drop', 'arrival', 'manual', 'reassign')", name="assignments_how_check"),
    CheckConstraint(
        "state IN ('active', 'inactive', 'returned', 'clawed_back', 'released', 'declined', 'closed')",
        name="assignments_state_check",
    ),
    CheckConstraint("price >= 0", name="assignments_price_check"),
    reads=Reach.TENANT,
)
# One open assignment of a lead: exclusive until it ends, whatever its state.
Index(
    "assignments_open_key",
    assignments.c.workspace_id,
    assignments.c.lead_id,
    unique=True,
    postgresql_where=assignments.c.ended_at.is_(None),
)
Index("assignments_lead_idx", assignments.c.workspace_id, assignments.c.lead_id)
Index(
    "assignments_tenant_idx", assignments.c.workspace_id, assignments.c.tenant_id, assignments.c.assigned_at
)
Index("assignments_assigned_idx", assignments.c.workspace_id, assignments.c.assigned_at)
Index("assignments_drop_idx", assignments.c.workspace_id, assignments.c.drop_id)

# Every step of every assignment. It outlives the lead, and nobody changes it, not even its owner (a trigger).
assignment_changes = tenant_table(
    "assignment_changes",
    Column("number", BigInteger, nullable=False, server_default=assignment_change_numbers.next_value()),
    Column("assignment_id", UUID),
    Column("lead_id", UUID),
    Column("tenant_id", UUID),
    words("step"),
    words("state", nullable=True),
    words("why", nullable=True),
    Column("detail", JSONB, nullable=False, server_default=_NOTHING),
    words("author"),
    words("correlation_id", nullable=True),
    moment("at"),
    PrimaryKeyConstraint("workspace_id", "number"),
    of_workspace(),
    reads=Reach.OPERATOR,
)
Index("assignment_changes_lead_idx", assignment_changes.c.workspace_id, assignment_changes.c.lead_id)

# Kept out of drops and routing by a person, until a day or until released.
lead_holds = tenant_table(
    "lead_holds",
    Column("id", UUID, nullable=False),
    Column("lead_id", UUID, nullable=False),
    words("why"),
    words("author"),
    moment("held_at"),
    moment("until", nullable=True),
    moment("ended_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    reads=Reach.OPERATOR,
)
Index(
    "lead_holds_open_key",
    lead_holds.c.workspace_id,
    lead_holds.c.lead_id,
    unique=True,
    postgresql_where=lead_holds.c.ended_at.is_(None),
)

# Leads a tenant is owed by shortfalls of drops; what it is owed is the sum.
credit_entries = tenant_table(
    "credit_entries",
    Column("id", UUID, nullable=False),
    Column("tenant_id", UUID, nullable=False),
    Column("leads", Double, nullable=False),
    Column("drop_id", UUID),
    words("why"),
    words("author"),
    moment("at"),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("tenants", "tenant_id"),
    reads=Reach.OPERATOR,
)
Index("credit_entries_tenant_idx", credit_entries.c.workspace_id, credit_entries.c.tenant_id)

# Money of tenants that pay for each lead; the balance is the sum.
balance_entries = tenant_table(
    "balance_entries",
    Column("id", UUID, nullable=False),
    Column("tenant_id", UUID, nullable=False),
    Column("assignment_id", UUID),
    words("entry"),
    Column("amount", Numeric(14, 2), nullable=False),
    words("why"),
    words("author"),
    moment("at"),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("tenants", "tenant_id"),
    CheckConstraint(
        "entry IN ('top_up', 'charge', 'refund', 'correction')", name="balance_entries_entry_check"
    ),
    reads=Reach.TENANT,
)
Index("balance_entries_tenant_idx", balance_entries.c.workspace_id, balance_entries.c.tenant_id)
