-- Enrichment: every look-up with its cost, how each lead stands, and the runs.

CREATE TABLE enrichment_runs (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    status text NOT NULL,
    asked text NOT NULL,
    checkpoint_lead_id uuid,
    lead_count bigint DEFAULT 0 NOT NULL,
    changed_count bigint DEFAULT 0 NOT NULL,
    imports jsonb DEFAULT '{}'::jsonb NOT NULL,
    ended_because text,
    author text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT enrichment_runs_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT enrichment_runs_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT enrichment_runs_status_check CHECK (status IN ('running', 'done', 'stopped', 'interrupted', 'failed'))
);

CREATE TABLE look_ups (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    lead_id uuid,
    provider text NOT NULL,
    outcome text NOT NULL,
    asked text[] NOT NULL,
    fields text[] DEFAULT '{}'::text[] NOT NULL,
    cost_micros bigint DEFAULT 0 NOT NULL,
    reserved_micros bigint DEFAULT 0 NOT NULL,
    confidence float8 DEFAULT 0 NOT NULL,
    because text DEFAULT ''::text NOT NULL,
    actor text NOT NULL,
    sent_at timestamptz NOT NULL,
    ended_at timestamptz,
    fresh_until timestamptz,
    import_id uuid,
    CONSTRAINT look_ups_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT look_ups_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE SET NULL (lead_id),
    CONSTRAINT look_ups_outcome_check CHECK (outcome IN ('sent', 'found', 'absent', 'unsure', 'unasked', 'failed', 'lost'))
);

CREATE INDEX look_ups_lead_idx ON look_ups (workspace_id, lead_id, id);

CREATE INDEX look_ups_sent_idx ON look_ups (workspace_id, sent_at);

CREATE TABLE lead_enrichments (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    lead_id uuid NOT NULL,
    status text NOT NULL,
    fields jsonb DEFAULT '[]'::jsonb NOT NULL,
    findings jsonb DEFAULT '[]'::jsonb NOT NULL,
    is_unscored boolean DEFAULT false NOT NULL,
    enriched_at timestamptz NOT NULL,
    CONSTRAINT lead_enrichments_pkey PRIMARY KEY (workspace_id, lead_id),
    CONSTRAINT lead_enrichments_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT lead_enrichments_status_check CHECK (status IN ('pending', 'partial', 'complete', 'failed', 'stale'))
);

CREATE INDEX lead_enrichments_unscored_idx ON lead_enrichments (workspace_id, lead_id) WHERE is_unscored;
