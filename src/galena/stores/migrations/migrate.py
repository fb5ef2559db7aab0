"""Brings a database to the newest schema: all of it or nothing, by one starter at a time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from galena.kit.errors import ConflictError
from galena.stores.migrations.roles import ensure_roles

_LOCK = 7702
"""The advisory lock that a migration holds; another starter waits for it, then finds nothing left to do."""


def migrate(engine: Engine) -> str:
    """Brings the database to the newest schema and says which that is.

    All in one transaction: a run that is killed leaves the database as it was.

    Raises:
        ConflictError: the database was made by a newer Galena.
        ConfigurationError: the login may not make the roles that guard the data.
    """
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config = _config(connection)
        if _known_version(connection, config) != newest_version():
            ensure_roles(connection)
            command.upgrade(config, "head")
    return newest_version()


def schema_version(engine: Engine) -> str | None:
    """The schema the database has; None for an empty database."""
    with engine.connect() as connection:
        return _version(connection)


def newest_version() -> str:
    """The schema this code needs."""
    head = ScriptDirectory.from_config(_config(None)).get_current_head()
    if head is None:
        raise ConflictError("this installation has no database schema", remedy="Install Galena again.")
    return head


def _known_version(connection: Connection, config: Config) -> str | None:
    found = _version(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise ConflictError(
            "the database was made by a newer Galena than this one",
            facts={"database": found, "newest_known": newest_version()},
            remedy="Start the newer Galena, or restore a back-up made by this one.",
        )
    return found


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
