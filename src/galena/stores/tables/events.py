"""Tables: the outbox of events, the audit trail and the exports made."""

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Sequence, text
from sqlalchemy.dialects.postgresql import JSONB, UUID

from galena.stores.tables.base import (
    ENTERED_TENANT,
    Reach,
    metadata,
    of_workspace,
    stamp,
    tenant_table,
    words,
)

outbox_positions = Sequence("outbox_position_seq", metadata=metadata)
audit_numbers = Sequence("audit_id_seq", metadata=metadata)

outbox = tenant_table(
    "outbox",
    Column("position", BigInteger, nullable=False, server_default=outbox_positions.next_value()),
    stamp("at"),
    words("kind"),
    Column("lead_id", UUID),
    Column("payload", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    words("correlation_id", nullable=True),
    PrimaryKeyConstraint("position", "at"),
    reads=Reach.LEAD,
    writes=Reach.LEAD,
    postgresql_partition_by="RANGE (at)",
)
Index("outbox_lead_idx", outbox.c.workspace_id, outbox.c.lead_id, outbox.c.at)
# What people are told of; events that come with every lead and every score are many, and left out.
Index(
    "outbox_told_idx",
    outbox.c.workspace_id,
    outbox.c.kind,
    outbox.c.position,
    postgresql_where=text(
        "kind <> ALL (ARRAY['lead_created'::text, 'lead_updated'::text, 'scored'::text, 'score_changed'::text])"
    ),
)

audit = tenant_table(
    "audit",
    Column("id", BigInteger, nullable=False, server_default=audit_numbers.next_value()),
    Column("tenant_id", UUID, server_default=ENTERED_TENANT),
    stamp("at"),
    words("actor"),
    words("action"),
    words("subject"),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    words("correlation_id", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    reads=Reach.TENANT,
    writes=Reach.TENANT,
)

exports = tenant_table(
    "exports",
    Column("id", UUID, nullable=False),
    Column("tenant_id", UUID, server_default=ENTERED_TENANT),
    words("author"),
    words("format"),
    words("file_name"),
    Column("query", JSONB, nullable=False),
    Column("row_count", BigInteger, nullable=False),
    words("sha256", nullable=True),
    stamp(),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    reads=Reach.TENANT,
    writes=Reach.TENANT,
)
