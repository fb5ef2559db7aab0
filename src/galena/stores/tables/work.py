"""Tables: what people keep beside leads in their daily work: notes, documents, clients, appointments.

All of them are a tenant's own, or, without a tenant, the operator's. A row that names a lead can only be written by
who sees that lead; the policies in the migration say so.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from galena.stores.tables.base import (
    ENTERED_TENANT,
    Reach,
    belongs_to,
    key_words,
    moment,
    of_workspace,
    tenant_table,
    words,
)


def _tenant() -> Column[object]:
    """Whose it is, filled in from the door; NULL: the operator's."""
    return Column("tenant_id", UUID, server_default=ENTERED_TENANT)


# The newest text of a note; one taken away is kept and can come back.
notes = tenant_table(
    "notes",
    Column("id", UUID, nullable=False),
    _tenant(),
    Column("lead_id", UUID, nullable=False),
    words("text"),
    words("author"),
    moment("at"),
    moment("edited_at", nullable=True),
    moment("removed_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("tenants", "tenant_id"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    reads=Reach.TENANT,
    writes=Reach.TENANT,
)
Index("notes_lead_idx", notes.c.workspace_id, notes.c.lead_id)
Index("notes_at_idx", notes.c.workspace_id, notes.c.tenant_id, notes.c.at)

# Every text that a note ever had; only added to.
note_versions = tenant_table(
    "note_versions",
    Column("id", UUID, nullable=False),
    _tenant(),
    Column("note_id", UUID, nullable=False),
    words("change"),
    words("text"),
    words("author"),
    moment("at"),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("tenants", "tenant_id"),
    belongs_to("notes", "note_id", on_delete="CASCADE"),
    reads=Reach.TENANT,
    writes=Reach.TENANT,
)
Index("note_versions_note_idx", note_versions.c.workspace_id, note_versions.c.note_id)

# Files of the vault; the content lies in the object store under its hash.
documents = tenant_table(
    "documents",
    Column("id", UUID, nullable=False),
    _tenant(),
    words("name"),
    words("media_type"),
    Column("size", BigInteger, nullable=False),
    key_words("sha256"),
    Column("expires_on", Date),
    Column("goes_first", Boolean, nullable=False, server_default=false()),
    words("author"),
    moment("at"),
    moment("warned_at", nullable=True),
    moment("removed_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    belongs_to("tenants", "tenant_id"),
    CheckConstraint("size >= 0", name="documents_size_check"),
    reads=Reach.TENANT,
    writes=Reach.TENANT,
)
Index("documents_at_idx", documents.c.workspace_id, documents.c.tenant_id, documents.c.at)

# A tenant's own customers. The forms are the spellings by which two rows are known to be one.
clients = tenant_table(
    "clients",
    Column("id", UUID, nullable=False),
    _tenant(),
    words("name"),
    words("company"),
    words("email"),
    words("phone"),
    words("street"),
    words("city"),
    words("region"),
    words("postcode"),
    words("about"),
    Column("lead_id", UUID),
    words("origin"),
    key_words("email_form", nullable=True),
    key_words("phone_form", nullable=True),
    key_words("name_form", nullable=True),
    words("author"),
    moment("at"),
    moment("changed_at"),
    moment("removed_at", nullable=True),
    Column("merged_into", UUID),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    belongs_to("tenants", "tenant_id"),
    reads=Reach.TENANT,
    writes=Reach.TENANT,
)
Index("clients_at_idx", clients.c.workspace_id, clients.c.tenant_id, clients.c.at)

# Files of clients that were taken in: what came of each, and the rows that could not be used.
client_imports = tenant_table(
    "client_imports",
    Column("id", UUID, nullable=False),
    _tenant(),
    words("file_name"),
    Column("mapping", JSONB, nullable=False),
    Column("counts", JSONB, nullable=False),
    Column("faults", JSONB, nullable=False),
    words("author"),
    moment("at"),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    belongs_to("tenants", "tenant_id"),
    reads=Reach.TENANT,
    writes=Reach.TENANT,
)

# A link by which somebody outside fetches documents, until a day or until it is taken back.
document_links = tenant_table(
    "document_links",
    Column("id", UUID, nullable=False),
    _tenant(),
    Column("document_ids", ARRAY(UUID), nullable=False),
    Column("lead_id", UUID),
    Column("client_id", UUID),
    words("recipient"),
    moment("expires_at"),
    moment("revoked_at", nullable=True),
    Column("opened_count", Integer, nullable=False, server_default=text("0")),
    Column("fetched_count", Integer, nullable=False, server_default=text("0")),
    moment("opened_at", nullable=True),
    words("author"),
    moment("at"),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    belongs_to("tenants", "tenant_id"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    belongs_to("clients", "client_id"),
    reads=Reach.TENANT,
    writes=Reach.TENANT,
)
Index("document_links_at_idx", document_links.c.workspace_id, document_links.c.tenant_id, document_links.c.at)

# Meetings. One that an outcome made names it, and goes when the outcome is taken back.
appointments = tenant_table(
    "appointments",
    Column("id", UUID, nullable=False),
    _tenant(),
    Column("lead_id", UUID),
    words("title"),
    words("place"),
    words("about"),
    moment("starts_at"),
    moment("ends_at"),
    Column("disposition_id", UUID),
    Column("version", Integer, nullable=False, server_default=text("0")),
    words("author"),
    moment("at"),
    moment("changed_at"),
    moment("cancelled_at", nullable=True),
    words("cancelled_because", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    belongs_to("tenants", "tenant_id"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    CheckConstraint("ends_at >= starts_at", name="appointments_times_check"),
    reads=Reach.TENANT,
    writes=Reach.TENANT,
)
Index(
    "appointments_starts_idx", appointments.c.workspace_id, appointments.c.tenant_id, appointments.c.starts_at
)
Index("appointments_lead_idx", appointments.c.workspace_id, appointments.c.lead_id)
Index(
    "appointments_disposition_key",
    appointments.c.workspace_id,
    appointments.c.disposition_id,
    unique=True,
    postgresql_where=appointments.c.disposition_id.is_not(None),
)

# Private addresses under which a calendar program reads the appointments, until they are taken back.
calendar_feeds = tenant_table(
    "calendar_feeds",
    Column("id", UUID, nullable=False),
    _tenant(),
    Column("user_id", UUID, nullable=False),
    moment("at"),
    moment("revoked_at", nullable=True),
    moment("read_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("tenants", "tenant_id"),
    belongs_to("users", "user_id", on_delete="CASCADE"),
    reads=Reach.TENANT,
    writes=Reach.TENANT,
)
