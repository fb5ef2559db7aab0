"""Answers kept for a while, so that the same question is not asked, or paid, twice."""

from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import Protocol

from galena.kit.web.exchange import Answer

MOST_BYTES = 32_000_000


class AnswerCache(Protocol):
    """Where answers are kept; keys are hashes and tell nothing."""

    def find(self, provider: str, key: str, now: datetime) -> Answer | None:
        """The answer kept under this key, if it is still good."""

    def keep(self, provider: str, key: str, answer: Answer, until: datetime) -> None:
        """Keeps an answer until an instant."""


class MemoryCache:
    """A cache of this process, bounded by the bytes of its bodies; what was used longest ago goes first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[str, str], tuple[datetime, Answer]] = OrderedDict()
        self._lock = Lock()

    def find(self, provider: str, key: str, now: datetime) -> Answer | None:
        """The answer kept under this key, if it is still good."""
        with self._lock:
            found = self._kept.get((provider, key))
            if found is None or found[0] <= now:
                return None
            self._kept.move_to_end((provider, key))
            return found[1]

    def keep(self, provider: str, key: str, answer: Answer, until: datetime) -> None:
        """Keeps an answer until an instant."""
        with self._lock:
            self._drop((provider, key))
            self._kept[(provider, key)] = (until, answer)
            self._bytes += len(answer.body)
            while self._bytes > self._most and self._kept:
                self._drop(next(iter(self._kept)))

    def _drop(self, key: tuple[str, str]) -> None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._bytes -= len(found[1].body)
