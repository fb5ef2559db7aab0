-- A tenant has admins of its own, who say who belongs to it; who was removed stays on record under their name.

ALTER TABLE users ADD COLUMN removed_at timestamptz;
ALTER TABLE users DROP CONSTRAINT users_role_check;
ALTER TABLE users ADD CONSTRAINT users_role_check CHECK ((role = 'admin' AND tenant_id IS NULL) OR (role IN ('tenant_admin', 'member') AND tenant_id IS NOT NULL) OR role = 'viewer');
GRANT SELECT (removed_at) ON users TO galena_lobby;
