"""How often a key may ask: so many calls a minute, or a second, counted in this process.

Several web processes count apart, so that together they allow each its own number.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
KEYS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a call may go on, how many more may in this minute or second, and in how many seconds it ends."""

    allowed: bool
    limit: int
    left: int
    ends_in_s: int

    @property
    def headers(self) -> dict[str, str]:
        """As answers tell it."""
        told = {
            "ratelimit-limit": str(self.limit),
            "ratelimit-remaining": str(self.left),
            "ratelimit-reset": str(self.ends_in_s),
        }
        return told if self.allowed else told | {"retry-after": str(self.ends_in_s)}


class Limits:
    """The calls of each key in its current minute, or second."""

    def __init__(self, window: timedelta = MINUTE) -> None:
        self._window = window
        self._counts: OrderedDict[UUID, tuple[datetime, int]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key_id: UUID, limit: int, now: datetime) -> Turn:
        """Count a call."""
        with self._lock:
            began, count = self._counts.get(key_id, (now, 0))
            if now - began >= self._window:
                began, count = now, 0
            allowed = count < limit
            self._counts[key_id] = (began, count + allowed)
            self._counts.move_to_end(key_id)
            while len(self._counts) > KEYS_KEPT:
                self._counts.popitem(last=False)
        ends_in_s = max(1, round((began + self._window - now).total_seconds()))
        return Turn(allowed, limit, max(0, limit - count - allowed), ends_in_s)
