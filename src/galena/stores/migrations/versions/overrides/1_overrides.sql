-- At most one word of a person stands for a lead, and the few that stand are found without reading those that ended.

-- Two that were said in the same moment may both stand; the newer one does. Who owns the tables is held back by their
-- policies, too, and is to reach every row here.
ALTER TABLE overrides NO FORCE ROW LEVEL SECURITY;
UPDATE overrides o SET ended_at = now() WHERE o.ended_at IS NULL AND EXISTS (
    SELECT FROM overrides n WHERE n.workspace_id = o.workspace_id AND n.lead_id = o.lead_id
    AND n.ended_at IS NULL AND n.id > o.id);
ALTER TABLE overrides FORCE ROW LEVEL SECURITY;

CREATE UNIQUE INDEX overrides_standing_idx ON overrides (workspace_id, lead_id) WHERE ended_at IS NULL;
