-- Who reaches which rows. Each table has row-level security, forced on its owner too; the policies hold for the role
-- of the door and read its two settings. A sub-select is computed once per statement, not once per row.

CREATE FUNCTION set_reach(name text, reads text, writes text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    inside text := 'workspace_id = (SELECT nullif(current_setting(''app.workspace'', true), '''')::uuid)';
    operator text := '(SELECT current_setting(''app.tenant'', true)) = ''*''';
    own text := '(SELECT nullif(nullif(current_setting(''app.tenant'', true), ''''), ''*'')::uuid)';
    leads text := format('EXISTS (SELECT 1 FROM leads WHERE leads.workspace_id = %1$I.workspace_id'
        ' AND leads.id = %1$I.lead_id)', name);
    rules jsonb := jsonb_build_object(
        'workspace', inside,
        'operator', format('%s AND %s', inside, operator),
        'tenant', format('%s AND (%s OR tenant_id = %s)', inside, operator, own),
        'lead', format('%s AND (%s OR %s)', inside, operator, leads));
    reading text := rules ->> reads;
    writing text := rules ->> writes;
BEGIN
    IF name = 'tenants' THEN
        reading := replace(reading, 'tenant_id =', 'id =');
    ELSIF name = 'workspaces' THEN
        reading := replace(reading, 'workspace_id', 'id');
        writing := replace(writing, 'workspace_id', 'id');
    END IF;
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY reading ON %I FOR SELECT TO galena_app USING (%s)', name, reading);
    EXECUTE format('CREATE POLICY adding ON %I FOR INSERT TO galena_app WITH CHECK (%s)', name, writing);
    EXECUTE format('CREATE POLICY changing ON %I FOR UPDATE TO galena_app USING (%s)', name, writing);
    EXECUTE format('CREATE POLICY removing ON %I FOR DELETE TO galena_app USING (%s)', name, writing);
    EXECUTE format('REVOKE ALL ON %I FROM PUBLIC', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO galena_app', name);
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
REVOKE UPDATE, DELETE ON audit, outbox, scores, playbook_revisions FROM galena_app;
REVOKE INSERT, DELETE ON workspaces FROM galena_app;
GRANT USAGE, SELECT ON SEQUENCE scores_id_seq, outbox_position_seq, audit_id_seq TO galena_app;

-- The lobby: what must be read before a workspace is known.
GRANT SELECT, INSERT ON workspaces TO galena_lobby;
GRANT SELECT ON sessions, sign_in_links TO galena_lobby;
GRANT SELECT (workspace_id, id, email) ON users TO galena_lobby;
CREATE POLICY lobby ON workspaces TO galena_lobby USING (true);
CREATE POLICY lobby ON sessions FOR SELECT TO galena_lobby USING (true);
CREATE POLICY lobby ON sign_in_links FOR SELECT TO galena_lobby USING (true);
CREATE POLICY lobby ON users FOR SELECT TO galena_lobby USING (true);
