-- What the dashboard asks: leads that are new, and what happened lately. Events that come by the hundred thousand with
-- every import and every scoring are left out of the index, so that writing them costs what it did.

CREATE INDEX leads_created_idx ON leads (workspace_id, created_at DESC, id) INCLUDE (status);
CREATE INDEX outbox_told_idx ON outbox (workspace_id, kind, position)
    WHERE kind <> ALL (ARRAY['lead_created', 'lead_updated', 'scored', 'score_changed']);
CREATE INDEX assignments_assigned_idx ON assignments (workspace_id, assigned_at);

-- Saved views of every list, not of the leads alone.
ALTER TABLE saved_views ADD COLUMN list text DEFAULT 'leads' NOT NULL;
ALTER TABLE saved_views DROP CONSTRAINT saved_views_workspace_id_user_id_name_key;
ALTER TABLE saved_views ADD CONSTRAINT saved_views_name_key UNIQUE (workspace_id, user_id, list, name);
