-- Keys of the API, and the answers kept for requests that may come twice.

-- The secret is random, 256 bits: its hash alone is kept.
CREATE TABLE api_keys (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    tenant_id uuid,
    name text NOT NULL,
    prefix text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    calls_per_minute integer NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    CONSTRAINT api_keys_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT api_keys_secret_hash_key UNIQUE (secret_hash),
    CONSTRAINT api_keys_workspace_id_user_id_fkey FOREIGN KEY(workspace_id, user_id) REFERENCES users (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT api_keys_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id),
    CONSTRAINT api_keys_calls_per_minute_check CHECK (calls_per_minute > 0)
);

CREATE TABLE kept_answers (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    api_key_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    fingerprint text NOT NULL,
    begun_at timestamptz NOT NULL,
    status smallint,
    body bytea,
    content_type text,
    CONSTRAINT kept_answers_pkey PRIMARY KEY (workspace_id, api_key_id, idempotency_key),
    CONSTRAINT kept_answers_workspace_id_api_key_id_fkey FOREIGN KEY(workspace_id, api_key_id) REFERENCES api_keys (workspace_id, id) ON DELETE CASCADE
);

CREATE INDEX kept_answers_begun_idx ON kept_answers (workspace_id, begun_at);
