"""Blocks of rows on several threads, and the matrix library beside them."""

import pytest
from threadpoolctl import threadpool_info

from galena.kit.tabular.row_blocks import in_blocks, one_matrix_thread


def matrix_threads() -> list[int]:
    return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]


def test_blocks_are_all_rows_once() -> None:
    found: list[int] = []
    in_blocks(lambda first, last: found.extend(range(first, last)), 2_000, threads=1, most=600)
    assert found == list(range(2_000))


def test_an_error_of_a_block_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        in_blocks(lambda first, last: 1 / (first - 512), 2_000, threads=2, most=512)


def test_the_matrix_library_gets_its_threads_back_when_the_last_one_leaves() -> None:
    before = matrix_threads()
    outer, inner = one_matrix_thread(), one_matrix_thread()
    outer.__enter__()
    inner.__enter__()
    outer.__exit__(None, None, None)
    assert set(matrix_threads()) <= {1}
    inner.__exit__(None, None, None)
    assert matrix_threads() == before
