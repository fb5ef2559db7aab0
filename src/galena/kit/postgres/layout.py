"""The files of one embedded server, below its folder."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from galena.kit.errors import UnavailableError
from galena.kit.postgres.account import Account
from galena.kit.postgres.address import SOCKET_PORT
from galena.kit.postgres.locks import open_private_file

LONGEST_SOCKET_PATH = 103
"""Bytes: macOS allows 103, Linux 107."""

_SHORT_PLACE = Path("/tmp")  # noqa: S108
_LOG_LIMIT_BYTES = 5_000_000


@dataclass(frozen=True)
class Layout:
    """Names of what lies in the folder of one server.

    Attributes:
        folder: everything of this server; private to the user who runs galena.
    """

    folder: Path

    @classmethod
    def prepare(cls, folder: Path) -> "Layout":
        """The layout of `folder`, which is created when missing (OSError where that fails)."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        return cls(folder.resolve())

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data folder; it appears whole or not at all."""
        return self.folder / "cluster"

    @property
    def password_file(self) -> Path:
        """The password of the role galena, readable by the server's account and root alone."""
        return self.cluster / "galena-password"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "server.log"

    @property
    def start_lock(self) -> Path:
        """Held alone while a server is started or stopped."""
        return self.folder / "start.lock"

    @property
    def use_lock(self) -> Path:
        """Shared by every process that uses the server."""
        return self.folder / "in-use.lock"

    @property
    def socket_folder(self) -> Path:
        """The cluster, or a short folder of its own where that path is too long for a socket."""
        inside = self.cluster
        is_short = len(os.fsencode(inside / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH
        if is_short and "," not in str(inside):
            return inside
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return _SHORT_PLACE / f"galena-{digest}"

    @property
    def socket(self) -> Path:
        """The server's socket."""
        return self.socket_folder / f".s.PGSQL.{SOCKET_PORT}"

    def prepare_socket_folder(self, account: Account) -> str:
        """The socket folder as the server names it, made private to its account.

        Raises:
            UnavailableError: somebody else made a folder of that name.
        """
        folder = self.socket_folder
        if folder == self.cluster:
            return "."
        try:
            folder.mkdir(mode=0o700)
            account.own(folder)
        except FileExistsError:
            found = folder.lstat()
            is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == account.user_id
            if not is_ours or found.st_mode & 0o077:
                raise UnavailableError(
                    "the folder for the database's socket belongs to somebody else",
                    facts={"folder": folder},
                    remedy="Remove it, or choose a folder with a shorter path with GALENA_HOME.",
                ) from None
        return str(folder)

    def remove_socket_folder(self) -> None:
        """Removes the short socket folder, if there is one and nothing is left in it."""
        if self.socket_folder != self.cluster:
            with suppress(OSError):
                self.socket_folder.rmdir()

    def open_log(self) -> int:
        """A descriptor at the end of the log; a long log is put aside first."""
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        return open_private_file(self.log, os.O_WRONLY | os.O_APPEND)


@contextmanager
def reachable(folder: Path, account: Account) -> Iterator[tuple[str, tuple[int, ...]]]:
    """A path by which a child under `account` reaches `folder`, and the descriptors it must inherit.

    When root hands over to another account, the folders above may be closed to it (/root is). The child then
    goes through an open descriptor, which needs no right on the folders above and changes none of them.
    """
    if not account.is_switched or not Path("/proc/self/fd").exists():
        yield str(folder), ()
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}", (descriptor,)
    finally:
        os.close(descriptor)
