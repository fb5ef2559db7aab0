"""The only door to the wall clock; everything else receives a clock or an instant."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

Clock = Callable[[], datetime]
"""A function that returns the present instant, aware, in UTC."""


def system_clock() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


def fixed_clock(instant: datetime) -> Clock:
    """A clock that always shows `instant`; for tests and replays."""
    return lambda: instant


def stopwatch() -> Callable[[], float]:
    """A function that returns the seconds (monotonic) since this call."""
    started = monotonic()
    return lambda: monotonic() - started
