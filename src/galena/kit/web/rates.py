"""How often a provider may be called, and when it is left alone.

Calls are spread evenly: a call is let go when at least one interval has passed since the one before was, whichever
process made that one. So in no window of the stated length can more calls go out than stated. A turn is taken at the
moment of going and not in advance: a process that wakes up late for its turn would come too near to the next.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Protocol

from galena.kit.clock import Clock

MARGIN = 1.1
"""Intervals are 10 % longer than the rate asks, because calls do not all travel equally fast."""

JITTER_S = 0.15
"""And by this much in each span: on a busy machine the first of its calls may leave late, and the others on time."""

FAILURES_BEFORE_PAUSE = 5
FIRST_PAUSE_S = 60.0
LONGEST_PAUSE_S = 3_600.0
TRIAL_S = 60.0


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `calls` in every `per_s` seconds, and in a day (UTC) at most `per_day` (None: no limit)."""

    calls: int
    per_s: float = 1.0
    per_day: int | None = None

    @property
    def interval_s(self) -> float:
        """Seconds between two calls."""
        return (self.per_s * MARGIN + JITTER_S) / self.calls


@dataclass(frozen=True, slots=True)
class Turn:
    """What a caller is told: go now, or ask again at `at`.

    Attributes:
        why: go; wait (for the next free moment); paused (it failed too often); spent (the day's calls are used up).
    """

    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProviderState:
    """What is known of a provider between calls.

    Attributes:
        next_at: the earliest moment of the next call; None: now.
        day, day_count: calls made on that day (UTC).
        failures: calls in a row that brought nothing.
        paused_until: no call before this.
    """

    next_at: datetime | None = None
    day: date | None = None
    day_count: int = 0
    failures: int = 0
    paused_until: datetime | None = None

    def taken(self, now: datetime, rate: Rate | None) -> tuple["ProviderState", Turn]:
        """The turn at this moment, and the state after it is taken; unchanged when there is none."""
        if self.paused_until and now < self.paused_until:
            return self, Turn("paused", self.paused_until)
        count = self.day_count if self.day == now.date() else 0
        if rate and rate.per_day is not None and count >= rate.per_day:
            midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), now.tzinfo)
            return self, Turn("spent", midnight)
        if self.next_at and now < self.next_at:
            return self, Turn("wait", self.next_at)
        next_at = now + timedelta(seconds=rate.interval_s) if rate else None
        # After a pause one caller tries; the others wait to hear how it went.
        paused = now + timedelta(seconds=TRIAL_S) if self.failures >= FAILURES_BEFORE_PAUSE else None
        after = replace(self, next_at=next_at, day=now.date(), day_count=count + 1, paused_until=paused)
        return after, Turn("go", now)

    def failed(self, now: datetime) -> "ProviderState":
        """After a call that brought nothing."""
        failures = self.failures + 1
        if failures < FAILURES_BEFORE_PAUSE:
            return replace(self, failures=failures)
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures - FAILURES_BEFORE_PAUSE, 10))
        return replace(self, failures=failures, paused_until=now + timedelta(seconds=pause_s))

    def succeeded(self) -> "ProviderState":
        """After a call that was answered."""
        return replace(self, failures=0, paused_until=None)

    def held_back(self, until: datetime) -> "ProviderState":
        """After the provider asked to come later."""
        return replace(self, next_at=max(until, self.next_at or until))


class ProviderBook(Protocol):
    """Where the states of providers are kept; each change is atomic among all who share the book."""

    def take_turn(self, provider: str, clock: Clock, rate: Rate | None) -> Turn:
        """Takes the turn at this moment, if there is one; the clock is read when nobody else can take it."""

    def succeeded(self, provider: str) -> None:
        """A call was answered."""

    def failed(self, provider: str, now: datetime) -> None:
        """A call brought nothing."""

    def hold_back(self, provider: str, until: datetime) -> None:
        """The provider asked to come later."""


class MemoryBook:
    """The book of one process."""

    def __init__(self) -> None:
        self._states: dict[str, ProviderState] = {}
        self._lock = Lock()

    def state(self, provider: str) -> ProviderState:
        """What is known of a provider."""
        return self._states.get(provider, ProviderState())

    def take_turn(self, provider: str, clock: Clock, rate: Rate | None) -> Turn:
        """Takes the turn at this moment, if there is one."""
        with self._lock:
            self._states[provider], turn = self.state(provider).taken(clock(), rate)
            return turn

    def succeeded(self, provider: str) -> None:
        """A call was answered."""
        with self._lock:
            self._states[provider] = self.state(provider).succeeded()

    def failed(self, provider: str, now: datetime) -> None:
        """A call brought nothing."""
        with self._lock:
            self._states[provider] = self.state(provider).failed(now)

    def hold_back(self, provider: str, until: datetime) -> None:
        """The provider asked to come later."""
        with self._lock:
            self._states[provider] = self.state(provider).held_back(until)
