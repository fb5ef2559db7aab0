"""Functions compiled to machine code on their first call.

The compiled code is kept beside the source file, or in the user's cache folder where the installation is read-only;
where neither can be written, each process compiles anew (a few seconds), and nothing else changes.
"""

from collections.abc import Callable
from typing import Any

import numba

Function = Callable[..., Any]


def compiled(*, fused: bool = False) -> Callable[[Function], Function]:
    """A decorator: compile without Python objects and without the interpreter lock.

    `fused` lets multiplications and additions be contracted and sums be reordered (never: assume that values
    are finite), so that inner loops use the whole width of the processor.
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    if fused:
        options["fastmath"] = {"contract", "reassoc", "nsz", "arcp"}

    def decorate(function: Function) -> Function:
        try:
            return numba.njit(cache=True, **options)(function)  # type: ignore[no-any-return]
        except RuntimeError:  # no folder for the cache can be written
            return numba.njit(**options)(function)  # type: ignore[no-any-return]

    return decorate


def inlined(function: Function) -> Function:
    """A decorator for a step of a compiled function: written into its callers, for calls with arrays are dear."""
    return numba.njit(inline="always")(function)
