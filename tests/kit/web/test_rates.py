"""Turns: never more calls than stated in any window, pauses after failures, and one caller who tries."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.kit.web import (
    Call,
    CircuitOpenError,
    Limits,
    MemoryBook,
    NoAnswerError,
    QuotaSpentError,
    Rate,
    WebClient,
)
from galena.kit.web.rates import ProviderState
from galena.simulator.providers.server import Fault, ProviderServer

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@given(
    st.integers(1, 20),
    st.sampled_from([1.0, 2.0, 60.0]),
    st.lists(st.floats(0, 5, allow_nan=False), min_size=1, max_size=80),
)
def test_no_window_holds_more_calls_than_stated(calls: int, per_s: float, gaps: list[float]) -> None:
    """Whenever callers come, and however late they wake up, those who may go keep the rate."""
    state, now, turns = ProviderState(), NOON, []
    for gap in gaps:
        now += timedelta(seconds=gap)
        state, turn = state.taken(now, Rate(calls, per_s))
        if turn.why == "wait":
            now = turn.at + timedelta(seconds=gap / 3)
            state, turn = state.taken(now, Rate(calls, per_s))
        assert turn.why == "go"
        turns.append(turn.at)
    span = timedelta(seconds=per_s)
    assert max(sum(start <= at < start + span for at in turns) for start in turns) <= calls


def test_the_server_sees_no_more_than_the_rate(
    server: ProviderServer, client: Callable[..., WebClient], timeline: Any
) -> None:
    web = client(rate=Rate(4))
    for _ in range(30):
        web.send(Call(server.url))
    assert server.most_calls_in(1.0) == 4
    assert 29 / 4 <= (timeline.now - NOON).total_seconds() <= 29 / 4 * 1.26


def test_retries_and_redirects_count_as_calls(
    server: ProviderServer, client: Callable[..., WebClient]
) -> None:
    server.go_wrong(*[Fault("error", status=500)] * 2)
    web = client(rate=Rate(1, 10.0))
    web.send(Call(server.url))
    assert len(server.asked) == 3
    assert server.most_calls_in(10.0) == 1


def test_clients_that_share_a_book_share_the_rate(
    server: ProviderServer, client: Callable[..., WebClient]
) -> None:
    book = MemoryBook()
    both = [client(rate=Rate(2), book=book) for _ in range(2)]
    for number in range(20):
        both[number % 2].send(Call(server.url))
    assert server.most_calls_in(1.0) == 2


def test_a_days_calls_are_not_exceeded(
    server: ProviderServer, client: Callable[..., WebClient], timeline: Any
) -> None:
    web = client(rate=Rate(10, 1.0, per_day=3))
    for _ in range(3):
        web.send(Call(server.url))
    with pytest.raises(QuotaSpentError) as told:
        web.send(Call(server.url))
    assert told.value.retry_after_s == pytest.approx(12 * 3600, abs=2)
    timeline.sleep(12 * 3600)
    assert web.send(Call(server.url)).status == 200


def test_a_provider_that_keeps_failing_is_left_alone(
    server: ProviderServer, client: Callable[..., WebClient], timeline: Any
) -> None:
    server.go_wrong(always=Fault("hang_up"))
    web = client(limits=Limits(attempts=1))
    for _ in range(5):
        with pytest.raises(NoAnswerError):
            web.send(Call(server.url))
    with pytest.raises(CircuitOpenError) as told:
        web.send(Call(server.url))
    assert told.value.retry_after_s == 60
    assert len(server.asked) == 5
    timeline.sleep(61)
    with pytest.raises(NoAnswerError):
        web.send(Call(server.url))
    with pytest.raises(CircuitOpenError) as told:
        web.send(Call(server.url))
    assert told.value.retry_after_s == 120, "each time it fails again it is left alone twice as long"
    server.go_wrong()
    timeline.sleep(121)
    assert web.send(Call(server.url)).status == 200
    assert web.send(Call(server.url)).status == 200, "one success ends it"


def test_after_a_pause_one_caller_tries() -> None:
    state = ProviderState(failures=5, paused_until=NOON)
    state, first = state.taken(NOON, None)
    state, second = state.taken(NOON, None)
    assert (first.why, second.why) == ("go", "paused")


def test_refusals_do_not_pause_a_provider(server: ProviderServer, client: Callable[..., WebClient]) -> None:
    server.go_wrong(*[Fault("error", status=404)] * 8)
    web = client(limits=Limits(attempts=1))
    for _ in range(8):
        with pytest.raises(Exception, match="nothing at this address"):
            web.send(Call(server.url))
    assert web.send(Call(server.url)).status == 200
