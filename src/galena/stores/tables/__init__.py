"""Every table, as SQLAlchemy knows it; the migrations make the same ones (a test compares)."""

from galena.stores.tables.access import api_keys, kept_answers
from galena.stores.tables.base import Reach, metadata
from galena.stores.tables.connections import cached_answers, connections, provider_states, pulls
from galena.stores.tables.enrichment import enrichment_runs, lead_enrichments, look_ups
from galena.stores.tables.events import audit, exports, outbox
from galena.stores.tables.identity import (
    identity_keys,
    identity_nodes,
    identity_pending,
    kept_standings,
    match_models,
    match_reviews,
    sameness_decisions,
)
from galena.stores.tables.intake import deliveries, imports, quarantine, source_records
from galena.stores.tables.leads import behaviour_states, lead_links, leads, signals
from galena.stores.tables.learning import drift_reports, experiments, learning_runs, notifications
from galena.stores.tables.models import (
    member_weights,
    model_status_changes,
    model_uploads,
    models,
    shadow_scores,
)
from galena.stores.tables.outcomes import dispositions, suppressions, tasks
from galena.stores.tables.people import saved_views, sessions, sign_in_links, tenants, users, workspaces
from galena.stores.tables.playbooks import mappings, playbook_revisions
from galena.stores.tables.reasoner import (
    lead_reasonings,
    reasoner_answers,
    reasoner_calls,
    reasoner_runs,
    reasoner_setups,
)
from galena.stores.tables.routing import (
    assignment_changes,
    assignments,
    balance_entries,
    credit_entries,
    drop_lines,
    drop_shares,
    drops,
    lead_holds,
    tenant_parameters,
)
from galena.stores.tables.sales import buyers, sale_changes, sale_exports, sales
from galena.stores.tables.scores import (
    current_scores,
    feedback,
    head_scores,
    overrides,
    score_layouts,
    score_runs,
    scores,
    tier_capacities,
)
from galena.stores.tables.touched import event_readers, hand_links, let_go_signals

__all__ = [
    "Reach",
    "api_keys",
    "assignment_changes",
    "assignments",
    "audit",
    "balance_entries",
    "behaviour_states",
    "buyers",
    "cached_answers",
    "connections",
    "credit_entries",
    "current_scores",
    "deliveries",
    "dispositions",
    "drift_reports",
    "drop_lines",
    "drop_shares",
    "drops",
    "enrichment_runs",
    "event_readers",
    "experiments",
    "exports",
    "feedback",
    "hand_links",
    "head_scores",
    "identity_keys",
    "identity_nodes",
    "identity_pending",
    "imports",
    "kept_answers",
    "kept_standings",
    "lead_enrichments",
    "lead_holds",
    "lead_links",
    "lead_reasonings",
    "leads",
    "learning_runs",
    "let_go_signals",
    "look_ups",
    "mappings",
    "match_models",
    "match_reviews",
    "member_weights",
    "metadata",
    "model_status_changes",
    "model_uploads",
    "models",
    "notifications",
    "outbox",
    "overrides",
    "playbook_revisions",
    "provider_states",
    "pulls",
    "quarantine",
    "reasoner_answers",
    "reasoner_calls",
    "reasoner_runs",
    "reasoner_setups",
    "sale_changes",
    "sale_exports",
    "sales",
    "sameness_decisions",
    "saved_views",
    "score_layouts",
    "score_runs",
    "scores",
    "sessions",
    "shadow_scores",
    "sign_in_links",
    "signals",
    "source_records",
    "suppressions",
    "tasks",
    "tenant_parameters",
    "tenants",
    "tier_capacities",
    "users",
    "workspaces",
]
