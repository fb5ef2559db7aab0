-- What is common among the leads of a workspace, by which they are weighed until weights are learned.

CREATE TABLE match_counts (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    nodes_count bigint NOT NULL,
    content jsonb NOT NULL,
    CONSTRAINT match_counts_pkey PRIMARY KEY (workspace_id, nodes_count),
    CONSTRAINT match_counts_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);
