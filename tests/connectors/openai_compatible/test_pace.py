"""How fast an endpoint is asked, on a clock that only moves when somebody waits."""

import asyncio
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from galena.connectors.openai_compatible import Pace, Patience


class Hours:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def begun(count: int, *, tokens: int = 0, took_s: float = 0.0, **given: int) -> list[float]:
    """When so many calls begin that are asked for at once."""
    hours, found = Hours(), []

    async def one(pace: Pace) -> None:
        async with pace.turn(tokens):
            found.append(hours.now)
            if took_s:
                await hours.sleep(took_s)

    async def all_() -> None:
        pace = Pace(elapsed_s=lambda: hours.now, sleep=hours.sleep, **{"concurrency": 8, **given})
        await asyncio.gather(*(one(pace) for _ in range(count)))

    asyncio.run(all_())
    return found


def most_in_a_minute(times: list[float]) -> int:
    return max(sum(start <= at < start + 60 for at in times) for start in times)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 200), st.integers(1, 64))
def test_in_no_minute_more_calls_begin_than_stated(per_minute: int, concurrency: int) -> None:
    times = begun(3 * per_minute // 2 + 2, requests_per_minute=per_minute, concurrency=concurrency)
    assert most_in_a_minute(times) <= per_minute


def test_tokens_count_like_calls() -> None:
    # 600 tokens of 6,000 a minute are a tenth of a minute: 6.3 s with the margin.
    times = begun(4, tokens=600, tokens_per_minute=6_000)
    assert [round(at, 6) for at in times] == [0.0, 6.3, 12.6, 18.9]


def test_tokens_that_were_not_used_are_given_back() -> None:
    hours = Hours()

    async def two() -> float:
        pace = Pace(concurrency=1, tokens_per_minute=6_000, elapsed_s=lambda: hours.now, sleep=hours.sleep)
        async with pace.turn(6_000):
            pace.settle(6_000, 600)
        async with pace.turn(1):
            return hours.now

    assert round(asyncio.run(two()), 6) == 6.3


def test_quiet_holds_for_all() -> None:
    hours = Hours()

    async def after_quiet() -> float:
        pace = Pace(concurrency=2, elapsed_s=lambda: hours.now, sleep=hours.sleep)
        pace.quiet_for(30)
        async with pace.turn(1):
            return hours.now

    assert asyncio.run(after_quiet()) == 30


def test_no_more_than_so_many_at_once() -> None:
    at_once = most = 0

    async def one(pace: Pace) -> None:
        nonlocal at_once, most
        async with pace.turn(1):
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
            at_once -= 1

    async def all_() -> None:
        pace = Pace(concurrency=3)
        await asyncio.gather(*(one(pace) for _ in range(20)))

    asyncio.run(all_())
    assert most == 3


def test_pauses_grow_with_chance_in_them_and_end() -> None:
    patience = Patience(attempts=5, first_s=1, longest_s=4, chance=random.Random(1))
    pauses = [patience.pause_s(attempt, None) for attempt in range(1, 6)]
    assert pauses[-1] is None
    for pause, whole in zip(pauses, (1, 2, 4, 4), strict=False):
        assert pause is not None
        assert whole / 2 <= pause <= whole


def test_what_the_endpoint_asks_for_is_waited_out_unless_it_is_very_long() -> None:
    patience = Patience(attempts=3, longest_asked_s=100)
    assert patience.pause_s(1, 40) == 40
    assert patience.pause_s(1, 101) is None
