"""Who the server runs as: PostgreSQL refuses to run as root."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from galena.kit.errors import ConfigurationError

PREFERRED_ACCOUNTS = ("galena", "nobody", "daemon")
"""Looked for in this order when root starts the first server of a folder. None is ever created."""


@dataclass(frozen=True)
class Account:
    """The identity of the server process.

    Attributes:
        user_id: numeric user.
        group_id: its group.
        is_switched: whether we are root and hand the server to this account.
    """

    user_id: int
    group_id: int
    is_switched: bool

    @property
    def popen_arguments(self) -> dict[str, Any]:
        """What `subprocess` needs to start a child under this account."""
        if not self.is_switched:
            return {}
        return {"user": self.user_id, "group": self.group_id, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Gives one file or folder of ours to the account."""
        if self.is_switched:
            os.chown(path, self.user_id, self.group_id, follow_symlinks=False)


def account_for(cluster: Path) -> Account:
    """The account that runs the server of `cluster`: its owner, or the one it will belong to.

    Raises:
        ConfigurationError: the cluster belongs to another user, or root has nobody to run it as.
    """
    owner = cluster.stat() if cluster.exists() else None
    me = os.geteuid()
    if me != 0:
        if owner is not None and owner.st_uid != me:
            raise ConfigurationError(
                "the database folder belongs to another user",
                facts={"folder": cluster, "owner": _name(owner.st_uid), "you": _name(me)},
                remedy="Run galena as its owner (or as root), or choose another folder with GALENA_HOME.",
            )
        return Account(me, os.getegid(), is_switched=False)
    if owner is not None and owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, is_switched=True)
    return _unprivileged_account()


def _unprivileged_account() -> Account:
    for name in PREFERRED_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid, is_switched=True)
    raise ConfigurationError(
        "PostgreSQL does not run as root, and this machine has no unprivileged account to run it as",
        facts={"looked_for": ", ".join(PREFERRED_ACCOUNTS)},
        remedy="Create a system user named galena, or run galena as an ordinary user.",
    )


def _name(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return str(user_id)
