"""Tables: what the loop did, what drifted, experiments, and what administrators are told."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, Text, text
from sqlalchemy.dialects.postgresql import JSONB, UUID

from galena.stores.tables.base import Reach, belongs_to, moment, of_workspace, tenant_table, words

_NOTHING = text("'{}'::jsonb")

notifications = tenant_table(
    "notifications",
    Column("id", UUID, nullable=False),
    words("severity"),
    words("kind"),
    words("subject"),
    words("what"),
    words("link", nullable=True),
    Column("detail", JSONB, nullable=False, server_default=_NOTHING),
    Column("times", Integer, nullable=False, server_default=text("1")),
    moment("first_at"),
    moment("at"),
    words("acknowledged_by", nullable=True),
    moment("acknowledged_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    CheckConstraint("severity IN ('info', 'warning', 'error')", name="notifications_severity_check"),
    reads=Reach.OPERATOR,
)
# The same again, while nobody has seen it, is the same notification.
Index(
    "notifications_open_key",
    notifications.c.workspace_id,
    notifications.c.kind,
    notifications.c.subject,
    unique=True,
    postgresql_where=notifications.c.acknowledged_at.is_(None),
)
Index("notifications_at_idx", notifications.c.workspace_id, notifications.c.at)

learning_runs = tenant_table(
    "learning_runs",
    Column("id", UUID, nullable=False),
    words("trigger"),
    words("why"),
    Column("state", Text, nullable=False, server_default=text("'running'::text")),
    Column("decided", BigInteger, nullable=False),
    Column("report", JSONB, nullable=False, server_default=_NOTHING),
    words("author"),
    moment("started_at"),
    moment("finished_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    CheckConstraint("trigger IN ('schedule', 'labels', 'drift', 'hand')", name="learning_runs_trigger_check"),
    CheckConstraint("state IN ('running', 'done', 'failed')", name="learning_runs_state_check"),
    reads=Reach.OPERATOR,
)
Index("learning_runs_started_idx", learning_runs.c.workspace_id, learning_runs.c.started_at)

drift_reports = tenant_table(
    "drift_reports",
    Column("id", UUID, nullable=False),
    words("purpose"),
    Column("model_id", UUID),
    Column("alarm_count", Integer, nullable=False),
    Column("report", JSONB, nullable=False),
    moment("at"),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    belongs_to("models", "model_id"),
    reads=Reach.OPERATOR,
)
Index("drift_reports_at_idx", drift_reports.c.workspace_id, drift_reports.c.purpose, drift_reports.c.at)

experiments = tenant_table(
    "experiments",
    Column("id", UUID, nullable=False),
    words("name"),
    words("purpose"),
    Column("kind", Text, nullable=False, server_default=text("'model'::text")),
    Column("control_model_id", UUID),
    Column("trial_model_id", UUID),
    Column("trial", JSONB, nullable=False, server_default=_NOTHING),
    Column("design", JSONB, nullable=False),
    words("state"),
    Column("report", JSONB, nullable=False, server_default=_NOTHING),
    words("why"),
    words("author"),
    moment("started_at"),
    moment("looked_at", nullable=True),
    moment("ended_at", nullable=True),
    words("ended_why", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    of_workspace(),
    belongs_to("models", "control_model_id"),
    belongs_to("models", "trial_model_id"),
    CheckConstraint("kind IN ('model', 'weights', 'segment_weights')", name="experiments_kind_check"),
    reads=Reach.OPERATOR,
)
Index("experiments_name_key", experiments.c.workspace_id, experiments.c.name, unique=True)
# One at a time per outcome: two would share their leads.
Index(
    "experiments_running_key",
    experiments.c.workspace_id,
    experiments.c.purpose,
    unique=True,
    postgresql_where=experiments.c.ended_at.is_(None),
)
