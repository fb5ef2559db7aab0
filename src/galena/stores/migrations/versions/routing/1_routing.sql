-- What tenants want, drops and their plans, who has which lead, and the history of all that.

CREATE SEQUENCE assignment_change_seq;

-- What a tenant wants, whole, as somebody set it at an instant: the newest row at or before an instant held then.
CREATE TABLE tenant_parameters (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    set_at timestamptz NOT NULL,
    parameters jsonb NOT NULL,
    why text,
    author text NOT NULL,
    CONSTRAINT tenant_parameters_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT tenant_parameters_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id)
);

CREATE INDEX tenant_parameters_set_idx ON tenant_parameters (workspace_id, tenant_id, set_at);

CREATE TABLE drops (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    drop_on date NOT NULL,
    state text DEFAULT 'planned'::text NOT NULL,
    policy text NOT NULL,
    author text NOT NULL,
    planned_at timestamptz NOT NULL,
    committed_at timestamptz,
    undo_until timestamptz,
    ended_at timestamptz,
    ended_reason text,
    figures jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT drops_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT drops_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT drops_state_check CHECK (state IN ('planned', 'committed', 'undone', 'superseded'))
);

CREATE UNIQUE INDEX drops_week_key ON drops (workspace_id, drop_on) WHERE state = 'committed'::text;

CREATE TABLE drop_lines (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    drop_id uuid NOT NULL,
    lead_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    tier text NOT NULL,
    micropoints bigint NOT NULL,
    value double precision NOT NULL,
    propensity double precision,
    why jsonb NOT NULL,
    left_out text,
    CONSTRAINT drop_lines_pkey PRIMARY KEY (workspace_id, drop_id, lead_id),
    CONSTRAINT drop_lines_workspace_id_drop_id_fkey FOREIGN KEY(workspace_id, drop_id) REFERENCES drops (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT drop_lines_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT drop_lines_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id)
);

CREATE INDEX drop_lines_tenant_idx ON drop_lines (workspace_id, drop_id, tenant_id);

CREATE TABLE drop_shares (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    drop_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    tier text NOT NULL,
    quota integer NOT NULL,
    planned integer NOT NULL,
    given integer,
    visible_at timestamptz,
    why jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT drop_shares_pkey PRIMARY KEY (workspace_id, drop_id, tenant_id, tier),
    CONSTRAINT drop_shares_workspace_id_drop_id_fkey FOREIGN KEY(workspace_id, drop_id) REFERENCES drops (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT drop_shares_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id)
);


-- Exclusive until it ends: a lead has one open assignment.
CREATE TABLE assignments (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    lead_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    drop_id uuid,
    how text NOT NULL,
    policy text,
    tier text NOT NULL,
    score_id bigint,
    micropoints bigint NOT NULL,
    value double precision NOT NULL,
    propensity double precision,
    price numeric(14, 2),
    why jsonb DEFAULT '{}'::jsonb NOT NULL,
    assigned_at timestamptz NOT NULL,
    visible_at timestamptz NOT NULL,
    state text DEFAULT 'active'::text NOT NULL,
    ended_at timestamptz,
    ended_reason text,
    accept_by timestamptz,
    accepted_at timestamptz,
    contacted_at timestamptz,
    return_until timestamptz,
    warned_at timestamptz,
    CONSTRAINT assignments_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT assignments_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT assignments_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id),
    CONSTRAINT assignments_workspace_id_drop_id_fkey FOREIGN KEY(workspace_id, drop_id) REFERENCES drops (workspace_id, id),
    CONSTRAINT assignments_how_check CHECK (how IN ('drop', 'arrival', 'manual', 'reassign')),
    CONSTRAINT assignments_state_check CHECK (state IN ('active', 'inactive', 'returned', 'clawed_back', 'released', 'declined', 'closed')),
    CONSTRAINT assignments_price_check CHECK (price >= 0)
);

CREATE INDEX assignments_drop_idx ON assignments (workspace_id, drop_id);
CREATE INDEX assignments_lead_idx ON assignments (workspace_id, lead_id);
CREATE UNIQUE INDEX assignments_open_key ON assignments (workspace_id, lead_id) WHERE ended_at IS NULL;
CREATE INDEX assignments_tenant_idx ON assignments (workspace_id, tenant_id, assigned_at);

-- Every step of every assignment. It outlives the lead.
CREATE TABLE assignment_changes (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    number bigint DEFAULT nextval('assignment_change_seq') NOT NULL,
    assignment_id uuid,
    lead_id uuid,
    tenant_id uuid,
    step text NOT NULL,
    state text,
    why text,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    author text NOT NULL,
    correlation_id text,
    at timestamptz NOT NULL,
    CONSTRAINT assignment_changes_pkey PRIMARY KEY (workspace_id, number),
    CONSTRAINT assignment_changes_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);

CREATE INDEX assignment_changes_lead_idx ON assignment_changes (workspace_id, lead_id);

-- Kept out of drops and routing by a person, until a day or until released.
CREATE TABLE lead_holds (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    lead_id uuid NOT NULL,
    why text NOT NULL,
    author text NOT NULL,
    held_at timestamptz NOT NULL,
    until timestamptz,
    ended_at timestamptz,
    CONSTRAINT lead_holds_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT lead_holds_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX lead_holds_open_key ON lead_holds (workspace_id, lead_id) WHERE ended_at IS NULL;

-- Leads a tenant is owed by shortfalls of drops; what it is owed is the sum.
CREATE TABLE credit_entries (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    leads double precision NOT NULL,
    drop_id uuid,
    why text NOT NULL,
    author text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT credit_entries_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT credit_entries_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id)
);

CREATE INDEX credit_entries_tenant_idx ON credit_entries (workspace_id, tenant_id);

-- Money of tenants that pay for each lead; the balance is the sum.
CREATE TABLE balance_entries (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    assignment_id uuid,
    entry text NOT NULL,
    amount numeric(14, 2) NOT NULL,
    why text NOT NULL,
    author text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT balance_entries_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT balance_entries_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id),
    CONSTRAINT balance_entries_entry_check CHECK (entry IN ('top_up', 'charge', 'refund', 'correction'))
);

CREATE INDEX balance_entries_tenant_idx ON balance_entries (workspace_id, tenant_id);

-- From when its tenant sees a lead; empty: at once.
ALTER TABLE leads ADD COLUMN visible_at timestamptz;

-- Histories only grow, under every role, that of the owner too.
CREATE FUNCTION routing_history_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of routing is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER assignment_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON assignment_changes
    FOR EACH STATEMENT EXECUTE FUNCTION routing_history_refuse();
CREATE TRIGGER tenant_parameters_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tenant_parameters
    FOR EACH STATEMENT EXECUTE FUNCTION routing_history_refuse();
CREATE TRIGGER credit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION routing_history_refuse();
CREATE TRIGGER balance_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON balance_entries
    FOR EACH STATEMENT EXECUTE FUNCTION routing_history_refuse();
