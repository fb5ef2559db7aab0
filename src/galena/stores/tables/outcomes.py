"""Tables: what became of assigned leads, who must not be contacted, and what is to be done next."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from galena.stores.tables.base import Reach, belongs_to, moment, of_workspace, tenant_table, words

# Written once. A mistake is taken back by a row that names it; the newest row of a stage that stands counts.
dispositions = tenant_table(
    "dispositions",
    Column("id", UUID, nullable=False),
    Column("assignment_id", UUID),
    Column("lead_id", UUID, nullable=False),
    Column("tenant_id", UUID),
    Column("stage", SmallInteger, nullable=False),
    words("outcome"),
    words("reason_text"),
    words("reason_code", nullable=True),
    words("suggested_code", nullable=True),
    words("note"),
    Column("callback_on", Date),
    moment("booked_for", nullable=True),
    words("booked_by", nullable=True),
    Column("signed_on", Date),
    Column("closing_on", Date),
    Column("deal_value", Numeric(14, 2)),
    Column("commission", Numeric(14, 2)),
    Column("attempts", Integer, nullable=False),
    Column("days_to_book", Integer),
    Column("days_to_close", Integer),
    words("next_step", nullable=True),
    Column("next_on", Date),
    Column("corrects", UUID),
    moment("at"),
    words("author"),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("assignments", "assignment_id"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    belongs_to("tenants", "tenant_id"),
    CheckConstraint("stage IN (1, 2)", name="dispositions_stage_check"),
    CheckConstraint("deal_value >= 0 AND commission >= 0", name="dispositions_money_check"),
    reads=Reach.TENANT,
)
Index("dispositions_lead_idx", dispositions.c.workspace_id, dispositions.c.lead_id)
Index("dispositions_assignment_idx", dispositions.c.workspace_id, dispositions.c.assignment_id)
Index("dispositions_at_idx", dispositions.c.workspace_id, dispositions.c.at)
# A row is taken back once.
Index(
    "dispositions_corrects_key",
    dispositions.c.workspace_id,
    dispositions.c.corrects,
    unique=True,
    postgresql_where=dispositions.c.corrects.is_not(None),
)

# Who must not be contacted: by the hash of an e-mail address or number in its one spelling, or a lead itself. Of
# tenant_id NULL: nobody in the workspace may. The value goes when somebody's data is erased; the hash stays.
suppressions = tenant_table(
    "suppressions",
    Column("id", UUID, nullable=False),
    Column("tenant_id", UUID),
    words("kind"),
    Column("hash", LargeBinary, nullable=False),
    words("value", nullable=True),
    Column("lead_id", UUID),
    Column("disposition_id", UUID),
    words("reason"),
    words("author"),
    moment("at"),
    moment("lifted_at", nullable=True),
    words("lifted_by", nullable=True),
    words("lifted_because", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    belongs_to("tenants", "tenant_id"),
    CheckConstraint("kind IN ('email', 'phone', 'lead')", name="suppressions_kind_check"),
    reads=Reach.TENANT,
)
Index(
    "suppressions_stands_key",
    suppressions.c.workspace_id,
    suppressions.c.hash,
    suppressions.c.tenant_id,
    unique=True,
    postgresql_where=suppressions.c.lifted_at.is_(None),
    postgresql_nulls_not_distinct=True,
)

# What is to be done next; of each kind one at a time for a lead.
tasks = tenant_table(
    "tasks",
    Column("id", UUID, nullable=False),
    Column("assignment_id", UUID),
    Column("lead_id", UUID, nullable=False),
    Column("tenant_id", UUID),
    words("step"),
    Column("due_on", Date, nullable=False),
    words("note"),
    Column("disposition_id", UUID),
    moment("opened_at"),
    Column("reminders_count", Integer, nullable=False, server_default=text("0")),
    moment("reminded_at", nullable=True),
    moment("ended_at", nullable=True),
    words("ended_by", nullable=True),
    words("ended_because", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("assignments", "assignment_id"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    belongs_to("tenants", "tenant_id"),
    reads=Reach.TENANT,
)
Index(
    "tasks_open_key",
    tasks.c.workspace_id,
    tasks.c.lead_id,
    tasks.c.step,
    unique=True,
    postgresql_where=tasks.c.ended_at.is_(None),
)
Index(
    "tasks_due_idx",
    tasks.c.workspace_id,
    tasks.c.due_on,
    postgresql_where=tasks.c.ended_at.is_(None),
)
Index("tasks_tenant_idx", tasks.c.workspace_id, tasks.c.tenant_id)
