-- Who reaches which rows. See 7_reach.sql of the first schema. What a tenant is given shows from visible_at on.

DO $$
DECLARE
    name text;
    entered text := 'nullif(current_setting(''app.workspace'', true), '''')::uuid';
    inside text := format('workspace_id = (SELECT %s)', entered);
    operator text := format('workspace_id ='
        ' (SELECT CASE WHEN current_setting(''app.tenant'', true) = ''*'' THEN %s END)', entered);
    own text := format('%s AND tenant_id ='
        ' (SELECT nullif(nullif(current_setting(''app.tenant'', true), ''''), ''*'')::uuid)', inside);
    -- The instant that the door entered at; the database's own where it says none.
    shown text := format('%s AND (visible_at IS NULL OR visible_at <='
        ' (SELECT coalesce(nullif(current_setting(''app.now'', true), '''')::timestamptz, now())))', own);
    reading text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tenant_parameters', 'drops', 'drop_lines', 'drop_shares', 'assignments',
        'assignment_changes', 'lead_holds', 'credit_entries', 'balance_entries'] LOOP
        reading := CASE WHEN name = 'assignments' THEN shown
            WHEN name IN ('tenant_parameters', 'balance_entries') THEN own ELSE 'false' END;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('REVOKE ALL ON %I FROM PUBLIC', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO galena_operator', name);
        EXECUTE format('CREATE POLICY operator ON %I TO galena_operator USING (%s)', name, operator);
        EXECUTE format('GRANT SELECT ON %I TO galena_tenant', name);
        EXECUTE format('CREATE POLICY tenant_reads ON %I FOR SELECT TO galena_tenant USING (%s)', name, reading);
    END LOOP;
    EXECUTE format('ALTER POLICY tenant_reads ON leads USING (%s)', shown);
END $$;

REVOKE UPDATE, DELETE ON assignment_changes, tenant_parameters, credit_entries, balance_entries FROM galena_operator;
REVOKE DELETE ON assignments, drops, lead_holds FROM galena_operator;
GRANT USAGE, SELECT ON SEQUENCE assignment_change_seq TO galena_operator;
