-- Who reaches which rows. See 7_reach.sql of the first schema: everybody in the workspace reads, the operator writes.

DO $$
DECLARE
    entered text := 'nullif(current_setting(''app.workspace'', true), '''')::uuid';
    own text := '(SELECT nullif(nullif(current_setting(''app.tenant'', true), ''''), ''*'')::uuid)';
    operator text := format('workspace_id ='
        ' (SELECT CASE WHEN current_setting(''app.tenant'', true) = ''*'' THEN %s END)', entered);
BEGIN
    ALTER TABLE tier_capacities ENABLE ROW LEVEL SECURITY;
    ALTER TABLE tier_capacities FORCE ROW LEVEL SECURITY;
    REVOKE ALL ON tier_capacities FROM PUBLIC;
    GRANT SELECT, INSERT ON tier_capacities TO galena_operator;
    EXECUTE format('CREATE POLICY operator ON tier_capacities TO galena_operator USING (%s)', operator);
    GRANT SELECT ON tier_capacities TO galena_tenant;
    EXECUTE format('CREATE POLICY tenant_reads ON tier_capacities FOR SELECT TO galena_tenant'
        ' USING (workspace_id = (SELECT %s) AND %s IS NOT NULL)', entered, own);
END $$;
