"""The roles the door enters as; they own nothing and bypass nothing."""

from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from galena.kit.errors import ConfigurationError

OPERATOR_ROLE = "galena_operator"
TENANT_ROLE = "galena_tenant"
LOBBY_ROLE = "galena_lobby"
ROLES = (OPERATOR_ROLE, TENANT_ROLE, LOBBY_ROLE)


def ensure_roles(connection: Connection) -> None:
    """Makes the roles of the door and lets the login take them.

    Raises:
        ConfigurationError: the login may not; the remedy holds what an administrator runs.
    """
    for role in ROLES:
        try:
            with connection.begin_nested():
                _ensure_role(connection, role)
        except ProgrammingError as error:
            login = connection.execute(text("SELECT current_user")).scalar_one()
            raise ConfigurationError(
                "this database login may not make the role that guards the data",
                facts={"role": role, "login": login},
                remedy="Have an administrator run, for those that are missing: "
                + " ".join(f'CREATE ROLE {each} NOLOGIN; GRANT {each} TO "{login}";' for each in ROLES),
            ) from error


def _ensure_role(connection: Connection, role: str) -> None:
    # Roles belong to the whole server, so another database may be making the same one at this moment.
    connection.execute(
        text(f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
                CREATE ROLE {role} NOLOGIN;
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $$""")
    )
    mode = "SET" if _server_version(connection) >= 160_000 else "MEMBER"
    may_enter = text("SELECT pg_has_role(current_user, :role, :mode)")
    if not connection.execute(may_enter, {"role": role, "mode": mode}).scalar_one():
        connection.execute(text(f"GRANT {role} TO CURRENT_USER"))


def _server_version(connection: Connection) -> int:
    return int(connection.execute(text("SHOW server_version_num")).scalar_one())
