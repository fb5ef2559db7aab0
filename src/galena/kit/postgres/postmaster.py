"""Starting, finding and stopping the server process of a cluster."""

import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from galena.kit.errors import UnavailableError
from galena.kit.postgres.account import Account
from galena.kit.postgres.cluster import CHILD_ENVIRONMENT
from galena.kit.postgres.failures import server_failure
from galena.kit.postgres.layout import Layout, reachable
from galena.kit.postgres.processes import is_server_of, servers_of

POLL_S = 0.005
STOP_PATIENCE_S = 60.0
ANSWER_PATIENCE_S = 5.0
_STATUS_LINE = 7

_children: dict[int, subprocess.Popen[bytes]] = {}
"""Servers this process started; kept so that they are reaped when they end."""


@dataclass(frozen=True)
class Postmaster:
    """What `postmaster.pid` says: the process and whether it is starting, ready or stopping."""

    pid: int
    status: str


def find_postmaster(cluster: Path) -> Postmaster | None:
    """The living server of the cluster, whoever started it."""
    found = read_pid_file(cluster)
    if found is None:
        return None
    child = _children.get(found.pid)
    if child is not None and child.poll() is not None:
        del _children[found.pid]
        return None
    return found if is_server_of(found.pid, cluster) else None


def read_pid_file(cluster: Path) -> Postmaster | None:
    """The content of `postmaster.pid`, true or left over from a crash; None without a number in it."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None
    return Postmaster(pid, lines[_STATUS_LINE].strip() if len(lines) > _STATUS_LINE else "starting")


def start_postmaster(
    layout: Layout, account: Account, programs: Path, settings: dict[str, str], *, patience_s: float
) -> None:
    """Starts the server and waits until it answers.

    Raises:
        UnavailableError: it ended, or was still recovering after `patience_s`.
    """
    _clear_after_crash(layout.cluster)
    log_start = layout.log.stat().st_size if layout.log.exists() else 0
    child = _launch(layout, account, programs, settings)
    _children[child.pid] = child
    try:
        has_settled = _wait(
            lambda: _is_ready(layout.cluster, child.pid) or child.poll() is not None, patience_s
        )
    except KeyboardInterrupt:
        child.send_signal(signal.SIGINT)
        child.wait(STOP_PATIENCE_S)
        raise
    if has_settled:
        if child.poll() is None:
            return
        del _children[child.pid]
        said = layout.log.read_bytes()[log_start:].decode(errors="replace")
        raise server_failure("the database did not start", layout.folder, said)
    raise still_starting(layout, patience_s)


def has_answering_postmaster(layout: Layout, *, patience_s: float) -> bool:
    """Whether a server runs and answers; False once none does. Waits for one that is starting or stopping.

    Raises:
        UnavailableError: it lives and does not answer within `patience_s`.
    """
    is_answering = False

    def has_settled() -> bool:
        nonlocal is_answering
        found = find_postmaster(layout.cluster)
        # One that was killed this moment still looks alive; only an answer shows that it is.
        is_answering = found is not None and found.status == "ready" and _answers(layout.socket)
        return found is None or is_answering

    if not _wait(has_settled, patience_s):
        raise still_starting(layout, patience_s)
    return is_answering


def stop_postmaster(layout: Layout) -> None:
    """Ends the server: open transactions are rolled back, what was committed is on disk.

    Raises:
        UnavailableError: it would not end.
    """
    found = find_postmaster(layout.cluster)
    if found is None:
        return
    for request, patience_s in ((signal.SIGINT, STOP_PATIENCE_S), (signal.SIGQUIT, 10.0)):
        _send(found.pid, request)
        if _wait(lambda: find_postmaster(layout.cluster) is None, patience_s):
            return
    raise UnavailableError(
        "the database does not stop",
        facts={"folder": layout.folder, "process": found.pid},
        remedy=f"End process {found.pid} yourself; nothing that was saved is lost.",
    )


def still_starting(layout: Layout, waited_s: float) -> UnavailableError:
    """The error for a server that lives but does not answer yet."""
    return UnavailableError(
        "the database is still starting, probably recovering from a crash",
        facts={"folder": layout.folder, "waited_s": waited_s},
        remedy="Run the command again in a minute; the recovery goes on meanwhile.",
    )


def _launch(
    layout: Layout, account: Account, programs: Path, settings: dict[str, str]
) -> subprocess.Popen[bytes]:
    environment = dict(CHILD_ENVIRONMENT)
    left_over = read_pid_file(layout.cluster)
    if left_over is not None:
        # The number in a left-over file may meanwhile name another program of this user, and PostgreSQL would
        # take it for a running server. It does not doubt its own grandparent, and checks shared memory anyway.
        environment["PG_GRANDPARENT_PID"] = str(left_over.pid)
    log = layout.open_log()
    try:
        with reachable(layout.cluster, account) as (path, descriptors):
            options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
            return subprocess.Popen(
                [str(programs / "postgres"), "-D", path, *options],
                cwd="/",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=descriptors,
                # A Ctrl-C in the terminal is for us; the server is asked to stop when its last user leaves.
                start_new_session=True,
                **account.popen_arguments,
            )
    finally:
        os.close(log)


def _clear_after_crash(cluster: Path) -> None:
    """Ends workers that outlived a killed server, and removes an unreadable pid file."""
    for pid in servers_of(cluster):
        _send(pid, signal.SIGQUIT)
    _wait(lambda: not servers_of(cluster), 10.0)
    if read_pid_file(cluster) is None:
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def _answers(path: Path) -> bool:
    """Whether a server answers the question for encryption, with which any PostgreSQL connection may begin."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(ANSWER_PATIENCE_S)
        try:
            connection.connect(str(path))
            connection.sendall(struct.pack("!ii", 8, 80_877_103))
            return connection.recv(1) in (b"N", b"S")
        except OSError:
            return False


def _is_ready(cluster: Path, pid: int) -> bool:
    return read_pid_file(cluster) == Postmaster(pid, "ready")


def _send(pid: int, request: signal.Signals) -> None:
    try:
        os.kill(pid, request)
    except ProcessLookupError:
        return


def _wait(is_done: Callable[[], bool], patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while not is_done():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True
