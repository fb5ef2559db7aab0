"""Tables: second factors, accounts at sign-in providers, the keys that sign tokens, and the processes that run."""

from sqlalchemy import BigInteger, Column, LargeBinary, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from galena.stores.tables.base import (
    Reach,
    belongs_to,
    metadata,
    moment,
    of_workspace,
    stamp,
    tenant_table,
    words,
)

second_factors = tenant_table(
    "second_factors",
    Column("user_id", UUID, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    stamp(),
    moment("confirmed_at", nullable=True),
    Column("last_step", BigInteger, nullable=False, server_default="0"),
    Column("recovery_hashes", ARRAY(LargeBinary), nullable=False, server_default="{}"),
    PrimaryKeyConstraint("workspace_id", "user_id"),
    belongs_to("users", "user_id", on_delete="CASCADE"),
    reads=Reach.OPERATOR,
)

provider_accounts = tenant_table(
    "provider_accounts",
    Column("user_id", UUID, nullable=False),
    words("issuer"),
    words("subject"),
    stamp(),
    PrimaryKeyConstraint("workspace_id", "user_id", "issuer"),
    UniqueConstraint("workspace_id", "issuer", "subject"),
    belongs_to("users", "user_id", on_delete="CASCADE"),
    reads=Reach.OPERATOR,
)

signing_keys = tenant_table(
    "signing_keys",
    Column("id", UUID, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    moment("made_at"),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    reads=Reach.OPERATOR,
)

processes = Table(
    "processes",
    metadata,
    Column("id", UUID, primary_key=True),
    words("kind"),
    moment("started_at"),
    moment("seen_at"),
)
