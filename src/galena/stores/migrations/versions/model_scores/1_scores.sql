-- Which model a score is of, and why rules stand in for one. Scores that are there are by rules: NULL.

ALTER TABLE scores ADD COLUMN model_id uuid, ADD COLUMN fallback text;
ALTER TABLE current_scores
    ADD COLUMN method text DEFAULT 'rules' NOT NULL,
    ADD COLUMN model_id uuid,
    ADD COLUMN fallback text;

-- The names of a model's contributions to the scores of a revision: once, and not with every score.
CREATE TABLE score_layouts (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    revision_id uuid NOT NULL,
    model_id uuid NOT NULL,
    contribution_names text[] NOT NULL,
    CONSTRAINT score_layouts_pkey PRIMARY KEY (workspace_id, revision_id, model_id),
    CONSTRAINT score_layouts_workspace_id_revision_id_fkey FOREIGN KEY(workspace_id, revision_id) REFERENCES playbook_revisions (workspace_id, id),
    CONSTRAINT score_layouts_workspace_id_model_id_fkey FOREIGN KEY(workspace_id, model_id) REFERENCES models (workspace_id, id)
);

-- What the models in use say of each lead now, head by head.
CREATE TABLE head_scores (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    lead_id uuid NOT NULL,
    head text NOT NULL,
    model_id uuid NOT NULL,
    as_of timestamptz NOT NULL,
    scored_at timestamptz NOT NULL,
    probability float8 NOT NULL,
    low float8 NOT NULL,
    high float8 NOT NULL,
    confidence float8 NOT NULL,
    members float8[] NOT NULL,
    expected_value float8,
    CONSTRAINT head_scores_pkey PRIMARY KEY (workspace_id, lead_id, head),
    CONSTRAINT head_scores_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT head_scores_workspace_id_model_id_fkey FOREIGN KEY(workspace_id, model_id) REFERENCES models (workspace_id, id)
);
