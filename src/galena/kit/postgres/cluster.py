"""Making a cluster (PostgreSQL's data folder) and checking the one that is there."""

import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from galena.kit.errors import ConfigurationError, UnavailableError
from galena.kit.postgres.account import Account
from galena.kit.postgres.address import DATABASE, ROLE
from galena.kit.postgres.binaries import MAJOR_VERSION
from galena.kit.postgres.failures import disk_full, free_bytes, server_failure
from galena.kit.postgres.layout import Layout, reachable

CHILD_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""What the PostgreSQL programs get; a PGDATA or PGPORT of the user's shell must not reach them."""

LEAST_FREE_BYTES = 150_000_000
"""A new cluster takes about 40 MB and its log soon as much again."""

_BUILDING = ".building-"


def make_cluster(layout: Layout, account: Account, programs: Path, *, durable: bool) -> None:
    """Makes the cluster beside its place and moves it there whole, so a killed run leaves none.

    Raises:
        UnavailableError: no room, or `initdb` failed.
    """
    if free_bytes(layout.folder) < LEAST_FREE_BYTES:
        raise disk_full(layout.folder)
    building = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=layout.folder))
    try:
        account.own(building)
        password_file = building / "password"
        _write_password(password_file, account)
        with reachable(building, account) as (path, descriptors):
            _run_initdb(layout, account, programs, path, descriptors, durable=durable)
            _create_database(layout, account, programs, path, descriptors)
        password_file.rename(building / "data" / layout.password_file.name)
        (building / "data").rename(layout.cluster)
        _sync_folders(layout.cluster, layout.folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def clear_leftovers(layout: Layout) -> None:
    """Removes what a killed creation left; an `initdb` that outlived it may keep some of it until next time."""
    for leftover in layout.folder.glob(f"{_BUILDING}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def check_version(layout: Layout) -> None:
    """Raises ConfigurationError when another major version of PostgreSQL wrote the cluster."""
    try:
        found = (layout.cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        found = "none"
    if found != str(MAJOR_VERSION):
        raise ConfigurationError(
            "the database folder is not one of this version of PostgreSQL",
            facts={"folder": layout.cluster, "found_version": found, "needed_version": MAJOR_VERSION},
            remedy="Export with the galena that wrote it and import here, or choose another folder "
            "with GALENA_HOME.",
        )


def read_password(layout: Layout) -> str:
    """The password of the role galena.

    Raises:
        UnavailableError: its file was removed.
    """
    try:
        descriptor = os.open(layout.password_file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise UnavailableError(
            "the password of the embedded database is missing",
            facts={"file": layout.password_file},
            remedy="Restore that file together with the folder around it.",
        ) from None
    with os.fdopen(descriptor) as file:
        return file.read().strip()


def _write_password(file: Path, account: Account) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(secrets.token_urlsafe(32))
        stream.flush()
        os.fsync(descriptor)
    account.own(file)


def _run_initdb(
    layout: Layout,
    account: Account,
    programs: Path,
    path: str,
    descriptors: tuple[int, ...],
    *,
    durable: bool,
) -> None:
    command = [str(programs / "initdb"), "-D", f"{path}/data", f"--pwfile={path}/password", "-U", ROLE]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
    if not durable:
        command.append("--no-sync")
    _run(command, "", layout, account, descriptors)


def _create_database(
    layout: Layout, account: Account, programs: Path, path: str, descriptors: tuple[int, ...]
) -> None:
    command = [str(programs / "postgres"), "--single", "-D", f"{path}/data", "template1"]
    _run(command, f"CREATE DATABASE {DATABASE};\n", layout, account, descriptors)


def _run(
    command: list[str], text: str, layout: Layout, account: Account, descriptors: tuple[int, ...]
) -> None:
    done = subprocess.run(
        command,
        input=text,
        cwd="/",
        env=CHILD_ENVIRONMENT,
        pass_fds=descriptors,
        capture_output=True,
        text=True,
        check=False,
        **account.popen_arguments,
    )
    said = done.stdout + done.stderr
    if done.returncode != 0 or "ERROR:" in said:
        with os.fdopen(layout.open_log(), "w") as log:
            log.write(said)
        raise server_failure("the database could not be created", layout.folder, said)


def _sync_folders(*folders: Path) -> None:
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
