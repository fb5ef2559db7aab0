-- Who reaches which rows: the operator of the workspace, and no tenant. See 7_reach.sql of the first schema.

DO $$
DECLARE
    name text;
    operator text := 'workspace_id = (SELECT CASE WHEN current_setting(''app.tenant'', true) = ''*'''
        ' THEN nullif(current_setting(''app.workspace'', true), '''')::uuid END)';
BEGIN
    FOREACH name IN ARRAY ARRAY['match_counts'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('REVOKE ALL ON %I FROM PUBLIC', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO galena_operator', name);
        EXECUTE format('CREATE POLICY operator ON %I TO galena_operator USING (%s)', name, operator);
        EXECUTE format('GRANT SELECT ON %I TO galena_tenant', name);
        EXECUTE format('CREATE POLICY tenant_reads ON %I FOR SELECT TO galena_tenant USING (false)', name);
    END LOOP;
END $$;
