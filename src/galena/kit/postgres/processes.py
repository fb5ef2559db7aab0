"""What the operating system knows of a process that may not be our child."""

import os
import subprocess
from pathlib import Path

_PROC = Path("/proc/self/stat")


def is_server_of(pid: int, cluster: Path) -> bool:
    """Whether process `pid` lives and is a PostgreSQL server of the folder `cluster`.

    A number that went to another program after a crash, and a dead process nobody has reaped yet, are not.
    """
    if not _PROC.exists():
        return _is_postgres_by_ps(pid)
    try:
        if _is_finished(pid):
            return False
        return os.path.samestat(Path(f"/proc/{pid}/cwd").stat(), cluster.stat())
    except OSError:
        return False


def servers_of(cluster: Path) -> list[int]:
    """Every living process of a PostgreSQL server of `cluster`: the server and its orphaned workers."""
    if not _PROC.exists():
        return []
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    return [pid for pid in pids if is_server_of(pid, cluster) and _command(pid) == "postgres"]


def _is_finished(pid: int) -> bool:
    # The state follows the command, which stands in parentheses and may itself hold any character.
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state in "ZXx"


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _is_postgres_by_ps(pid: int) -> bool:
    shown = subprocess.run(
        ["/bin/ps", "-o", "stat=,comm=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split(None, 1)
    return len(shown) == 2 and not shown[0].startswith("Z") and "postgres" in shown[1]
