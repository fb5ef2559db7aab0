-- What became of assigned leads, who must not be contacted, and what is to be done next.

-- Written once. A mistake is taken back by a row that names it.
CREATE TABLE dispositions (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    assignment_id uuid,
    lead_id uuid NOT NULL,
    tenant_id uuid,
    stage smallint NOT NULL,
    outcome text NOT NULL,
    reason_text text NOT NULL,
    reason_code text,
    suggested_code text,
    note text NOT NULL,
    callback_on date,
    booked_for timestamptz,
    booked_by text,
    signed_on date,
    closing_on date,
    deal_value numeric(14, 2),
    commission numeric(14, 2),
    attempts integer NOT NULL,
    days_to_book integer,
    days_to_close integer,
    next_step text,
    next_on date,
    corrects uuid,
    at timestamptz NOT NULL,
    author text NOT NULL,
    CONSTRAINT dispositions_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT dispositions_workspace_id_assignment_id_fkey FOREIGN KEY(workspace_id, assignment_id) REFERENCES assignments (workspace_id, id),
    CONSTRAINT dispositions_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT dispositions_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id),
    CONSTRAINT dispositions_stage_check CHECK (stage IN (1, 2)),
    CONSTRAINT dispositions_money_check CHECK (deal_value >= 0 AND commission >= 0)
);

CREATE INDEX dispositions_assignment_idx ON dispositions (workspace_id, assignment_id);
CREATE INDEX dispositions_at_idx ON dispositions (workspace_id, at);
CREATE UNIQUE INDEX dispositions_corrects_key ON dispositions (workspace_id, corrects) WHERE corrects IS NOT NULL;
CREATE INDEX dispositions_lead_idx ON dispositions (workspace_id, lead_id);

-- Who must not be contacted: by the hash of an e-mail address or number in its one spelling, or a lead itself.
CREATE TABLE suppressions (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    tenant_id uuid,
    kind text NOT NULL,
    hash bytea NOT NULL,
    value text,
    lead_id uuid,
    disposition_id uuid,
    reason text NOT NULL,
    author text NOT NULL,
    at timestamptz NOT NULL,
    lifted_at timestamptz,
    lifted_by text,
    lifted_because text,
    CONSTRAINT suppressions_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT suppressions_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
    CONSTRAINT suppressions_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id),
    CONSTRAINT suppressions_kind_check CHECK (kind IN ('email', 'phone', 'lead'))
);

CREATE UNIQUE INDEX suppressions_stands_key ON suppressions (workspace_id, hash, tenant_id) NULLS NOT DISTINCT WHERE lifted_at IS NULL;

-- What is to be done next; of each kind one at a time for a lead.
CREATE TABLE tasks (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    assignment_id uuid,
    lead_id uuid NOT NULL,
    tenant_id uuid,
    step text NOT NULL,
    due_on date NOT NULL,
    note text NOT NULL,
    disposition_id uuid,
    opened_at timestamptz NOT NULL,
    reminders_count integer DEFAULT 0 NOT NULL,
    reminded_at timestamptz,
    ended_at timestamptz,
    ended_by text,
    ended_because text,
    CONSTRAINT tasks_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT tasks_workspace_id_assignment_id_fkey FOREIGN KEY(workspace_id, assignment_id) REFERENCES assignments (workspace_id, id),
    CONSTRAINT tasks_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT tasks_workspace_id_tenant_id_fkey FOREIGN KEY(workspace_id, tenant_id) REFERENCES tenants (workspace_id, id)
);

CREATE INDEX tasks_due_idx ON tasks (workspace_id, due_on) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX tasks_open_key ON tasks (workspace_id, lead_id, step) WHERE ended_at IS NULL;
CREATE INDEX tasks_tenant_idx ON tasks (workspace_id, tenant_id);

