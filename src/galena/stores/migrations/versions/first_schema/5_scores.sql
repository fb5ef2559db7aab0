-- Score history, current scores, runs, overrides, feedback.

CREATE SEQUENCE scores_id_seq;

CREATE TABLE score_runs (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    status text NOT NULL,
    as_of timestamptz NOT NULL,
    revision_id uuid NOT NULL,
    trigger text NOT NULL,
    checkpoint_lead_id uuid,
    scored_count bigint DEFAULT 0 NOT NULL,
    discarded_count bigint DEFAULT 0 NOT NULL,
    needs_enrichment_count bigint DEFAULT 0 NOT NULL,
    moved_count bigint DEFAULT 0 NOT NULL,
    error text,
    author text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT score_runs_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT score_runs_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT score_runs_status_check CHECK (status IN ('running', 'done', 'failed', 'interrupted'))
);

CREATE TABLE current_scores (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    lead_id uuid NOT NULL,
    score_id bigint NOT NULL,
    revision_id uuid NOT NULL,
    micropoints bigint NOT NULL,
    tier text NOT NULL,
    temperature text NOT NULL,
    confidence float8 NOT NULL,
    fit float8 NOT NULL,
    engagement float8 NOT NULL,
    reasons smallint[] NOT NULL,
    as_of timestamptz NOT NULL,
    scored_at timestamptz NOT NULL,
    CONSTRAINT current_scores_pkey PRIMARY KEY (workspace_id, lead_id),
    CONSTRAINT current_scores_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE
);

CREATE INDEX current_scores_rank_idx ON current_scores (workspace_id, micropoints DESC, lead_id);

CREATE TABLE feedback (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    lead_id uuid NOT NULL,
    score_id bigint,
    reason text NOT NULL,
    author text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT feedback_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT feedback_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE
);

CREATE INDEX feedback_lead_idx ON feedback (workspace_id, lead_id);

CREATE TABLE overrides (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    lead_id uuid NOT NULL,
    micropoints bigint,
    tier text,
    reason text NOT NULL,
    author text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT overrides_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT overrides_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT overrides_value_check CHECK (micropoints IS NOT NULL OR tier IS NOT NULL)
);

CREATE INDEX overrides_lead_idx ON overrides (workspace_id, lead_id);

CREATE TABLE scores (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id bigint DEFAULT nextval('scores_id_seq') NOT NULL,
    lead_id uuid NOT NULL,
    revision_id uuid NOT NULL,
    as_of timestamptz NOT NULL,
    scored_at timestamptz NOT NULL,
    micropoints bigint NOT NULL,
    tier text NOT NULL,
    temperature text NOT NULL,
    confidence float8 NOT NULL,
    fit float8 NOT NULL,
    engagement float8 NOT NULL,
    previous_tier text,
    previous_temperature text,
    method text NOT NULL,
    values json NOT NULL,
    contributions bigint[] NOT NULL,
    trigger text NOT NULL,
    CONSTRAINT scores_pkey PRIMARY KEY (workspace_id, lead_id, id),
    CONSTRAINT scores_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE
);
