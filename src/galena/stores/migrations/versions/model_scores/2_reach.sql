-- Who reaches which rows. See 7_reach.sql of the first schema: a tenant reads what is said of its leads, and the names
-- that its leads' scores are told with; it writes neither.

DO $$
DECLARE
    name text;
    entered text := 'nullif(current_setting(''app.workspace'', true), '''')::uuid';
    own text := '(SELECT nullif(nullif(current_setting(''app.tenant'', true), ''''), ''*'')::uuid)';
    operator text := format('workspace_id ='
        ' (SELECT CASE WHEN current_setting(''app.tenant'', true) = ''*'' THEN %s END)', entered);
    inside text := format('workspace_id = (SELECT %s)', entered);
    reading text;
BEGIN
    FOREACH name IN ARRAY ARRAY['score_layouts', 'head_scores'] LOOP
        reading := CASE name
            WHEN 'score_layouts' THEN format('%s AND %s IS NOT NULL', inside, own)
            ELSE inside || ' AND EXISTS (SELECT 1 FROM leads WHERE leads.workspace_id = head_scores.workspace_id'
                ' AND leads.id = head_scores.lead_id)'
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

-- What is written once.
REVOKE UPDATE, DELETE ON score_layouts FROM galena_operator;
