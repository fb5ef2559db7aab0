-- What models say without being heard, and how much each member of a model counts.

CREATE TABLE shadow_scores (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    lead_id uuid NOT NULL,
    model_id uuid NOT NULL,
    as_of timestamptz NOT NULL,
    scored_at timestamptz NOT NULL,
    probability float8 NOT NULL,
    low float8 NOT NULL,
    high float8 NOT NULL,
    confidence float8 NOT NULL,
    members float8[] NOT NULL,
    CONSTRAINT shadow_scores_pkey PRIMARY KEY (workspace_id, lead_id, model_id, as_of),
    CONSTRAINT shadow_scores_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT shadow_scores_workspace_id_model_id_fkey FOREIGN KEY(workspace_id, model_id) REFERENCES models (workspace_id, id)
);

CREATE INDEX shadow_scores_model_idx ON shadow_scores (workspace_id, model_id, as_of);

CREATE TABLE member_weights (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    model_id uuid NOT NULL,
    purpose text NOT NULL,
    at timestamptz NOT NULL,
    weights jsonb NOT NULL,
    errors jsonb NOT NULL,
    why text NOT NULL,
    author text NOT NULL,
    CONSTRAINT member_weights_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT member_weights_workspace_id_model_id_fkey FOREIGN KEY(workspace_id, model_id) REFERENCES models (workspace_id, id)
);

CREATE INDEX member_weights_model_idx ON member_weights (workspace_id, model_id, at);
