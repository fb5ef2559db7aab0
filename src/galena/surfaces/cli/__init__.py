"""The `galena` command: one file per command."""
