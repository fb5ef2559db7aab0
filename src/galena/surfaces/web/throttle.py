"""Failed sign-ins counted, so that passwords cannot be guessed at speed."""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

TRIES = 5
TRIES_WINDOW = timedelta(minutes=5)
KEYS_KEPT = 10_000


class Throttle:
    """After TRIES failures of a key within TRIES_WINDOW its next try must wait.

    The last KEYS_KEPT keys are remembered, so that inventing keys fills no memory.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def is_closed(self, key: str, now: datetime) -> bool:
        """Whether this key has to wait."""
        with self._lock:
            return len(self._recent(key, now)) >= TRIES

    def failed(self, key: str, now: datetime) -> None:
        """Count a failure."""
        with self._lock:
            self._failures[key] = [*self._recent(key, now), now][-TRIES:]
            self._failures.move_to_end(key)
            while len(self._failures) > KEYS_KEPT:
                self._failures.popitem(last=False)

    def _recent(self, key: str, now: datetime) -> list[datetime]:
        return [at for at in self._failures.get(key, ()) if now - at < TRIES_WINDOW]
