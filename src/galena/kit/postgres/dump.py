"""A database to a file and back, with PostgreSQL's own programs."""

import os
import subprocess
from pathlib import Path
from uuid import uuid4

from psycopg.conninfo import conninfo_to_dict

from galena.kit.errors import InputError, UnavailableError
from galena.kit.postgres.binaries import installed_folder

_ENVIRONMENT = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
}


def back_up(url: str, file: Path) -> None:
    """Write the whole database to `file` (PostgreSQL's custom format); the file appears only when complete.

    Raises:
        InputError: the file cannot be written.
        UnavailableError: the database could not be read.
    """
    part = file.with_name(f".{file.name}.{uuid4().hex[:8]}.part")
    try:
        _run("pg_dump", url, "--format=custom", "--no-owner", f"--file={part}")
        part.replace(file)
    except OSError as fault:
        raise InputError(
            f"{file} cannot be written.",
            facts={"reason": fault.strerror or str(fault)},
            remedy="Name a file in a folder that exists and that you may write to.",
        ) from fault
    finally:
        part.unlink(missing_ok=True)


def restore(url: str, file: Path) -> None:
    """Replace what the database holds by what `file` holds, in one transaction: all of it or nothing.

    Raises:
        InputError: the file is not there or is no back-up.
        UnavailableError: the database refused it; it is as it was.
    """
    if not file.is_file():
        raise InputError(f"There is no file {file}.", remedy="Give the file that `galena db backup` wrote.")
    script = file.with_name(f".{file.name}.{uuid4().hex[:8]}.sql")
    try:
        _run("pg_restore", url, "--no-owner", f"--file={script}", str(file), connects=False)
        # A back-up says of the schema only how it differs from a new database's, in which everybody may use it.
        wipe = "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC;"
        _run(
            "psql",
            url,
            "--quiet",
            "--no-psqlrc",
            "--single-transaction",
            "--set=ON_ERROR_STOP=1",
            f"--command={wipe}",
            f"--file={script}",
        )
    finally:
        script.unlink(missing_ok=True)


def _run(program: str, url: str, *arguments: str, connects: bool = True) -> None:
    # The password travels in the environment: the arguments of a process are visible to everybody.
    named = {key: value for key, value in conninfo_to_dict(url).items() if value is not None}
    environment = os.environ | {
        variable: str(named[key]) for key, variable in _ENVIRONMENT.items() if connects and key in named
    }
    done = subprocess.run(
        [installed_folder() / program, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return
    complaint = (done.stderr.strip().splitlines() or ["no message"])[-1]
    if not connects:
        raise InputError(
            "The file is not a back-up of Galena.",
            facts={"reason": complaint},
            remedy="Give the file that `galena db backup` wrote.",
        )
    raise UnavailableError(
        f"{program} did not succeed; the database is as it was.",
        facts={"reason": complaint},
        remedy=_remedy(done.stderr),
    )


def _remedy(complaints: str) -> str:
    if "row-level security" in complaints:
        # Row-level security holds for the owner, too, so that a back-up by the owner would be empty.
        return "Back-ups need a login that sees every row: have an administrator run ALTER ROLE <login> BYPASSRLS."
    return "Mend the reason and run it again. `galena doctor` checks the database."
