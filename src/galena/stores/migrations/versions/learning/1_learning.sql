-- What the loop did, what drifted, experiments, and what administrators are told.

CREATE TABLE notifications (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    severity text NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    what text NOT NULL,
    link text,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    times integer DEFAULT 1 NOT NULL,
    first_at timestamptz NOT NULL,
    at timestamptz NOT NULL,
    acknowledged_by text,
    acknowledged_at timestamptz,
    CONSTRAINT notifications_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT notifications_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT notifications_severity_check CHECK (severity IN ('info', 'warning', 'error'))
);

-- The same again, while nobody has seen it, is the same notification.
CREATE UNIQUE INDEX notifications_open_key ON notifications (workspace_id, kind, subject) WHERE acknowledged_at IS NULL;
CREATE INDEX notifications_at_idx ON notifications (workspace_id, at);

CREATE TABLE learning_runs (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    trigger text NOT NULL,
    why text NOT NULL,
    state text DEFAULT 'running' NOT NULL,
    decided bigint NOT NULL,
    report jsonb DEFAULT '{}'::jsonb NOT NULL,
    author text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT learning_runs_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT learning_runs_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT learning_runs_trigger_check CHECK (trigger IN ('schedule', 'labels', 'drift', 'hand')),
    CONSTRAINT learning_runs_state_check CHECK (state IN ('running', 'done', 'failed'))
);

CREATE INDEX learning_runs_started_idx ON learning_runs (workspace_id, started_at);

CREATE TABLE drift_reports (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    purpose text NOT NULL,
    model_id uuid,
    alarm_count integer NOT NULL,
    report jsonb NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT drift_reports_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT drift_reports_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT drift_reports_workspace_id_model_id_fkey FOREIGN KEY(workspace_id, model_id) REFERENCES models (workspace_id, id)
);

CREATE INDEX drift_reports_at_idx ON drift_reports (workspace_id, purpose, at);

CREATE TABLE experiments (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    purpose text NOT NULL,
    kind text DEFAULT 'model' NOT NULL,
    control_model_id uuid,
    trial_model_id uuid,
    trial jsonb DEFAULT '{}'::jsonb NOT NULL,
    design jsonb NOT NULL,
    state text NOT NULL,
    report jsonb DEFAULT '{}'::jsonb NOT NULL,
    why text NOT NULL,
    author text NOT NULL,
    started_at timestamptz NOT NULL,
    looked_at timestamptz,
    ended_at timestamptz,
    ended_why text,
    CONSTRAINT experiments_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT experiments_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT experiments_workspace_id_control_model_id_fkey FOREIGN KEY(workspace_id, control_model_id) REFERENCES models (workspace_id, id),
    CONSTRAINT experiments_workspace_id_trial_model_id_fkey FOREIGN KEY(workspace_id, trial_model_id) REFERENCES models (workspace_id, id),
    CONSTRAINT experiments_kind_check CHECK (kind IN ('model', 'weights', 'segment_weights'))
);

CREATE UNIQUE INDEX experiments_name_key ON experiments (workspace_id, name);
-- One at a time per outcome: two would share their leads.
CREATE UNIQUE INDEX experiments_running_key ON experiments (workspace_id, purpose) WHERE ended_at IS NULL;

-- Weights of some segment's members, for experiments: what is empty speaks of all leads.
ALTER TABLE member_weights ADD COLUMN segment text;
