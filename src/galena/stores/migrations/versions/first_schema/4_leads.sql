-- Leads, the links that find them, signals, behaviours.

CREATE TABLE leads (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    tenant_id uuid,
    lead_key text COLLATE "C" NOT NULL,
    title text NOT NULL,
    subtitle text,
    fields jsonb NOT NULL,
    provenance jsonb NOT NULL,
    data_quality float8 NOT NULL,
    data_quality_parts jsonb DEFAULT '{}'::jsonb NOT NULL,
    status text NOT NULL,
    status_reason text,
    category text,
    trade_group text,
    search text NOT NULL,
    founded_by_import uuid,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT leads_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT leads_workspace_id_lead_key_key UNIQUE (workspace_id, lead_key),
    CONSTRAINT leads_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT leads_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id),
    CONSTRAINT leads_status_check CHECK (status IN ('active', 'discarded', 'needs_enrichment'))
);

CREATE INDEX leads_tenant_idx ON leads (workspace_id, tenant_id) WHERE tenant_id IS NOT NULL;

CREATE INDEX leads_updated_idx ON leads (workspace_id, updated_at DESC, id);

CREATE TABLE behaviour_states (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    lead_id uuid NOT NULL,
    behaviour text NOT NULL,
    value float8 NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT behaviour_states_pkey PRIMARY KEY (workspace_id, lead_id, behaviour),
    CONSTRAINT behaviour_states_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE
);

CREATE TABLE lead_links (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    link text COLLATE "C" NOT NULL,
    lead_id uuid NOT NULL,
    CONSTRAINT lead_links_pkey PRIMARY KEY (workspace_id, link, lead_id),
    CONSTRAINT lead_links_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE
);

CREATE INDEX lead_links_lead_idx ON lead_links (workspace_id, lead_id);

CREATE TABLE signals (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    lead_id uuid,
    link text COLLATE "C",
    kind text NOT NULL,
    at timestamptz NOT NULL,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    source text NOT NULL,
    external_id text,
    import_id uuid,
    record_id uuid,
    payload_hash bytea NOT NULL,
    CONSTRAINT signals_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT signals_workspace_id_payload_hash_key UNIQUE (workspace_id, payload_hash),
    CONSTRAINT signals_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id)
);

CREATE INDEX signals_lead_idx ON signals (workspace_id, lead_id, at);

CREATE INDEX signals_waiting_idx ON signals (workspace_id, link) WHERE lead_id IS NULL;

-- A lead's fields and provenance are about 2 kB: left inline, since compressing each costs more than the disk it saves.
ALTER TABLE leads SET (toast_tuple_target = 8160);
