-- Buyers, exports made for them, what became of each lead, and the history of that.

CREATE TABLE buyers (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    folded_name text NOT NULL,
    author text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT buyers_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT buyers_folded_name_key UNIQUE (workspace_id, folded_name),
    CONSTRAINT buyers_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE sale_exports (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    folder text NOT NULL,
    lead_count bigint NOT NULL,
    author text NOT NULL,
    exported_at timestamptz NOT NULL,
    undone_at timestamptz,
    CONSTRAINT sale_exports_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT sale_exports_workspace_id_buyer_id_fkey FOREIGN KEY(workspace_id, buyer_id) REFERENCES buyers (workspace_id, id)
);

-- Nothing is given twice to the same buyer: one row for a lead and a buyer.
CREATE TABLE sales (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    lead_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    export_id uuid NOT NULL,
    state text DEFAULT 'exported' NOT NULL,
    price numeric(14, 2),
    reason text,
    changed_at timestamptz NOT NULL,
    CONSTRAINT sales_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT sales_lead_buyer_key UNIQUE (workspace_id, lead_id, buyer_id),
    CONSTRAINT sales_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT sales_workspace_id_buyer_id_fkey FOREIGN KEY(workspace_id, buyer_id) REFERENCES buyers (workspace_id, id),
    CONSTRAINT sales_workspace_id_export_id_fkey FOREIGN KEY(workspace_id, export_id) REFERENCES sale_exports (workspace_id, id),
    CONSTRAINT sales_state_check CHECK (state IN ('exported', 'sold', 'converted', 'returned')),
    CONSTRAINT sales_price_check CHECK (price >= 0)
);

CREATE INDEX sales_export_idx ON sales (workspace_id, export_id);
CREATE INDEX sales_state_idx ON sales (workspace_id, state);

-- The history outlives the lead.
CREATE TABLE sale_changes (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    lead_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    export_id uuid NOT NULL,
    state text NOT NULL,
    price numeric(14, 2),
    reason text,
    author text NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT sale_changes_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT sale_changes_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);

CREATE INDEX sale_changes_lead_idx ON sale_changes (workspace_id, lead_id);
