-- Imports, source records, quarantine.

CREATE TABLE imports (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    source text NOT NULL,
    file_name text NOT NULL,
    sha256 text,
    size bigint,
    shape jsonb,
    mapping jsonb,
    options jsonb,
    status text NOT NULL,
    rows_read bigint DEFAULT 0 NOT NULL,
    created_count bigint DEFAULT 0 NOT NULL,
    updated_count bigint DEFAULT 0 NOT NULL,
    unchanged_count bigint DEFAULT 0 NOT NULL,
    quarantined_count bigint DEFAULT 0 NOT NULL,
    discarded_count bigint DEFAULT 0 NOT NULL,
    signal_count bigint DEFAULT 0 NOT NULL,
    checkpoint_row bigint DEFAULT 0 NOT NULL,
    error text,
    author text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    undone_at timestamptz,
    CONSTRAINT imports_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT imports_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT imports_status_check CHECK (status IN ('running', 'done', 'failed', 'undone', 'interrupted'))
);

CREATE INDEX imports_sha256_idx ON imports (workspace_id, sha256);

CREATE TABLE quarantine (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    import_id uuid NOT NULL,
    source text NOT NULL,
    row_number bigint NOT NULL,
    payload json NOT NULL,
    faults jsonb NOT NULL,
    status text NOT NULL,
    replayed_record_id uuid,
    corrections jsonb,
    closed_by text,
    closed_at timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT quarantine_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT quarantine_workspace_id_import_id_row_number_key UNIQUE (workspace_id, import_id, row_number),
    CONSTRAINT quarantine_workspace_id_import_id_fkey FOREIGN KEY(workspace_id, import_id) REFERENCES imports (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT quarantine_status_check CHECK (status IN ('open', 'replayed', 'dismissed'))
);

CREATE INDEX quarantine_payload_idx ON quarantine (workspace_id, source, md5(payload::text));

CREATE TABLE source_records (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    import_id uuid NOT NULL,
    lead_id uuid,
    source text COLLATE "C" NOT NULL,
    record_key text COLLATE "C" NOT NULL,
    role text NOT NULL,
    link text COLLATE "C",
    payload_hash bytea NOT NULL,
    payload json NOT NULL,
    row_number bigint NOT NULL,
    trust float8 NOT NULL,
    observed_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT source_records_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT source_records_workspace_id_source_record_key_payload_hash_key UNIQUE (workspace_id, source, record_key, payload_hash),
    CONSTRAINT source_records_workspace_id_import_id_fkey FOREIGN KEY(workspace_id, import_id) REFERENCES imports (workspace_id, id),
    CONSTRAINT source_records_role_check CHECK (role IN ('leads', 'details', 'signals'))
);

CREATE INDEX source_records_import_idx ON source_records (workspace_id, import_id);

CREATE INDEX source_records_lead_idx ON source_records (workspace_id, lead_id);

CREATE INDEX source_records_link_idx ON source_records (workspace_id, link) WHERE link IS NOT NULL;

-- A record that an import delivered once more: it stays when the import that brought it first is undone.
CREATE TABLE deliveries (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    record_id uuid NOT NULL,
    import_id uuid NOT NULL,
    row_number bigint NOT NULL,
    CONSTRAINT deliveries_pkey PRIMARY KEY (workspace_id, record_id, import_id),
    CONSTRAINT deliveries_workspace_id_record_id_fkey FOREIGN KEY(workspace_id, record_id) REFERENCES source_records (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT deliveries_workspace_id_import_id_fkey FOREIGN KEY(workspace_id, import_id) REFERENCES imports (workspace_id, id)
);

CREATE INDEX deliveries_import_idx ON deliveries (workspace_id, import_id);
