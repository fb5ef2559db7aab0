"""The money of a run: held back before each call at the most it can cost, so that no ceiling is ever passed."""

import asyncio
from datetime import date

from galena.domain.reasoner import ReasonerSetup
from galena.kit.clock import Clock

CHARACTERS_PER_TOKEN = 2
"""A token is rarely shorter than this, so what is held back is enough."""


class Purse:
    """What a run may still spend, by its own ceiling and by the day's."""

    def __init__(self, setup: ReasonerSetup, *, ceiling_micros: int, spent_today: int, clock: Clock) -> None:
        """Args: ceiling_micros: of this run."""
        self._setup = setup
        self._ceiling = ceiling_micros
        self._clock = clock
        self._day: date = clock().date()
        self._spent_today = spent_today
        self._spent = 0
        self._held = 0
        self._changed = asyncio.Condition()

    @property
    def spent(self) -> int:
        """What this run has cost so far, in millionths."""
        return self._spent

    def most_for(self, characters: int, answer_tokens: int) -> tuple[int, int]:
        """The most tokens a call can take, and the most money it can cost."""
        prompt = characters // CHARACTERS_PER_TOKEN + 1
        prices = self._setup.prices
        return prompt + answer_tokens, -int(-(prompt * prices.input + answer_tokens * prices.output) // 1)

    async def hold(self, micros: int) -> bool:
        """Holds money back for a call; waits for calls under way to turn out cheaper than they might; False where
        there is none."""
        async with self._changed:
            while not self._fits(micros):
                if self._held == 0:
                    return False
                await self._changed.wait()
            self._held += micros
            return True

    async def pay(self, held: int, cost: int) -> None:
        """After a call: gives back what was held for it and counts what it cost."""
        async with self._changed:
            self._held -= held
            self._turn_day()
            self._spent += cost
            self._spent_today += cost
            self._changed.notify_all()

    def _fits(self, micros: int) -> bool:
        self._turn_day()
        wanted = self._held + micros
        return (
            self._spent + wanted <= self._ceiling
            and self._spent_today + wanted <= self._setup.daily_ceiling_micros
        )

    def _turn_day(self) -> None:
        today = self._clock().date()
        if today != self._day:
            self._day, self._spent_today = today, 0
