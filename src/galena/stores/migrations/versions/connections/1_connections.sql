-- Connections to providers, with their sealed keys; the log of pulls; how often each provider was called; answers kept.

CREATE TABLE connections (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    connector text NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    sealed bytea,
    private_ok boolean DEFAULT false NOT NULL,
    schedule text,
    due_at timestamptz,
    state text DEFAULT 'new' NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    error text,
    last_tried_at timestamptz,
    last_success_at timestamptz,
    streams jsonb DEFAULT '{}'::jsonb NOT NULL,
    columns jsonb DEFAULT '{}'::jsonb NOT NULL,
    fetched_count bigint DEFAULT 0 NOT NULL,
    accepted_count bigint DEFAULT 0 NOT NULL,
    duplicate_count bigint DEFAULT 0 NOT NULL,
    quarantined_count bigint DEFAULT 0 NOT NULL,
    page_count bigint DEFAULT 0 NOT NULL,
    call_count bigint DEFAULT 0 NOT NULL,
    author text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT connections_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT connections_workspace_id_name_key UNIQUE (workspace_id, name),
    CONSTRAINT connections_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT connections_state_check CHECK (state IN ('new', 'healthy', 'failing', 'paused'))
);

CREATE TABLE pulls (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    connection_id uuid NOT NULL,
    stream text NOT NULL,
    trigger text NOT NULL,
    status text NOT NULL,
    import_id uuid,
    fetched_count bigint DEFAULT 0 NOT NULL,
    accepted_count bigint DEFAULT 0 NOT NULL,
    duplicate_count bigint DEFAULT 0 NOT NULL,
    quarantined_count bigint DEFAULT 0 NOT NULL,
    page_count bigint DEFAULT 0 NOT NULL,
    call_count bigint DEFAULT 0 NOT NULL,
    notes jsonb DEFAULT '[]'::jsonb NOT NULL,
    error text,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT pulls_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT pulls_workspace_id_connection_id_fkey FOREIGN KEY(workspace_id, connection_id) REFERENCES connections (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT pulls_status_check CHECK (status IN ('running', 'done', 'failed', 'interrupted'))
);

CREATE INDEX pulls_connection_idx ON pulls (workspace_id, connection_id, id);

-- One row per provider, changed by every call: short, and with room to be changed in place.
CREATE TABLE provider_states (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    provider text COLLATE "C" NOT NULL,
    next_at timestamptz,
    day date,
    day_count integer DEFAULT 0 NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    paused_until timestamptz,
    CONSTRAINT provider_states_pkey PRIMARY KEY (workspace_id, provider),
    CONSTRAINT provider_states_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
) WITH (fillfactor = 50);

CREATE TABLE cached_answers (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    provider text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    http_status integer NOT NULL,
    headers jsonb DEFAULT '{}'::jsonb NOT NULL,
    body bytea NOT NULL,
    until timestamptz NOT NULL,
    CONSTRAINT cached_answers_pkey PRIMARY KEY (workspace_id, provider, key),
    CONSTRAINT cached_answers_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);

CREATE INDEX cached_answers_until_idx ON cached_answers (until);
