-- The records between which a provider could not decide, kept so that a person can.

ALTER TABLE look_ups ADD COLUMN choices jsonb DEFAULT '[]'::jsonb NOT NULL;
