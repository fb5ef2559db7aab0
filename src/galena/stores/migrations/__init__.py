"""How the database comes to its present shape: revisions named by date and meaning, and the door to run them."""

from galena.stores.migrations.migrate import migrate, newest_version, schema_version

__all__ = ["migrate", "newest_version", "schema_version"]
