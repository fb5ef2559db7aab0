"""Tables: imports (the pull log), source records and the quarantine."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB, UUID
from sqlalchemy.sql.schema import SchemaItem

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


def _count(name: str) -> SchemaItem:
    return Column(name, BigInteger, nullable=False, server_default=text("0"))


imports = tenant_table(
    "imports",
    Column("id", UUID, nullable=False),
    words("source"),
    words("file_name"),
    words("sha256", nullable=True),
    Column("size", BigInteger),
    Column("shape", JSONB),
    Column("mapping", JSONB),
    Column("options", JSONB),
    words("status"),
    _count("rows_read"),
    _count("created_count"),
    _count("updated_count"),
    _count("unchanged_count"),
    _count("quarantined_count"),
    _count("discarded_count"),
    _count("signal_count"),
    _count("checkpoint_row"),
    words("error", nullable=True),
    words("author"),
    moment("started_at"),
    moment("finished_at", nullable=True),
    moment("undone_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    CheckConstraint(
        "status IN ('running', 'done', 'failed', 'undone', 'interrupted')", name="imports_status_check"
    ),
    reads=Reach.OPERATOR,
)
Index("imports_sha256_idx", imports.c.workspace_id, imports.c.sha256)

source_records = tenant_table(
    "source_records",
    Column("id", UUID, nullable=False),
    Column("import_id", UUID, nullable=False),
    Column("lead_id", UUID),
    key_words("source"),
    key_words("record_key"),
    words("role"),
    key_words("link", nullable=True),
    Column("payload_hash", LargeBinary, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("row_number", BigInteger, nullable=False),
    Column("trust", Double, nullable=False),
    moment("observed_at"),
    moment("received_at"),
    PrimaryKeyConstraint("workspace_id", "id"),
    UniqueConstraint("workspace_id", "source", "record_key", "payload_hash"),
    belongs_to("imports", "import_id"),
    CheckConstraint("role IN ('leads', 'details', 'signals')", name="source_records_role_check"),
    reads=Reach.LEAD,
)
Index("source_records_lead_idx", source_records.c.workspace_id, source_records.c.lead_id)
Index("source_records_import_idx", source_records.c.workspace_id, source_records.c.import_id)
Index(
    "source_records_link_idx",
    source_records.c.workspace_id,
    source_records.c.link,
    postgresql_where=source_records.c.link.is_not(None),
)

deliveries = tenant_table(
    "deliveries",
    Column("record_id", UUID, nullable=False),
    Column("import_id", UUID, nullable=False),
    Column("row_number", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace_id", "record_id", "import_id"),
    belongs_to("source_records", "record_id", on_delete="CASCADE"),
    belongs_to("imports", "import_id"),
    reads=Reach.OPERATOR,
)
Index("deliveries_import_idx", deliveries.c.workspace_id, deliveries.c.import_id)

quarantine = tenant_table(
    "quarantine",
    Column("id", UUID, nullable=False),
    Column("import_id", UUID, nullable=False),
    words("source"),
    Column("row_number", BigInteger, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("faults", JSONB, nullable=False),
    words("status"),
    Column("replayed_record_id", UUID),
    Column("corrections", JSONB),
    words("closed_by", nullable=True),
    moment("closed_at", nullable=True),
    stamp(),
    PrimaryKeyConstraint("workspace_id", "id"),
    UniqueConstraint("workspace_id", "import_id", "row_number"),
    belongs_to("imports", "import_id", on_delete="CASCADE"),
    CheckConstraint("status IN ('open', 'replayed', 'dismissed')", name="quarantine_status_check"),
    reads=Reach.OPERATOR,
)
Index(
    "quarantine_payload_idx",
    quarantine.c.workspace_id,
    quarantine.c.source,
    text("md5(payload::text)"),
)
