"""Tables: leads, the links that find them, their signals and behaviours."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Double,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from galena.stores.tables.base import (
    Reach,
    belongs_to,
    key_words,
    moment,
    of_workspace,
    stamp,
    tenant_table,
    words,
)

leads = tenant_table(
    "leads",
    Column("id", UUID, nullable=False),
    Column("tenant_id", UUID),
    # From when its tenant sees it; empty: at once.
    moment("visible_at", nullable=True),
    key_words("lead_key"),
    words("title"),
    words("subtitle", nullable=True),
    Column("fields", JSONB, nullable=False),
    Column("provenance", JSONB, nullable=False),
    Column("data_quality", Double, nullable=False),
    Column("data_quality_parts", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    words("status"),
    words("status_reason", nullable=True),
    words("category", nullable=True),
    words("trade_group", nullable=True),
    words("search"),
    Column("merged_into", UUID),
    Column("founded_by_import", UUID),
    stamp(),
    stamp("updated_at"),
    PrimaryKeyConstraint("workspace_id", "id"),
    UniqueConstraint("workspace_id", "lead_key"),
    of_workspace(),
    belongs_to("tenants", "tenant_id"),
    belongs_to("leads", "merged_into"),
    CheckConstraint(
        "status IN ('active', 'discarded', 'needs_enrichment', 'merged')", name="leads_status_check"
    ),
    reads=Reach.TENANT,
)
Index("leads_updated_idx", leads.c.workspace_id, leads.c.updated_at.desc(), leads.c.id)
Index(
    "leads_created_idx",
    leads.c.workspace_id,
    leads.c.created_at.desc(),
    leads.c.id,
    postgresql_include=["status"],
)
Index(
    "leads_tenant_idx",
    leads.c.workspace_id,
    leads.c.tenant_id,
    postgresql_where=leads.c.tenant_id.is_not(None),
)
Index(
    "leads_merged_idx",
    leads.c.workspace_id,
    leads.c.merged_into,
    postgresql_where=leads.c.merged_into.is_not(None),
)

lead_links = tenant_table(
    "lead_links",
    key_words("link"),
    Column("lead_id", UUID, nullable=False),
    PrimaryKeyConstraint("workspace_id", "link", "lead_id"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    reads=Reach.LEAD,
)
Index("lead_links_lead_idx", lead_links.c.workspace_id, lead_links.c.lead_id)

signals = tenant_table(
    "signals",
    Column("id", UUID, nullable=False),
    Column("lead_id", UUID),
    key_words("link", nullable=True),
    words("kind"),
    moment("at"),
    Column("attributes", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    words("source"),
    words("external_id", nullable=True),
    Column("import_id", UUID),
    Column("record_id", UUID),
    Column("payload_hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("workspace_id", "id"),
    UniqueConstraint("workspace_id", "payload_hash"),
    # A lead cannot go while signals hang on it: they are told by others, and must be let go first.
    belongs_to("leads", "lead_id"),
    reads=Reach.LEAD,
)
Index("signals_lead_idx", signals.c.workspace_id, signals.c.lead_id, signals.c.at)
Index(
    "signals_waiting_idx",
    signals.c.workspace_id,
    signals.c.link,
    postgresql_where=signals.c.lead_id.is_(None),
)
