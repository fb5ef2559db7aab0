"""Brings a database to the newest schema: all of it or nothing, by one starter at a time."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, text

from galena.kit.errors import ConflictError
from galena.stores.migrations.roles import ensure_roles

if TYPE_CHECKING:  # Alembic takes a third of a second to load: only when there is something to do.
    from alembic.config import Config

NEWEST = "2026_11_21_jobs"
"""The schema this code needs: the revision that no other follows."""

_LOCK = 7702
"""The advisory lock that a migration holds; another starter waits for it, then finds nothing left to do."""


def migrate(engine: Engine) -> str:
    """Brings the database to the newest schema and says which that is.

    All in one transaction: a run that is killed leaves the database as it was.

    Raises:
        ConflictError: the database was made by a newer Galena.
        ConfigurationError: the login may not make the roles that guard the data.
    """
    if schema_version(engine) == NEWEST:
        return NEWEST
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if _version(connection) != NEWEST:
            _upgrade(connection)
    return NEWEST


def schema_version(engine: Engine) -> str | None:
    """The schema the database has; None for an empty database."""
    with engine.connect() as connection:
        return _version(connection)


def newest_version() -> str:
    """The schema this code needs."""
    return NEWEST


def _upgrade(connection: Connection) -> None:
    from alembic import command

    config = _config(connection)
    _ensure_known(_version(connection), config)
    ensure_roles(connection)
    command.upgrade(config, "head")


def _ensure_known(found: str | None, config: "Config") -> None:
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise ConflictError(
            "the database was made by a newer Galena than this one",
            facts={"database": found, "newest_known": NEWEST},
            remedy="Start the newer Galena, or restore a back-up made by this one.",
        )


def _version(connection: Connection) -> str | None:
    if connection.execute(text("SELECT to_regclass('alembic_version')")).scalar() is None:
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
