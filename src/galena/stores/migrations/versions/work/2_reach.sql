-- Who reaches which rows: the operator of the workspace, and a tenant its own. A row that names a lead is written only
-- by who sees the lead. See 7_reach.sql of the first schema.

DO $$
DECLARE
    name text;
    operator text := 'workspace_id = (SELECT CASE WHEN current_setting(''app.tenant'', true) = ''*'''
        ' THEN nullif(current_setting(''app.workspace'', true), '''')::uuid END)';
    own text := 'workspace_id = (SELECT nullif(current_setting(''app.workspace'', true), '''')::uuid)'
        ' AND tenant_id = (SELECT nullif(nullif(current_setting(''app.tenant'', true), ''''), ''*'')::uuid)';
    adding text;
BEGIN
    FOREACH name IN ARRAY ARRAY['notes', 'note_versions', 'documents', 'document_links', 'clients', 'client_imports',
                                'appointments', 'calendar_feeds'] LOOP
        adding := own;
        IF name IN ('notes', 'document_links', 'appointments') THEN
            adding := format('%s AND (lead_id IS NULL OR EXISTS (SELECT 1 FROM leads WHERE leads.workspace_id ='
                ' %I.workspace_id AND leads.id = %2$I.lead_id))', own, name);
        END IF;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('REVOKE ALL ON %I FROM PUBLIC', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO galena_operator, galena_tenant', name);
        EXECUTE format('CREATE POLICY operator ON %I TO galena_operator USING (%s)', name, operator);
        EXECUTE format('CREATE POLICY tenant_reads ON %I FOR SELECT TO galena_tenant USING (%s)', name, own);
        EXECUTE format('CREATE POLICY tenant_adds ON %I FOR INSERT TO galena_tenant WITH CHECK (%s)', name, adding);
        EXECUTE format('CREATE POLICY tenant_changes ON %I FOR UPDATE TO galena_tenant USING (%s)', name, own);
    END LOOP;
END $$;

-- What was written stays readable.
REVOKE UPDATE ON note_versions, client_imports FROM galena_operator, galena_tenant;
