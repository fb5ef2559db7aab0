-- Who reaches which rows: a tenant reads what is said of its leads, the operator everything, and no tenant writes.

DO $$
DECLARE
    name text;
    operator text := 'workspace_id = (SELECT CASE WHEN current_setting(''app.tenant'', true) = ''*'''
        ' THEN nullif(current_setting(''app.workspace'', true), '''')::uuid END)';
    inside text := 'workspace_id = (SELECT nullif(current_setting(''app.workspace'', true), '''')::uuid)';
    reading text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'reasoner_setups', 'reasoner_answers', 'lead_reasonings', 'reasoner_runs', 'reasoner_calls'
    ] LOOP
        reading := CASE name
            WHEN 'lead_reasonings' THEN inside || ' AND EXISTS (SELECT 1 FROM leads'
                ' WHERE leads.workspace_id = lead_reasonings.workspace_id AND leads.id = lead_reasonings.lead_id)'
            ELSE 'false'
        END;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('REVOKE ALL ON %I FROM PUBLIC', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO galena_operator', name);
        EXECUTE format('CREATE POLICY operator ON %I TO galena_operator USING (%s)', name, operator);
        EXECUTE format('GRANT SELECT ON %I TO galena_tenant', name);
        EXECUTE format('CREATE POLICY tenant_reads ON %I FOR SELECT TO galena_tenant USING (%s)', name, reading);
    END LOOP;
END $$;

-- What is written once: a change of the endpoint is a new row; a call is never taken out of the ledger.
REVOKE UPDATE, DELETE ON reasoner_setups FROM galena_operator;
REVOKE DELETE ON reasoner_calls, reasoner_runs FROM galena_operator;
