"""Compiled functions work where nothing can be kept on disk."""

import os
import threading

import pytest

from galena.kit.tabular.compiled import compiled
from galena.kit.tabular.row_blocks import in_blocks, together


def test_without_a_folder_for_compiled_code() -> None:
    """A function without a source file has no place for its compiled code, as in a read-only installation."""
    room: dict[str, object] = {}
    exec("def twice(x):\n    return 2 * x", room)
    assert compiled()(room["twice"])(21) == 42  # type: ignore[arg-type]


@pytest.mark.parametrize(("rows", "threads"), [(0, 2), (1, 2), (511, 2), (1500, 2), (40_000, 3), (40_000, 1)])
def test_blocks_are_all_rows_once(rows: int, threads: int) -> None:
    seen = [0] * rows

    def work(first: int, last: int) -> None:
        for row in range(first, last):
            seen[row] += 1

    in_blocks(work, rows, threads=threads)
    assert seen == [1] * rows


def test_an_error_in_a_block_is_raised() -> None:
    def work(first: int, last: int) -> None:
        if first:
            raise ValueError(f"rows {first} to {last}")

    with pytest.raises(ValueError, match="rows"):
        in_blocks(work, 5000, threads=2)
    with pytest.raises(ValueError, match="second"):
        together([lambda: None, lambda: in_blocks(_fail, 1, threads=1)])


def _fail(first: int, last: int) -> None:
    raise ValueError("second")


def test_pieces_run_side_by_side() -> None:
    meeting = threading.Barrier(2, timeout=10)
    if (os.cpu_count() or 1) > 1:
        together([meeting.wait, meeting.wait])
