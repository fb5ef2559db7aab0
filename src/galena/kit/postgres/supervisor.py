"""One server per folder, shared by the processes that use it, stopped when the last one leaves."""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from galena.kit.errors import GalenaError
from galena.kit.postgres.account import account_for
from galena.kit.postgres.address import ServerAddress
from galena.kit.postgres.binaries import programs_folder
from galena.kit.postgres.cluster import check_version, clear_leftovers, make_cluster, read_password
from galena.kit.postgres.failures import explained
from galena.kit.postgres.layout import Layout
from galena.kit.postgres.locks import Hold, exclusive
from galena.kit.postgres.postmaster import (
    find_postmaster,
    has_answering_postmaster,
    start_postmaster,
    stop_postmaster,
)
from galena.kit.postgres.tuning import server_settings

LOCK_PATIENCE_S = 180.0
START_PATIENCE_S = 120.0
WATCH_INTERVAL_S = 1.0

_log = logging.getLogger(__name__)


@contextmanager
def running_server(folder: Path, *, durable: bool = True) -> Iterator[ServerAddress]:
    """Runs the PostgreSQL server of `folder` for as long as the block lasts.

    The first user starts it (and makes the cluster when there is none), others attach, the last one stops it.
    A server whose users were all killed goes on and is attached to by the next. A server that is killed while
    in use is started again within about a second; connections opened before are lost, what was committed is not.

    Args:
        folder: the server's own folder; created when missing.
        durable: False trades safety against power cuts for speed: for data one can throw away.

    Raises:
        UnavailableError: the server cannot be had: no room, no rights, a failing start.
        ConfigurationError: the folder belongs to another user or another version of PostgreSQL.
    """
    use = _Use(folder, durable=durable)
    use.enter()
    try:
        yield use.address
    finally:
        use.leave()


class _Use:
    """The part one process (one `with` block) has in a server."""

    address: ServerAddress

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self._folder = folder
        self._durable = durable
        self._process = os.getpid()
        self._is_over = threading.Event()
        self._watch = threading.Thread(target=self._keep_alive, name="galena-postgres-watch", daemon=True)

    def enter(self) -> None:
        with explained(self._folder):
            self._layout = Layout.prepare(self._folder)
            with exclusive(self._layout.start_lock, timeout_s=LOCK_PATIENCE_S):
                self._hold = Hold(self._layout.use_lock)
                try:
                    self._ensure_running()
                    self.address = ServerAddress(self._layout.socket_folder, read_password(self._layout))
                except BaseException as end:
                    # A start that takes long goes on for the next user; one that was called off does not.
                    if isinstance(end, KeyboardInterrupt) and self._hold.is_last():
                        stop_postmaster(self._layout)
                    self._hold.close()
                    raise
        self._watch.start()

    def leave(self) -> None:
        if os.getpid() != self._process:  # A forked child has no part of its own.
            return
        self._is_over.set()
        self._watch.join()
        with explained(self._folder):
            try:
                if not self._layout.folder.exists():
                    return
                with exclusive(self._layout.start_lock, timeout_s=LOCK_PATIENCE_S):
                    if self._hold.is_last():
                        stop_postmaster(self._layout)
                        self._layout.remove_socket_folder()
            finally:
                self._hold.close()

    def _ensure_running(self) -> None:
        layout = self._layout
        account = account_for(layout.cluster)
        if has_answering_postmaster(layout, patience_s=START_PATIENCE_S):
            return
        programs = programs_folder(account)
        clear_leftovers(layout)
        if not layout.cluster.exists():
            make_cluster(layout, account, programs, durable=self._durable)
        check_version(layout)
        socket_folder = layout.prepare_socket_folder(account)
        settings = server_settings(layout.folder, socket_folder, durable=self._durable)
        start_postmaster(layout, account, programs, settings, patience_s=START_PATIENCE_S)

    def _keep_alive(self) -> None:
        """Starts the server again when it dies under its users."""
        while not self._is_over.wait(WATCH_INTERVAL_S):
            if find_postmaster(self._layout.cluster) is not None:
                continue
            if not self._layout.cluster.exists():
                return
            try:
                with explained(self._folder), exclusive(self._layout.start_lock, timeout_s=LOCK_PATIENCE_S):
                    self._ensure_running()
                _log.warning("the embedded database had ended and was started again: %s", self._layout.folder)
            except GalenaError as error:
                _log.error("the embedded database has ended and does not start: %s", error)
                self._is_over.wait(10 * WATCH_INTERVAL_S)
