"""Floor 2: where records come from: a folder per vendor, a file per capability."""
