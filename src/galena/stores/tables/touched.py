"""Tables: how far readers of events are, links made by hand, and waiting signals that were let go."""

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint
from sqlalchemy.dialects.postgresql import UUID

from galena.stores.tables.base import Reach, belongs_to, key_words, moment, of_workspace, tenant_table, words

event_readers = tenant_table(
    "event_readers",
    key_words("reader"),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace_id", "reader"),
    of_workspace(),
    reads=Reach.OPERATOR,
)

hand_links = tenant_table(
    "hand_links",
    key_words("link"),
    Column("lead_id", UUID, nullable=False),
    words("author"),
    moment("made_at"),
    PrimaryKeyConstraint("workspace_id", "link", "lead_id"),
    belongs_to("leads", "lead_id", on_delete="CASCADE"),
    reads=Reach.OPERATOR,
)
Index("hand_links_lead_idx", hand_links.c.workspace_id, hand_links.c.lead_id)

let_go_signals = tenant_table(
    "let_go_signals",
    Column("signal_id", UUID, nullable=False),
    words("author"),
    moment("let_go_at"),
    PrimaryKeyConstraint("workspace_id", "signal_id"),
    of_workspace(),
    reads=Reach.OPERATOR,
)
