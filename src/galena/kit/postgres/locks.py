"""File locks the kernel frees when their holder dies, however it dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from galena.kit.errors import UnavailableError

POLL_S = 0.01


def open_private_file(path: Path, flags: int) -> int:
    """Opens (and makes) a private file for the owner of its folder, even when root makes it for them."""
    descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor


@contextmanager
def exclusive(path: Path, *, timeout_s: float) -> Iterator[None]:
    """Holds the lock alone.

    Raises:
        UnavailableError: another process held it for longer than `timeout_s`.
    """
    descriptor = open_private_file(path, os.O_RDWR)
    try:
        deadline = time.monotonic() + timeout_s
        while not _try(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise UnavailableError(
                    "another process has been starting or stopping the database for too long",
                    facts={"folder": path.parent, "waited_s": timeout_s},
                    remedy="Try again; if it stays so, end the other galena processes that use this folder.",
                )
            time.sleep(POLL_S)
        yield
    finally:
        os.close(descriptor)


class Hold:
    """A share in a lock: held together with any number of others, until `close`."""

    def __init__(self, path: Path) -> None:
        self._descriptor = open_private_file(path, os.O_RDWR)
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def is_last(self) -> bool:
        """Whether nobody else holds a share; then the share has become the whole."""
        return _try(self._descriptor, fcntl.LOCK_EX)

    def close(self) -> None:
        """Gives the share back; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
