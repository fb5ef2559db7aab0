-- The registry of models, what became of each, and uploads that are not finished.

CREATE SEQUENCE model_status_changes_id_seq;

CREATE TABLE models (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    playbook text NOT NULL,
    purpose text NOT NULL,
    version integer NOT NULL,
    type text NOT NULL,
    status text NOT NULL,
    artefact_hash text NOT NULL,
    object_name text NOT NULL,
    artefact_bytes bigint NOT NULL,
    feature_set_hash text NOT NULL,
    data_hash text NOT NULL,
    data_from timestamptz,
    data_to timestamptz,
    row_count bigint NOT NULL,
    positive_count bigint NOT NULL,
    metrics jsonb NOT NULL,
    card jsonb NOT NULL,
    why text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT models_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT models_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT models_workspace_id_purpose_version_key UNIQUE (workspace_id, purpose, version),
    CONSTRAINT models_status_check CHECK (status IN ('candidate', 'challenger', 'champion', 'archived'))
);

-- Of each purpose one model scores, and one is on trial.
CREATE UNIQUE INDEX models_champion_idx ON models (workspace_id, purpose) WHERE status = 'champion';
CREATE UNIQUE INDEX models_challenger_idx ON models (workspace_id, purpose) WHERE status = 'challenger';

CREATE TABLE model_status_changes (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id bigint DEFAULT nextval('model_status_changes_id_seq') NOT NULL,
    model_id uuid NOT NULL,
    purpose text NOT NULL,
    step text NOT NULL,
    status_before text,
    status text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    why text NOT NULL,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT model_status_changes_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT model_status_changes_workspace_id_model_id_fkey FOREIGN KEY(workspace_id, model_id) REFERENCES models (workspace_id, id)
);

CREATE INDEX model_status_changes_purpose_idx ON model_status_changes (workspace_id, purpose, id);

-- Written before an artefact is stored and gone with the model's registration: what stays names an orphan.
CREATE TABLE model_uploads (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    object_name text NOT NULL,
    author text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT model_uploads_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT model_uploads_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);
