"""Who watches: one thread hears what the database announces and wakes the visitors of that workspace.

A visitor's stream reads for itself, through the door, what it may see; here is only that there is something. Streams
are few enough to count: each takes a socket and, when woken, a moment of a thread.
"""

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from galena.bootstrap import Galena
from galena.kit.database import announcements
from galena.kit.errors import UnavailableError
from galena.stores.outbox import CHANNEL

_log = logging.getLogger(__name__)

MOST = 300
"""Streams of a server; more are refused, and their pages ask now and then instead."""

MOST_EACH = 6
"""Streams of one person."""

LISTENS_AGAIN_S = 2.0
PATIENCE_S = 1.0


@dataclass(eq=False)
class Watcher:
    """One open stream."""

    workspace_id: UUID
    who: UUID
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)


class Live:
    """The open streams of a server."""

    def __init__(self, galena: Galena) -> None:
        self._engine = galena.engine
        self._lock = threading.Lock()
        self._watchers: set[Watcher] = set()
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()

    @property
    def is_closing(self) -> bool:
        """Whether the server stops: streams end."""
        return self._closing.is_set()

    def has_room(self, who: UUID) -> bool:
        """Whether this person may open one more stream."""
        with self._lock:
            own = sum(1 for each in self._watchers if each.who == who)
            return not self.is_closing and len(self._watchers) < MOST and own < MOST_EACH

    @contextmanager
    def watching(self, workspace_id: UUID, who: UUID) -> Iterator[Watcher]:
        """A stream of somebody, for as long as the block lasts; inside a running event loop."""
        watcher = Watcher(workspace_id, who)
        with self._lock:
            self._watchers.add(watcher)
            if self._thread is None:
                self._thread = threading.Thread(target=self._listen, name="galena-live", daemon=True)
                self._thread.start()
        try:
            yield watcher
        finally:
            with self._lock:
                self._watchers.discard(watcher)

    def wake(self, workspace_id: UUID | None = None) -> None:
        """Wakes the streams of a workspace; None: all."""
        with self._lock:
            chosen = [each for each in self._watchers if workspace_id in (None, each.workspace_id)]
        for each in chosen:
            try:
                each.loop.call_soon_threadsafe(each.woken.set)
            except RuntimeError:  # Its loop has ended, and its stream with it.
                continue

    def close(self) -> None:
        """Ends all streams, and the listening."""
        self._closing.set()
        self.wake()
        if self._thread is not None:
            self._thread.join(2 * PATIENCE_S)

    def _listen(self) -> None:
        while not self._closing.is_set():
            try:
                for payload in announcements(self._engine, CHANNEL, patience_s=PATIENCE_S):
                    if self._closing.is_set():
                        return
                    if payload:
                        self.wake(UUID(payload))
            except UnavailableError as fault:
                _log.warning("Live pages wait for the database: %s", fault.facts.get("complaint"))
                self._closing.wait(LISTENS_AGAIN_S)
                self.wake()  # Whatever was announced meanwhile is found by reading.
