"""Ctrl-C while the database computes: it ends the query with an error of its own, which is made what it was."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interruptible() -> Iterator[None]:
    """What a query ended by Ctrl-C raises becomes the interruption that it was.

    Raises:
        KeyboardInterrupt: somebody ended the query.
    """
    try:
        yield
    except Exception as fault:
        if was_interrupted(fault):
            raise KeyboardInterrupt from fault
        raise


def was_interrupted(fault: BaseException) -> bool:
    """Whether an error, or one behind it, says that a query was ended by hand."""
    seen: BaseException | None = fault
    while seen is not None:
        if isinstance(seen, KeyboardInterrupt) or "interrupted" in str(seen).lower():
            return True
        seen = seen.__cause__ or seen.__context__
    return False
