"""Places inside an answer: `features.*.attributes`, `meta.next`, `error.message`."""

from collections.abc import Mapping
from typing import Any

ABSENT = object()
"""What is found where there is nothing; None is a value."""


def at(body: Any, place: str) -> Any:
    """What lies at a place: dots walk into objects and lists, `*` takes every element of a list.

    An empty place is the whole body; a name that contains the dots wins over walking; elements that lack the rest of
    the way are left out. ABSENT when nothing is there.
    """
    return _walk(body, place.split(".")) if place else body


def _walk(value: Any, steps: list[str]) -> Any:
    for number, step in enumerate(steps):
        if isinstance(value, Mapping):
            whole = ".".join(steps[number:])
            if whole in value:
                return value[whole]
            value = value.get(step, ABSENT)
        elif isinstance(value, list) and step == "*":
            found = (_walk(each, steps[number + 1 :]) for each in value)
            return [each for each in found if each is not ABSENT]
        elif isinstance(value, list) and step.lstrip("-").isdigit():
            place = int(step)
            value = value[place] if -len(value) <= place < len(value) else ABSENT
        else:
            return ABSENT
    return value


def laid_at(place: str, values: list[Any]) -> Any:
    """A body that has a list of values at a place: what `at` finds there again."""
    head, star, behind = place.partition(".*.")
    return _under(head, [_under(behind, each) for each in values] if star else values)


def _under(place: str, value: Any) -> Any:
    for step in reversed(place.split(".") if place else []):
        value = {step: value}
    return value


def is_said(value: Any) -> bool:
    """Whether something is there and says something."""
    return value is not ABSENT and value is not None and value != "" and value is not False
