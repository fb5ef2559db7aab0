"""The four shipped playbooks, as YAML one can read aloud."""
