"""Work on blocks of rows, side by side on several threads."""

from collections.abc import Callable
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
