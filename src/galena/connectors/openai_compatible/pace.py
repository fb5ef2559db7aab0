"""How fast an endpoint is asked: calls at once, calls a minute, tokens a minute, and quiet when it asks for quiet."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from galena.kit.clock import stopwatch

Sleep = Callable[[float], Awaitable[None]]
MARGIN = 1.05
"""Intervals are 5 % longer than the rate asks, because calls do not all travel equally fast."""


class Pace:
    """The pace of one endpoint, shared by all its callers in a process.

    Calls are spread evenly: each begins at least one interval after the one before, so that in no minute more begin
    than stated. Tokens count the same way: a call takes as much of the time as its tokens are of a minute's.
    """

    def __init__(
        self,
        *,
        concurrency: int,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        elapsed_s: Callable[[], float] | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Args: elapsed_s: seconds since some moment; None: a stopwatch."""
        self._places = asyncio.Semaphore(concurrency)
        self._interval_s = 60.0 / requests_per_minute * MARGIN if requests_per_minute else 0.0
        self._token_s = 60.0 / tokens_per_minute * MARGIN if tokens_per_minute else 0.0
        self._elapsed_s = elapsed_s or stopwatch()
        self._sleep = sleep
        self._next_call_s = 0.0
        self._next_token_s = 0.0

    @asynccontextmanager
    async def turn(self, tokens: int) -> AsyncIterator[None]:
        """A place among the calls at once, at a moment that keeps the rates; `tokens` is what it may take."""
        async with self._places:
            await self._wait(tokens)
            yield

    def settle(self, reserved: int, used: int) -> None:
        """After a call: it used other than the tokens that were reserved for it."""
        self._next_token_s += (used - reserved) * self._token_s

    def quiet_for(self, seconds: float) -> None:
        """No call begins for so long."""
        self._next_call_s = max(self._next_call_s, self._elapsed_s() + seconds)

    async def _wait(self, tokens: int) -> None:
        while True:
            now = self._elapsed_s()
            free_at = max(self._next_call_s, self._next_token_s)
            if free_at <= now:
                break
            await self._sleep(free_at - now)
        # Nothing is awaited between seeing that the moment is free and taking it.
        self._next_call_s = max(now, self._next_call_s) + self._interval_s
        self._next_token_s = max(now, self._next_token_s) + tokens * self._token_s
