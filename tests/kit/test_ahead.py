"""Working ahead changes neither what comes nor its order."""

import threading
from collections.abc import Iterator

import pytest

from galena.kit.ahead import ahead


def test_items_come_whole_and_in_order() -> None:
    assert list(ahead(range(100))) == list(range(100))
    assert list(ahead([])) == []


def test_the_next_item_is_made_while_the_present_one_is_used() -> None:
    made = [threading.Event() for _ in range(3)]

    def source() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    items = ahead(source())
    assert next(items) == 0
    assert made[1].wait(timeout=5)
    assert list(items) == [1, 2]


def test_a_failure_comes_at_its_turn() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise ValueError("two")

    items = ahead(source())
    assert next(items) == 1
    with pytest.raises(ValueError, match="two"):
        next(items)
