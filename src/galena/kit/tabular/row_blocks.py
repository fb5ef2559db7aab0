"""Work on blocks of rows, side by side on several threads."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

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
