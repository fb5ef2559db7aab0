"""Questions that wait at the same time go out together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Generic, TypeVar

Question = TypeVar("Question")
Found = TypeVar("Found")


@dataclass(eq=False)
class _Waiting(Generic[Question, Found]):
    question: Question
    called: Event = field(default_factory=Event)
    found: Found | None = None
    fault: BaseException | None = None
    is_done: bool = False


class Gatherer(Generic[Question, Found]):
    """Asks for many threads: while one request is under way, the questions that come up wait, and go as the next one.

    Nobody waits longer for it: a question that comes while nothing is under way goes at once.
    """

    def __init__(self, ask: Callable[[Sequence[Question]], Sequence[Found]], most: int) -> None:
        self._ask = ask
        self._most = most
        self._lock = Lock()
        self._waiting: list[_Waiting[Question, Found]] = []
        self._under_way = False

    def ask(self, question: Question) -> Found:
        """What was found for a question; a fault of its request is raised for each question of that request."""
        mine: _Waiting[Question, Found] = _Waiting(question)
        with self._lock:
            self._waiting.append(mine)
            leads, self._under_way = not self._under_way, True
        if not leads:
            mine.called.wait()
        if not mine.is_done:
            self._lead()
        if mine.fault is not None:
            raise mine.fault
        return mine.found  # type: ignore[return-value]  # It is done, and without a fault.

    def _lead(self) -> None:
        with self._lock:
            together, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            for each, found in zip(together, self._ask([each.question for each in together]), strict=True):
                each.found = found
        except BaseException as fault:
            for each in together:
                each.fault = fault
        with self._lock:
            for each in together:
                each.is_done = True
                each.called.set()
            self._under_way = bool(self._waiting)
            if self._waiting:
                self._waiting[0].called.set()
