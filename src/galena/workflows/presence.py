"""A process says now and then that it is there, so that another one can tell whether work is being done."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread

from galena.kit.clock import Clock
from galena.kit.errors import GalenaError
from galena.kit.ids import new_id
from galena.kit.logs import logger
from galena.stores import processes
from galena.stores.door import Door

log = logger("presence")

WORKER = "worker"
SAY_EVERY_S = 15.0
SEEN_WITHIN = timedelta(minutes=1)
"""Who was not seen for so long is not there."""

FORGOTTEN_AFTER = timedelta(days=1)


class Presence:
    """Says that a process of this kind is there while the block lasts, as long as `is_alive` says so."""

    def __init__(self, door: Door, kind: str, clock: Clock, is_alive: Callable[[], bool]) -> None:
        self._door = door
        self._kind = kind
        self._clock = clock
        self._is_alive = is_alive
        self._id = new_id()
        self._over = Event()
        self._thread = Thread(target=self._go_on, name=f"galena-{kind}-presence", daemon=True)

    def __enter__(self) -> "Presence":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=5)
        self._try(self._leave)

    def say(self) -> None:
        """Says so once."""
        if self._is_alive():
            with self._door.lobby() as lobby:
                processes.note(lobby, self._id, self._kind, self._clock())

    def _go_on(self) -> None:
        while True:
            self._try(self.say)
            if self._over.wait(SAY_EVERY_S):
                return

    def _leave(self) -> None:
        with self._door.lobby() as lobby:
            processes.forget(lobby, self._id, self._clock() - FORGOTTEN_AFTER)

    def _try(self, do: Callable[[], None]) -> None:
        try:
            do()
        except GalenaError as fault:
            log.warning("presence_not_noted", code=type(fault).__name__)


def is_there(seen_at: datetime | None, now: datetime) -> bool:
    """Whether a process that was last seen then is there now."""
    return seen_at is not None and now - seen_at <= SEEN_WITHIN
