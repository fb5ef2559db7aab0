-- One lead from many records: what leads are found and compared by, decisions about their being one, what people are
-- asked, and what stood for a lead before it became part of another.

ALTER TABLE leads ADD COLUMN merged_into uuid;
ALTER TABLE leads DROP CONSTRAINT leads_status_check;
ALTER TABLE leads ADD CONSTRAINT leads_status_check CHECK (
    status IN ('active', 'discarded', 'needs_enrichment', 'merged'));
ALTER TABLE leads ADD CONSTRAINT leads_workspace_id_merged_into_fkey
    FOREIGN KEY (workspace_id, merged_into) REFERENCES leads (workspace_id, id);
CREATE INDEX leads_merged_idx ON leads (workspace_id, merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE identity_nodes (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    node_id uuid NOT NULL,
    form json NOT NULL,
    CONSTRAINT identity_nodes_pkey PRIMARY KEY (workspace_id, node_id),
    CONSTRAINT identity_nodes_workspace_id_node_id_fkey FOREIGN KEY(workspace_id, node_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE
);

-- Keys are hashes of what is compared. Their nodes are looked at before use, so that no reference holds up writing them.
CREATE TABLE identity_keys (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    key bigint NOT NULL,
    node_id uuid NOT NULL,
    CONSTRAINT identity_keys_pkey PRIMARY KEY (workspace_id, key, node_id)
);

CREATE INDEX identity_keys_node_idx ON identity_keys (workspace_id, node_id);

CREATE TABLE identity_pending (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    node_id uuid NOT NULL,
    CONSTRAINT identity_pending_pkey PRIMARY KEY (workspace_id, node_id),
    CONSTRAINT identity_pending_workspace_id_node_id_fkey FOREIGN KEY(workspace_id, node_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE
);

CREATE TABLE sameness_decisions (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    one uuid NOT NULL,
    other uuid NOT NULL,
    verdict text NOT NULL,
    decided_by text NOT NULL,
    probability double precision,
    evidence jsonb NOT NULL,
    undoes uuid,
    author text NOT NULL,
    decided_at timestamptz NOT NULL,
    CONSTRAINT sameness_decisions_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT sameness_decisions_workspace_id_one_fkey FOREIGN KEY(workspace_id, one) REFERENCES leads (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT sameness_decisions_workspace_id_other_fkey FOREIGN KEY(workspace_id, other) REFERENCES leads (workspace_id, id) ON DELETE CASCADE
);

CREATE INDEX sameness_decisions_one_idx ON sameness_decisions (workspace_id, one);
CREATE INDEX sameness_decisions_other_idx ON sameness_decisions (workspace_id, other);
CREATE INDEX sameness_decisions_undoes_idx ON sameness_decisions (workspace_id, undoes) WHERE undoes IS NOT NULL;

CREATE TABLE match_reviews (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    one uuid NOT NULL,
    other uuid NOT NULL,
    probability double precision NOT NULL,
    reason text NOT NULL,
    evidence jsonb NOT NULL,
    state text NOT NULL,
    asked_at timestamptz NOT NULL,
    answered_by text,
    answered_at timestamptz,
    CONSTRAINT match_reviews_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT match_reviews_workspace_id_one_other_key UNIQUE (workspace_id, one, other),
    CONSTRAINT match_reviews_workspace_id_one_fkey FOREIGN KEY(workspace_id, one) REFERENCES leads (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT match_reviews_workspace_id_other_fkey FOREIGN KEY(workspace_id, other) REFERENCES leads (workspace_id, id) ON DELETE CASCADE
);

CREATE INDEX match_reviews_other_idx ON match_reviews (workspace_id, other);

CREATE TABLE match_models (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    number integer NOT NULL,
    origin text NOT NULL,
    content jsonb NOT NULL,
    learned_rows bigint NOT NULL,
    answers_count integer NOT NULL,
    shift_bits double precision NOT NULL,
    active boolean NOT NULL,
    author text NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT match_models_pkey PRIMARY KEY (workspace_id, number),
    CONSTRAINT match_models_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE kept_standings (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    node_id uuid NOT NULL,
    members text NOT NULL,
    standing jsonb NOT NULL,
    kept_at timestamptz NOT NULL,
    CONSTRAINT kept_standings_pkey PRIMARY KEY (workspace_id, node_id, members),
    CONSTRAINT kept_standings_workspace_id_node_id_fkey FOREIGN KEY(workspace_id, node_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE
);
