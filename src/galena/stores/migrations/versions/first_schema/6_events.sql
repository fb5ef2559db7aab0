-- The outbox, the audit trail, exports.

CREATE SEQUENCE outbox_position_seq;

CREATE SEQUENCE audit_id_seq;

CREATE TABLE audit (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id bigint DEFAULT nextval('audit_id_seq') NOT NULL,
    tenant_id uuid DEFAULT nullif(nullif(current_setting('app.tenant', true), ''), '*')::uuid,
    at timestamptz DEFAULT now() NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    correlation_id text,
    CONSTRAINT audit_pkey PRIMARY KEY (workspace_id, id)
);

CREATE TABLE outbox (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    position bigint DEFAULT nextval('outbox_position_seq') NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    kind text NOT NULL,
    lead_id uuid,
    payload jsonb DEFAULT '{}'::jsonb NOT NULL,
    correlation_id text,
    CONSTRAINT outbox_pkey PRIMARY KEY (position, at)
) PARTITION BY RANGE (at);

-- Months are made ahead; what falls outside them is kept here all the same.
CREATE TABLE outbox_default PARTITION OF outbox DEFAULT;

CREATE INDEX outbox_lead_idx ON outbox (workspace_id, lead_id, at);

CREATE TABLE exports (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    tenant_id uuid DEFAULT nullif(nullif(current_setting('app.tenant', true), ''), '*')::uuid,
    author text NOT NULL,
    format text NOT NULL,
    file_name text NOT NULL,
    query jsonb NOT NULL,
    row_count bigint NOT NULL,
    sha256 text,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT exports_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT exports_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);

-- Positions are taken when a row is written and seen when it is committed, so a reader could pass a position that
-- is still to appear. Whoever writes first leaves a shared lock that names where its positions begin;
-- outbox_settled() is the greatest position up to which nothing can appear any more.
CREATE FUNCTION outbox_before_insert() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reached bigint;
BEGIN
    IF coalesce(current_setting('app.outbox_held', true), '') = '' THEN
        SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END INTO reached FROM outbox_position_seq;
        PERFORM pg_advisory_xact_lock_shared(7701, (reached & 2147483647)::int);
        PERFORM set_config('app.outbox_held', 'yes', true);
    END IF;
    RETURN NULL;
END $$;

-- To be called in a statement before the one that reads the rows.
CREATE FUNCTION outbox_settled() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    reached bigint;
    held bigint;
BEGIN
    SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END INTO reached FROM outbox_position_seq;
    SELECT min(reached - ((reached - objid::bigint) & 2147483647)) INTO held
        FROM pg_locks
        WHERE locktype = 'advisory' AND classid = 7701 AND objsubid = 2
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
    RETURN least(reached, held);
END $$;

CREATE FUNCTION outbox_after_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('galena_events', coalesce(current_setting('app.workspace', true), ''));
    RETURN NULL;
END $$;

CREATE TRIGGER outbox_hold BEFORE INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_before_insert();
CREATE TRIGGER outbox_announce AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_after_insert();

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
