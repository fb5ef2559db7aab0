-- Who reaches which rows: the operator, and a tenant its own keys, to look at. See 7_reach.sql of the first schema.
-- A key is looked up before its workspace is known, by its hash alone: the lobby sees no more than that takes.

DO $$
DECLARE
    name text;
    entered text := 'nullif(current_setting(''app.workspace'', true), '''')::uuid';
    operator text := format('workspace_id ='
        ' (SELECT CASE WHEN current_setting(''app.tenant'', true) = ''*'' THEN %s END)', entered);
    own text := format('workspace_id = (SELECT %s) AND tenant_id ='
        ' (SELECT nullif(nullif(current_setting(''app.tenant'', true), ''''), ''*'')::uuid)', entered);
BEGIN
    FOREACH name IN ARRAY ARRAY['api_keys', 'kept_answers'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('REVOKE ALL ON %I FROM PUBLIC', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO galena_operator', name);
        EXECUTE format('CREATE POLICY operator ON %I TO galena_operator USING (%s)', name, operator);
        EXECUTE format('GRANT SELECT ON %I TO galena_tenant', name);
        EXECUTE format('CREATE POLICY tenant_reads ON %I FOR SELECT TO galena_tenant USING (%s)', name,
            CASE WHEN name = 'api_keys' THEN own ELSE 'false' END);
    END LOOP;
END $$;

-- A key that was ever made stays in the list, revoked.
REVOKE DELETE ON api_keys FROM galena_operator;

GRANT SELECT (workspace_id, id, secret_hash) ON api_keys TO galena_lobby;
CREATE POLICY lobby ON api_keys FOR SELECT TO galena_lobby USING (true);
