"""Tables: buyers, exports made for them, what became of each lead, and the history of that."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from galena.stores.tables.base import Reach, belongs_to, moment, of_workspace, tenant_table, words

buyers = tenant_table(
    "buyers",
    Column("id", UUID, nullable=False),
    words("name"),
    words("folded_name"),
    words("author"),
    moment("created_at"),
    PrimaryKeyConstraint("workspace_id", "id"),
    UniqueConstraint("workspace_id", "folded_name", name="buyers_folded_name_key"),
    of_workspace(),
    reads=Reach.OPERATOR,
)

sale_exports = tenant_table(
    "sale_exports",
    Column("id", UUID, nullable=False),
    Column("buyer_id", UUID, nullable=False),
    words("folder"),
    Column("lead_count", BigInteger, nullable=False),
    words("author"),
    moment("exported_at"),
    moment("undone_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("buyers", "buyer_id"),
    reads=Reach.OPERATOR,
)

sales = tenant_table(
    "sales",
    Column("id", UUID, nullable=False),
    Column("lead_id", UUID, nullable=False),
    Column("buyer_id", UUID, nullable=False),
    Column("export_id", UUID, nullable=False),
    Column("state", words("state").type, nullable=False, server_default=text("'exported'::text")),
    Column("price", Numeric(14, 2)),
    words("reason", nullable=True),
    moment("changed_at"),
    PrimaryKeyConstraint("workspace_id", "id"),
    UniqueConstraint("workspace_id", "lead_id", "buyer_id", name="sales_lead_buyer_key"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    belongs_to("buyers", "buyer_id"),
    belongs_to("sale_exports", "export_id"),
    CheckConstraint("state IN ('exported', 'sold', 'converted', 'returned')", name="sales_state_check"),
    CheckConstraint("price >= 0", name="sales_price_check"),
    reads=Reach.OPERATOR,
)
Index("sales_export_idx", sales.c.workspace_id, sales.c.export_id)
Index("sales_state_idx", sales.c.workspace_id, sales.c.state)

sale_changes = tenant_table(
    "sale_changes",
    Column("id", UUID, nullable=False),
    Column("lead_id", UUID, nullable=False),
    Column("buyer_id", UUID, nullable=False),
    Column("export_id", UUID, nullable=False),
    words("state"),
    Column("price", Numeric(14, 2)),
    words("reason", nullable=True),
    words("author"),
    moment("changed_at"),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    reads=Reach.OPERATOR,
)
Index("sale_changes_lead_idx", sale_changes.c.workspace_id, sale_changes.c.lead_id)
