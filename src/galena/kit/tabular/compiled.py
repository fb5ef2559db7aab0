"""Functions compiled to machine code on their first call.

The compiled code is kept beside the source file, or in the user's cache folder where the installation is read-only;
where neither can be written, each process compiles anew (a few seconds), and nothing else changes.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(*, fused: bool = False) -> Callable[[F], F]:
    """A decorator: compile without Python objects and without the interpreter lock.

    `fused` lets multiplications and additions be contracted and sums be reordered (never: assume that values
    are finite), so that inner loops use the whole width of the processor.
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    if fused:
        options["fastmath"] = {"contract", "reassoc", "nsz", "arcp"}

    def decorate(function: F) -> F:
        try:
            return cast(F, numba.njit(cache=True, **options)(function))
        except RuntimeError:  # no folder for the cache can be written
            return cast(F, numba.njit(**options)(function))

    return decorate
