-- How many leads each of the best tiers may hold; the newest row holds, one without tiers gives them back to the playbook.
CREATE TABLE tier_capacities (
    workspace_id uuid DEFAULT nullif(current_setting('app.workspace', true), '')::uuid NOT NULL,
    id uuid NOT NULL,
    leads jsonb NOT NULL,
    why text NOT NULL,
    author text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT tier_capacities_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT tier_capacities_workspace_id_fkey FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
);

-- The tier by the playbook's conditions, where capacity set the tier that stands.
ALTER TABLE current_scores ADD COLUMN ruled_tier text;
CREATE INDEX current_scores_place_idx ON current_scores (workspace_id, tier, micropoints) WHERE ruled_tier IS NOT NULL;

-- What was watched at the end of a scoring: how many leads are hot by their scores, of how many.
ALTER TABLE score_runs ADD COLUMN watched jsonb;
