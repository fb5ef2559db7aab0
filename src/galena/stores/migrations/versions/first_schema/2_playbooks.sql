-- Revisions of the playbook, and saved mappings.

CREATE TABLE mappings (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    source text NOT NULL,
    revision integer NOT NULL,
    content jsonb NOT NULL,
    author text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT mappings_pkey PRIMARY KEY (workspace_id, source, revision),
    CONSTRAINT mappings_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE playbook_revisions (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    number integer NOT NULL,
    hash text NOT NULL,
    content jsonb NOT NULL,
    rules_hash text NOT NULL,
    feature_set_hash text NOT NULL,
    value_names text[] NOT NULL,
    contribution_names text[] NOT NULL,
    author text NOT NULL,
    note text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT playbook_revisions_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT playbook_revisions_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT playbook_revisions_workspace_id_number_key UNIQUE (workspace_id, number)
);
