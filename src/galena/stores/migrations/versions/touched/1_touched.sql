-- How far each reader of the outbox is; links that a person made; waiting signals that a person let go.

CREATE TABLE event_readers (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    reader text COLLATE "C" NOT NULL,
    "position" bigint NOT NULL,
    CONSTRAINT event_readers_pkey PRIMARY KEY (workspace_id, reader),
    CONSTRAINT event_readers_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE hand_links (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    link text COLLATE "C" NOT NULL,
    lead_id uuid NOT NULL,
    author text NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT hand_links_pkey PRIMARY KEY (workspace_id, link, lead_id),
    CONSTRAINT hand_links_workspace_id_lead_id_fkey FOREIGN KEY(workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE
);

CREATE INDEX hand_links_lead_idx ON hand_links (workspace_id, lead_id);

CREATE TABLE let_go_signals (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    signal_id uuid NOT NULL,
    author text NOT NULL,
    let_go_at timestamptz NOT NULL,
    CONSTRAINT let_go_signals_pkey PRIMARY KEY (workspace_id, signal_id),
    CONSTRAINT let_go_signals_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);
