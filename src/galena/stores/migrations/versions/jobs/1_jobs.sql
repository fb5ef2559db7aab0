-- What servers worked on, so that how it ended can be told after its server has ended.

CREATE TABLE jobs (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    title text NOT NULL,
    subject text NOT NULL,
    address text NOT NULL,
    back text NOT NULL,
    who text NOT NULL,
    state text DEFAULT 'running'::text NOT NULL,
    doing text NOT NULL,
    done bigint NOT NULL,
    total bigint,
    notice text NOT NULL,
    result jsonb,
    fault jsonb,
    ended_at timestamptz,
    CONSTRAINT jobs_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT jobs_state_check CHECK (state IN ('running', 'done', 'failed', 'stopped')),
    CONSTRAINT jobs_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);

-- Who reaches which rows: the operator of the workspace, and no tenant. See 7_reach.sql of the first schema.

ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
REVOKE ALL ON jobs FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON jobs TO galena_operator;
CREATE POLICY operator ON jobs TO galena_operator USING (
    workspace_id = (SELECT CASE WHEN current_setting('app.tenant', true) = '*'
        THEN nullif(current_setting('app.workspace', true), '')::uuid END)
);
GRANT SELECT ON jobs TO galena_tenant;
CREATE POLICY tenant_reads ON jobs FOR SELECT TO galena_tenant USING (false);
