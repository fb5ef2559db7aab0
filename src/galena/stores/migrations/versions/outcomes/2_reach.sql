-- Who reaches which rows: the operator of the workspace, and a tenant what is its own. See 7_reach.sql of the first
-- schema. Who must not be contacted in the whole workspace is nobody's own.

DO $$
DECLARE
    name text;
    entered text := 'nullif(current_setting(''app.workspace'', true), '''')::uuid';
    operator text := format('workspace_id ='
        ' (SELECT CASE WHEN current_setting(''app.tenant'', true) = ''*'' THEN %s END)', entered);
    own text := format('workspace_id = (SELECT %s) AND tenant_id ='
        ' (SELECT nullif(nullif(current_setting(''app.tenant'', true), ''''), ''*'')::uuid)', entered);
BEGIN
    FOREACH name IN ARRAY ARRAY['dispositions', 'suppressions', 'tasks'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('REVOKE ALL ON %I FROM PUBLIC', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO galena_operator', name);
        EXECUTE format('CREATE POLICY operator ON %I TO galena_operator USING (%s)', name, operator);
        EXECUTE format('GRANT SELECT ON %I TO galena_tenant', name);
        EXECUTE format('CREATE POLICY tenant_reads ON %I FOR SELECT TO galena_tenant USING (%s)', name, own);
    END LOOP;
END $$;

-- What was said is written once; a ban is lifted on its own row, never taken out.
REVOKE UPDATE, DELETE ON dispositions, suppressions FROM galena_operator;
GRANT UPDATE (value, lifted_at, lifted_by, lifted_because) ON suppressions TO galena_operator;
REVOKE DELETE ON tasks FROM galena_operator;
