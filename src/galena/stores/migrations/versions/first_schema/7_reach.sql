-- Who reaches which rows. Each table has row-level security, forced on its owner too. The door enters as galena_operator
-- or as galena_tenant, and says which workspace and tenant in two settings. Two roles, and not one with "operator or
-- tenant": the OR would hide from the planner that the operator sees everything in the workspace.
-- A sub-select is computed once per statement, not once per row.

CREATE FUNCTION set_reach(name text, reads text, writes text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    entered text := 'nullif(current_setting(''app.workspace'', true), '''')::uuid';
    inside text := format('workspace_id = (SELECT %s)', entered);
    -- One comparison and not two, again for the planner.
    operator text := format('workspace_id ='
        ' (SELECT CASE WHEN current_setting(''app.tenant'', true) = ''*'' THEN %s END)', entered);
    own text := '(SELECT nullif(nullif(current_setting(''app.tenant'', true), ''''), ''*'')::uuid)';
    tenants jsonb := jsonb_build_object(
        'workspace', format('%s AND %s IS NOT NULL', inside, own),
        'operator', 'false',
        'tenant', format('%s AND tenant_id = %s', inside, own),
        'lead', format('%s AND EXISTS (SELECT 1 FROM leads WHERE leads.workspace_id = %I.workspace_id'
            ' AND leads.id = %2$I.lead_id)', inside, name));
    reading text := tenants ->> reads;
    writing text := tenants ->> writes;
BEGIN
    IF name = 'tenants' THEN
        reading := replace(reading, 'tenant_id =', 'id =');
    ELSIF name = 'workspaces' THEN
        operator := replace(operator, 'workspace_id', 'id');
        reading := replace(reading, 'workspace_id', 'id');
    END IF;
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('REVOKE ALL ON %I FROM PUBLIC', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO galena_operator', name);
    EXECUTE format('CREATE POLICY operator ON %I TO galena_operator USING (%s)', name, operator);
    EXECUTE format('GRANT SELECT ON %I TO galena_tenant', name);
    EXECUTE format('CREATE POLICY tenant_reads ON %I FOR SELECT TO galena_tenant USING (%s)', name, reading);
    IF writes <> 'operator' THEN
        EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %I TO galena_tenant', name);
        EXECUTE format('CREATE POLICY tenant_adds ON %I FOR INSERT TO galena_tenant WITH CHECK (%s)', name, writing);
        EXECUTE format('CREATE POLICY tenant_changes ON %I FOR UPDATE TO galena_tenant USING (%s)', name, writing);
        EXECUTE format('CREATE POLICY tenant_removes ON %I FOR DELETE TO galena_tenant USING (%s)', name, writing);
    END IF;
END $$;

SELECT set_reach(name, reads, writes) FROM (VALUES
    ('workspaces', 'workspace', 'operator'),
    ('tenants', 'tenant', 'operator'),
    ('users', 'tenant', 'operator'),
    ('sessions', 'operator', 'operator'),
    ('sign_in_links', 'operator', 'operator'),
    ('saved_views', 'tenant', 'tenant'),
    ('playbook_revisions', 'workspace', 'operator'),
    ('mappings', 'operator', 'operator'),
    ('imports', 'operator', 'operator'),
    ('source_records', 'lead', 'operator'),
    ('deliveries', 'operator', 'operator'),
    ('quarantine', 'operator', 'operator'),
    ('leads', 'tenant', 'operator'),
    ('lead_links', 'lead', 'operator'),
    ('signals', 'lead', 'operator'),
    ('behaviour_states', 'lead', 'operator'),
    ('scores', 'lead', 'operator'),
    ('current_scores', 'lead', 'operator'),
    ('score_runs', 'operator', 'operator'),
    ('overrides', 'lead', 'lead'),
    ('feedback', 'lead', 'lead'),
    ('outbox', 'lead', 'lead'),
    ('audit', 'tenant', 'tenant'),
    ('exports', 'tenant', 'tenant')
) AS reaches (name, reads, writes);

DROP FUNCTION set_reach(text, text, text);

-- What is written once. Scores leave only with their lead (the reference deletes them).
REVOKE UPDATE, DELETE ON audit, outbox, scores, playbook_revisions FROM galena_operator, galena_tenant;
REVOKE INSERT, DELETE ON workspaces FROM galena_operator, galena_tenant;
GRANT USAGE, SELECT ON SEQUENCE scores_id_seq, outbox_position_seq, audit_id_seq TO galena_operator, galena_tenant;

-- The lobby: what must be read before a workspace is known.
GRANT SELECT, INSERT ON workspaces TO galena_lobby;
GRANT SELECT ON sessions, sign_in_links TO galena_lobby;
GRANT SELECT (workspace_id, id, email) ON users TO galena_lobby;
CREATE POLICY lobby ON workspaces TO galena_lobby USING (true);
CREATE POLICY lobby ON sessions FOR SELECT TO galena_lobby USING (true);
CREATE POLICY lobby ON sign_in_links FOR SELECT TO galena_lobby USING (true);
CREATE POLICY lobby ON users FOR SELECT TO galena_lobby USING (true);
