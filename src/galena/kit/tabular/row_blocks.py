"""Work on blocks of rows, side by side on several threads."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import Any

MIN_ROWS = 512
"""Fewer rows than this are not worth a second thread."""


def in_blocks(work: Callable[[int, int], object], rows: int, *, threads: int, most: int = 16_384) -> None:
    """Call `work(first, last)` for blocks that together are all rows; an error of any block is raised."""
    size = min(most, max(MIN_ROWS, -(-rows // max(threads, 1))))
    blocks = [(first, min(first + size, rows)) for first in range(0, rows, size)]
    if threads <= 1 or len(blocks) <= 1:
        for first, last in blocks:
            work(first, last)
        return
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, first, last) for first, last in blocks]:
            done.result()


_pools: dict[int, ThreadPoolExecutor] = {}
"""By process: the threads of a process do not live on in its copies."""


def together(works: Sequence[Callable[[], object]]) -> None:
    """Do several short pieces of work at once, on threads that are kept; an error of any is raised."""
    pool = _pools.get(os.getpid())
    if pool is None:
        pool = _pools.setdefault(os.getpid(), ThreadPoolExecutor(max(1, (os.cpu_count() or 2) - 1)))
    others = [pool.submit(work) for work in works[1:]]
    works[0]()
    for done in others:
        done.result()


class _MatrixThreads:
    """How many pieces of work are in `one_matrix_thread`, and what undoes it when the last one leaves."""

    def __init__(self) -> None:
        self.lock, self.inside = Lock(), 0
        self.library: Any = None
        self.limit: Any = None

    def enter(self) -> None:
        with self.lock:
            if self.library is None:
                from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

                self.library = ThreadpoolController().select(user_api="blas")
            if self.inside == 0:
                self.limit = self.library.limit(limits=1)
            self.inside += 1

    def leave(self) -> None:
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                self.limit.restore_original_limits()


_matrix_threads = _MatrixThreads()


@contextmanager
def one_matrix_thread() -> Iterator[None]:
    """Within it, the matrix library starts no threads of its own: `in_blocks` has put every processor to work."""
    _matrix_threads.enter()
    try:
        yield
    finally:
        _matrix_threads.leave()
