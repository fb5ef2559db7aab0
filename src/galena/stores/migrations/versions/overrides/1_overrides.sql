-- At most one word of a person stands for a lead, and the few that stand are found without reading those that ended.

CREATE UNIQUE INDEX overrides_standing_idx ON overrides (workspace_id, lead_id) WHERE ended_at IS NULL;
