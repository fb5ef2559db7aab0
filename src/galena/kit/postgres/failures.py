"""What went wrong with a server, said so that a person can act."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from galena.kit.errors import UnavailableError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turns the operating system's errors about `folder` into UnavailableError."""
    try:
        yield
    except OSError as error:
        raise _explanation(error, folder) from error


def disk_full(folder: Path) -> UnavailableError:
    """The error for a disk without room for the database."""
    return UnavailableError(
        "the disk is too full for the database",
        facts={"folder": folder, "free_mb": free_bytes(folder) // 1_000_000},
        remedy="Free some space on that disk, or choose a folder on another one with GALENA_HOME. "
        "Nothing that was saved is lost.",
    )


def server_failure(what: str, folder: Path, log: str) -> UnavailableError:
    """The error for a PostgreSQL program that failed with this log."""
    if "No space left on device" in log or "Disk quota exceeded" in log:
        return disk_full(folder)
    return UnavailableError(
        what,
        facts={"folder": folder, "complaint": _complaint(log)},
        remedy=f"See {folder / 'server.log'} for the whole story; after mending, run the command again.",
    )


def free_bytes(folder: Path) -> int:
    """The free space on the disk of `folder`, which need not exist yet."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _explanation(error: OSError, folder: Path) -> UnavailableError:
    if error.errno in _FULL:
        return disk_full(folder)
    if error.errno in _FORBIDDEN:
        return UnavailableError(
            "galena may not write to the database folder",
            facts={"folder": folder, "path": error.filename or folder, "reason": error.strerror},
            remedy="Give your user the right to write there, or choose another folder with GALENA_HOME.",
        )
    return UnavailableError(
        "the database folder cannot be used",
        facts={"folder": folder, "path": error.filename or folder, "reason": error.strerror or error},
        remedy="Choose another folder with GALENA_HOME.",
    )


def _complaint(log: str) -> str:
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    marked = [line for line in lines if any(mark in line for mark in ("FATAL:", "PANIC:", "error:"))]
    return (marked or lines or ["no message"])[-1]
