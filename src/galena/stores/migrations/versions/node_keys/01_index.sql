-- By node alone. With the workspace before it, the planner took this index for looking keys up in a workspace that
-- statistics did not know yet, and read all of that workspace once per key.
DROP INDEX identity_keys_node_idx;
CREATE INDEX identity_keys_node_idx ON identity_keys (node_id);
