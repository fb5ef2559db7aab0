-- Where messages go by themselves, each message to each endpoint, and every try to deliver one.

CREATE TABLE webhook_endpoints (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    url text NOT NULL,
    kinds text[] NOT NULL,
    private_ok boolean DEFAULT false NOT NULL,
    sealed bytea NOT NULL,
    state text DEFAULT 'active' NOT NULL,
    state_why text,
    position bigint NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    failing_since timestamptz,
    not_before timestamptz,
    last_tried_at timestamptz,
    last_success_at timestamptz,
    author text NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT webhook_endpoints_workspace_id_name_key UNIQUE (workspace_id, name),
    CONSTRAINT webhook_endpoints_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT webhook_endpoints_state_check CHECK (state IN ('active', 'paused', 'disabled'))
);

CREATE TABLE webhook_deliveries (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    position bigint,
    kind text NOT NULL,
    body bytea NOT NULL,
    event_at timestamptz NOT NULL,
    state text DEFAULT 'waiting' NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    round integer DEFAULT 0 NOT NULL,
    next_at timestamptz NOT NULL,
    status smallint,
    error text,
    delivered_at timestamptz,
    created_at timestamptz NOT NULL,
    CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT webhook_deliveries_workspace_id_endpoint_id_fkey FOREIGN KEY(workspace_id, endpoint_id) REFERENCES webhook_endpoints (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT webhook_deliveries_state_check CHECK (state IN ('waiting', 'delivered', 'failed'))
);

CREATE INDEX webhook_deliveries_waiting_idx ON webhook_deliveries (workspace_id, endpoint_id, next_at) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_log_idx ON webhook_deliveries (workspace_id, endpoint_id, created_at, id);

CREATE TABLE webhook_attempts (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    at timestamptz NOT NULL,
    status smallint,
    error text,
    duration_ms integer NOT NULL,
    CONSTRAINT webhook_attempts_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT webhook_attempts_workspace_id_delivery_id_fkey FOREIGN KEY(workspace_id, delivery_id) REFERENCES webhook_deliveries (workspace_id, id) ON DELETE CASCADE
);

CREATE INDEX webhook_attempts_delivery_idx ON webhook_attempts (workspace_id, delivery_id);
