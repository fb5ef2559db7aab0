"""Tables: workspaces, and the tenants and users in them."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

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

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", UUID, primary_key=True),
    words("slug"),
    words("name"),
    words("playbook"),
    Column("active_revision_id", UUID),
    stamp(),
    UniqueConstraint("slug"),
    CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name="workspaces_slug_check"),
)

tenants = tenant_table(
    "tenants",
    Column("id", UUID, nullable=False),
    words("name"),
    stamp(),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    reads=Reach.TENANT,
)

users = tenant_table(
    "users",
    Column("id", UUID, nullable=False),
    Column("tenant_id", UUID),
    words("email"),
    words("name"),
    words("role"),
    words("password_hash", nullable=True),
    stamp(),
    moment("removed_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    belongs_to("tenants", "tenant_id"),
    UniqueConstraint("workspace_id", "email"),
    CheckConstraint("email = lower(email)", name="users_email_check"),
    CheckConstraint(
        "(role = 'admin' AND tenant_id IS NULL) OR (role IN ('tenant_admin', 'member')"
        " AND tenant_id IS NOT NULL) OR role = 'viewer'",
        name="users_role_check",
    ),
    reads=Reach.TENANT,
)

sessions = tenant_table(
    "sessions",
    Column("token_hash", LargeBinary, primary_key=True),
    Column("user_id", UUID, nullable=False),
    stamp(),
    moment("expires_at"),
    Column("id", UUID, nullable=False, server_default=func.gen_random_uuid()),
    Column("agent", Text, nullable=False, server_default=""),
    Column("means", Text, nullable=False, server_default=""),
    stamp("seen_at"),
    belongs_to("users", "user_id", on_delete="CASCADE"),
    reads=Reach.OPERATOR,
)

sign_in_links = tenant_table(
    "sign_in_links",
    Column("token_hash", LargeBinary, primary_key=True),
    Column("user_id", UUID, nullable=False),
    stamp(),
    moment("expires_at"),
    moment("used_at", nullable=True),
    belongs_to("users", "user_id", on_delete="CASCADE"),
    reads=Reach.OPERATOR,
)

saved_views = tenant_table(
    "saved_views",
    Column("id", UUID, nullable=False),
    Column("tenant_id", UUID, server_default=ENTERED_TENANT),
    Column("user_id", UUID, nullable=False),
    words("name"),
    Column("query", JSONB, nullable=False),
    Column("shared", Boolean, nullable=False, server_default=false()),
    stamp(),
    Column("list", Text, nullable=False, server_default=text("'leads'::text")),
    PrimaryKeyConstraint("workspace_id", "id"),
    belongs_to("users", "user_id", on_delete="CASCADE"),
    UniqueConstraint("workspace_id", "user_id", "list", "name", name="saved_views_name_key"),
    reads=Reach.TENANT,
    writes=Reach.TENANT,
)
