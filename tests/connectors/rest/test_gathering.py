"""Questions that wait at the same time go out together, and each gets its own answer."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest

from galena.connectors.rest.gathering import Gatherer


def test_what_waits_meanwhile_goes_as_one_request() -> None:
    batches: list[list[int]] = []
    first_is_under_way, others_wait = Event(), Event()

    def ask(numbers: Sequence[int]) -> list[int]:
        batches.append(list(numbers))
        if len(batches) == 1:
            first_is_under_way.set()
            assert others_wait.wait(5)
        return [10 * each for each in numbers]

    gatherer: Gatherer[int, int] = Gatherer(ask, most=3)
    with ThreadPoolExecutor(6) as threads:
        found = [threads.submit(gatherer.ask, 0)]
        assert first_is_under_way.wait(5)
        found += [threads.submit(gatherer.ask, number) for number in range(1, 6)]
        while len(gatherer._waiting) < 5:
            sleep(0.001)
        others_wait.set()
        assert [each.result(5) for each in found] == [0, 10, 20, 30, 40, 50]
    assert [len(each) for each in batches] == [1, 3, 2]


def test_a_fault_is_told_to_each_and_the_next_is_asked_again() -> None:
    def ask(numbers: Sequence[int]) -> list[int]:
        if 1 in numbers:
            raise ValueError("no answer")
        return list(numbers)

    gatherer: Gatherer[int, int] = Gatherer(ask, most=5)
    with pytest.raises(ValueError, match="no answer"):
        gatherer.ask(1)
    assert gatherer.ask(2) == 2
