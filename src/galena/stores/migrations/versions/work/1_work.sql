-- What people keep beside leads in their daily work: notes, documents, clients, appointments.

-- The newest text of a note; one taken away is kept and can come back.
CREATE TABLE notes (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    tenant_id uuid DEFAULT nullif(nullif(current_setting('app.tenant', true), ''), '*')::uuid,
    lead_id uuid NOT NULL,
    text text NOT NULL,
    author text NOT NULL,
    at timestamptz NOT NULL,
    edited_at timestamptz,
    removed_at timestamptz,
    CONSTRAINT notes_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT notes_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id),
    CONSTRAINT notes_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX notes_at_idx ON notes (workspace_id, tenant_id, at);
CREATE INDEX notes_lead_idx ON notes (workspace_id, lead_id);

-- Every text that a note ever had; only added to.
CREATE TABLE note_versions (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    tenant_id uuid DEFAULT nullif(nullif(current_setting('app.tenant', true), ''), '*')::uuid,
    note_id uuid NOT NULL,
    change text NOT NULL,
    text text NOT NULL,
    author text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT note_versions_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT note_versions_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id),
    CONSTRAINT note_versions_workspace_id_note_id_fkey FOREIGN KEY(workspace_id, note_id) REFERENCES notes (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX note_versions_note_idx ON note_versions (workspace_id, note_id);

-- Files of the vault; the content lies in the object store under its hash.
CREATE TABLE documents (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    tenant_id uuid DEFAULT nullif(nullif(current_setting('app.tenant', true), ''), '*')::uuid,
    name text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    sha256 text COLLATE "C" NOT NULL,
    expires_on date,
    goes_first boolean DEFAULT false NOT NULL,
    author text NOT NULL,
    at timestamptz NOT NULL,
    warned_at timestamptz,
    removed_at timestamptz,
    CONSTRAINT documents_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT documents_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT documents_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id),
    CONSTRAINT documents_size_check CHECK (size >= 0)
);
CREATE INDEX documents_at_idx ON documents (workspace_id, tenant_id, at);

-- A tenant's own customers, with the spellings by which two rows are known to be one.
CREATE TABLE clients (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    tenant_id uuid DEFAULT nullif(nullif(current_setting('app.tenant', true), ''), '*')::uuid,
    name text NOT NULL,
    company text NOT NULL,
    email text NOT NULL,
    phone text NOT NULL,
    street text NOT NULL,
    city text NOT NULL,
    region text NOT NULL,
    postcode text NOT NULL,
    about text NOT NULL,
    lead_id uuid,
    origin text NOT NULL,
    email_form text COLLATE "C",
    phone_form text COLLATE "C",
    name_form text COLLATE "C",
    author text NOT NULL,
    at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    removed_at timestamptz,
    merged_into uuid,
    CONSTRAINT clients_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT clients_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT clients_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id)
);
CREATE INDEX clients_at_idx ON clients (workspace_id, tenant_id, at);

-- Files of clients that were taken in: what came of each, and the rows that could not be used.
CREATE TABLE client_imports (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    tenant_id uuid DEFAULT nullif(nullif(current_setting('app.tenant', true), ''), '*')::uuid,
    file_name text NOT NULL,
    mapping jsonb NOT NULL,
    counts jsonb NOT NULL,
    faults jsonb NOT NULL,
    author text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT client_imports_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT client_imports_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT client_imports_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id)
);

-- A link by which somebody outside fetches documents, until a day or until it is taken back.
CREATE TABLE document_links (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    tenant_id uuid DEFAULT nullif(nullif(current_setting('app.tenant', true), ''), '*')::uuid,
    document_ids uuid[] NOT NULL,
    lead_id uuid,
    client_id uuid,
    recipient text NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    opened_count integer DEFAULT 0 NOT NULL,
    fetched_count integer DEFAULT 0 NOT NULL,
    opened_at timestamptz,
    author text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT document_links_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT document_links_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT document_links_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id),
    CONSTRAINT document_links_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT document_links_workspace_id_client_id_fkey FOREIGN KEY(workspace_id, client_id) REFERENCES clients (workspace_id, id)
);
CREATE INDEX document_links_at_idx ON document_links (workspace_id, tenant_id, at);

-- Meetings. One that an outcome made names it, and goes when the outcome is taken back.
CREATE TABLE appointments (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    tenant_id uuid DEFAULT nullif(nullif(current_setting('app.tenant', true), ''), '*')::uuid,
    lead_id uuid,
    title text NOT NULL,
    place text NOT NULL,
    about text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    disposition_id uuid,
    version integer DEFAULT 0 NOT NULL,
    author text NOT NULL,
    at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    cancelled_at timestamptz,
    cancelled_because text,
    CONSTRAINT appointments_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT appointments_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT appointments_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id),
    CONSTRAINT appointments_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT appointments_times_check CHECK (ends_at >= starts_at)
);
CREATE UNIQUE INDEX appointments_disposition_key ON appointments (workspace_id, disposition_id) WHERE disposition_id IS NOT NULL;
CREATE INDEX appointments_lead_idx ON appointments (workspace_id, lead_id);
CREATE INDEX appointments_starts_idx ON appointments (workspace_id, tenant_id, starts_at);

-- Private addresses under which a calendar program reads the appointments, until they are taken back.
CREATE TABLE calendar_feeds (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    tenant_id uuid DEFAULT nullif(nullif(current_setting('app.tenant', true), ''), '*')::uuid,
    user_id uuid NOT NULL,
    at timestamptz NOT NULL,
    revoked_at timestamptz,
    read_at timestamptz,
    CONSTRAINT calendar_feeds_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT calendar_feeds_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id),
    CONSTRAINT calendar_feeds_workspace_id_user_id_fkey FOREIGN KEY(workspace_id, user_id) REFERENCES users (workspace_id, id) ON DELETE CASCADE
);
