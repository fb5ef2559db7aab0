-- What people of a tenant say of a score is theirs: with the lead it does not go on to whom the lead is given next.

ALTER TABLE overrides ADD COLUMN tenant_id uuid
    DEFAULT nullif(nullif(current_setting('app.tenant', true), ''), '*')::uuid,
    ADD CONSTRAINT overrides_workspace_id_tenant_id_fkey FOREIGN KEY (workspace_id, tenant_id)
    REFERENCES tenants (workspace_id, id);
ALTER TABLE feedback ADD COLUMN tenant_id uuid
    DEFAULT nullif(nullif(current_setting('app.tenant', true), ''), '*')::uuid,
    ADD CONSTRAINT feedback_workspace_id_tenant_id_fkey FOREIGN KEY (workspace_id, tenant_id)
    REFERENCES tenants (workspace_id, id);

DO $$
DECLARE
    name text;
    -- Who owns the tables is held back by their policies, too, and is to reach every row here.
    held text[] := ARRAY['overrides', 'feedback', 'users', 'api_keys', 'leads'];
    own text := '(SELECT nullif(nullif(current_setting(''app.tenant'', true), ''''), ''*'')::uuid)';
    of_lead text;
BEGIN
    FOREACH name IN ARRAY held LOOP
        EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['overrides', 'feedback'] LOOP
        EXECUTE format('UPDATE %I w SET tenant_id = u.tenant_id FROM users u WHERE u.workspace_id = w.workspace_id'
            ' AND u.tenant_id IS NOT NULL AND w.author = u.id::text', name);
        EXECUTE format('UPDATE %I w SET tenant_id = k.tenant_id FROM api_keys k WHERE k.workspace_id = w.workspace_id'
            ' AND k.tenant_id IS NOT NULL AND w.author = ''api_key:'' || k.id', name);
        of_lead := format('workspace_id = (SELECT nullif(current_setting(''app.workspace'', true), '''')::uuid)'
            ' AND EXISTS (SELECT 1 FROM leads WHERE leads.workspace_id = %I.workspace_id'
            ' AND leads.id = %1$I.lead_id)', name);
        EXECUTE format('ALTER POLICY tenant_reads ON %I USING (%s AND (tenant_id IS NULL OR tenant_id = %s))',
            name, of_lead, own);
        EXECUTE format('ALTER POLICY tenant_adds ON %I WITH CHECK (%s AND tenant_id = %s)', name, of_lead, own);
        EXECUTE format('ALTER POLICY tenant_changes ON %I USING (%s AND (tenant_id IS NULL OR tenant_id = %s))',
            name, of_lead, own);
        EXECUTE format('ALTER POLICY tenant_removes ON %I USING (%s AND tenant_id = %s)', name, of_lead, own);
        EXECUTE format('REVOKE UPDATE ON %I FROM galena_tenant', name);
    END LOOP;
    UPDATE overrides o SET ended_at = now() FROM leads l
        WHERE l.workspace_id = o.workspace_id AND l.id = o.lead_id
        AND o.ended_at IS NULL AND o.tenant_id IS NOT NULL AND l.tenant_id IS DISTINCT FROM o.tenant_id;
    FOREACH name IN ARRAY held LOOP
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    END LOOP;
END $$;

-- A word is ended and let stand again, and never becomes another.
GRANT UPDATE (ended_at) ON overrides TO galena_tenant;

-- A tenant's word holds while the lead is with it.
CREATE FUNCTION overrides_end_with_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE overrides SET ended_at = now()
        WHERE workspace_id = OLD.workspace_id AND lead_id = OLD.id AND tenant_id = OLD.tenant_id AND ended_at IS NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER leads_end_overrides AFTER UPDATE OF tenant_id ON leads FOR EACH ROW
    WHEN (OLD.tenant_id IS NOT NULL AND OLD.tenant_id IS DISTINCT FROM NEW.tenant_id)
    EXECUTE FUNCTION overrides_end_with_assignment();
