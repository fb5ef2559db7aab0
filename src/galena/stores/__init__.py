"""Floor 2: the only SQL on Galena's own tables: one file per noun."""
