"""Table: what servers worked on."""

from sqlalchemy import BigInteger, CheckConstraint, Column, PrimaryKeyConstraint, Text, text
from sqlalchemy.dialects.postgresql import JSONB, UUID

from galena.stores.tables.base import Reach, moment, of_workspace, tenant_table, words

jobs = tenant_table(
    "jobs",
    Column("id", UUID, nullable=False),
    words("title"),
    words("subject"),
    words("address"),
    words("back"),
    words("who"),
    Column("state", Text, nullable=False, server_default=text("'running'::text")),
    words("doing"),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger),
    words("notice"),
    Column("result", JSONB(none_as_null=True)),
    Column("fault", JSONB(none_as_null=True)),
    moment("ended_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    CheckConstraint("state IN ('running', 'done', 'failed', 'stopped')", name="jobs_state_check"),
    reads=Reach.OPERATOR,
)
