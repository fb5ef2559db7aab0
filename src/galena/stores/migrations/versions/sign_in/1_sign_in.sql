-- Signing in: what sessions tell about themselves, second factors, accounts at providers, keys that sign tokens; and the
-- processes that run.

ALTER TABLE sessions
    ADD COLUMN id uuid DEFAULT gen_random_uuid() NOT NULL,
    ADD COLUMN agent text DEFAULT '' NOT NULL,
    ADD COLUMN means text DEFAULT '' NOT NULL,
    ADD COLUMN seen_at timestamptz DEFAULT now() NOT NULL;

-- The secret is sealed by a key that is not in the database; of recovery codes the hashes alone are kept.
CREATE TABLE second_factors (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    user_id uuid NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    confirmed_at timestamptz,
    last_step bigint DEFAULT 0 NOT NULL,
    recovery_hashes bytea[] DEFAULT '{}' NOT NULL,
    CONSTRAINT second_factors_pkey PRIMARY KEY (workspace_id, user_id),
    CONSTRAINT second_factors_workspace_id_user_id_fkey FOREIGN KEY(workspace_id, user_id) REFERENCES users (workspace_id, id) ON DELETE CASCADE
);

CREATE TABLE provider_accounts (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    user_id uuid NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT provider_accounts_pkey PRIMARY KEY (workspace_id, user_id, issuer),
    CONSTRAINT provider_accounts_workspace_id_issuer_subject_key UNIQUE (workspace_id, issuer, subject),
    CONSTRAINT provider_accounts_workspace_id_user_id_fkey FOREIGN KEY(workspace_id, user_id) REFERENCES users (workspace_id, id) ON DELETE CASCADE
);

CREATE TABLE signing_keys (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    sealed bytea NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT signing_keys_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT signing_keys_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE processes (
    id uuid NOT NULL,
    kind text NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    CONSTRAINT processes_pkey PRIMARY KEY (id)
);
