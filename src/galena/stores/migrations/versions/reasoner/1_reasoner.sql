-- The reasoner: its endpoint, answers kept by content, what it says of each lead, its runs, and every call.

CREATE TABLE reasoner_setups (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    base_url text NOT NULL,
    model text NOT NULL,
    key_sealed bytea,
    options jsonb NOT NULL,
    enabled boolean NOT NULL,
    author text NOT NULL,
    changed_at timestamptz NOT NULL,
    tried_at timestamptz,
    CONSTRAINT reasoner_setups_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT reasoner_setups_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE reasoner_answers (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    content_hash text NOT NULL,
    model text NOT NULL,
    prompt_version integer NOT NULL,
    method text NOT NULL,
    micropoints bigint NOT NULL,
    tier text NOT NULL,
    reasoning text NOT NULL,
    thinking text NOT NULL,
    flags text[] NOT NULL,
    ideal_contractor text NOT NULL,
    contact_priority text NOT NULL,
    answered_at timestamptz NOT NULL,
    settled_by text,
    review text,
    CONSTRAINT reasoner_answers_pkey PRIMARY KEY (workspace_id, content_hash),
    CONSTRAINT reasoner_answers_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE lead_reasonings (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    lead_id uuid NOT NULL,
    content_hash text NOT NULL,
    method text NOT NULL,
    model text NOT NULL,
    prompt_version integer NOT NULL,
    micropoints bigint,
    tier text,
    reasoning text,
    thinking text,
    flags text[] NOT NULL,
    ideal_contractor text,
    contact_priority text,
    review text,
    changed_at timestamptz NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_try_at timestamptz,
    failure text,
    reviewed_by text,
    reviewed_at timestamptz,
    CONSTRAINT lead_reasonings_pkey PRIMARY KEY (workspace_id, lead_id),
    CONSTRAINT lead_reasonings_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE
);

CREATE INDEX lead_reasonings_review_idx ON lead_reasonings (workspace_id, review) WHERE review IS NOT NULL;

CREATE TABLE reasoner_runs (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    status text NOT NULL,
    model text NOT NULL,
    prompt_version integer NOT NULL,
    created_count bigint DEFAULT 0 NOT NULL,
    updated_count bigint DEFAULT 0 NOT NULL,
    skipped_count bigint DEFAULT 0 NOT NULL,
    error_count bigint DEFAULT 0 NOT NULL,
    ended_because text,
    author text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT reasoner_runs_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT reasoner_runs_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT reasoner_runs_status_check CHECK (status IN ('running', 'done', 'stopped', 'interrupted', 'failed'))
);

CREATE TABLE reasoner_calls (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    run_id uuid,
    lead_id uuid,
    content_hash text NOT NULL,
    attempt integer NOT NULL,
    model text NOT NULL,
    prompt_version integer NOT NULL,
    outcome text NOT NULL,
    failure text,
    http_status integer,
    sent_at timestamptz NOT NULL,
    ended_at timestamptz,
    prompt_tokens bigint DEFAULT 0 NOT NULL,
    cached_tokens bigint DEFAULT 0 NOT NULL,
    completion_tokens bigint DEFAULT 0 NOT NULL,
    reasoning_tokens bigint DEFAULT 0 NOT NULL,
    reserved_micros bigint NOT NULL,
    cost_micros bigint DEFAULT 0 NOT NULL,
    is_estimated boolean DEFAULT false NOT NULL,
    seconds float8,
    CONSTRAINT reasoner_calls_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT reasoner_calls_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);

CREATE INDEX reasoner_calls_run_idx ON reasoner_calls (workspace_id, run_id);

CREATE INDEX reasoner_calls_sent_idx ON reasoner_calls (workspace_id, sent_at);

