"""Two folders that change places in one step."""

import ctypes
import errno
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

_HERE = -100
"""AT_FDCWD: paths are as the process sees them."""
_EXCHANGE = 2
"""RENAME_EXCHANGE: both paths exist, before and after."""

_CANNOT = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)


def swap_folders(one: Path, other: Path) -> bool:
    """Let two folders of one disk change places, so that at no moment either name is without a folder.

    Returns:
        Whether they did: Linux does it on its usual file systems; elsewhere nothing is changed.

    Raises:
        OSError: one of them does not exist, or may not be moved.
    """
    call = _system_call()
    if call is None:
        return False
    if call(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    fault = ctypes.get_errno()
    if fault in _CANNOT:
        return False
    raise OSError(fault, os.strerror(fault), str(one), None, str(other))


@lru_cache
def _system_call() -> Any:
    """`renameat2` of the system's C library (glibc 2.28, musl 1.2.6 or later); None where there is none."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):
        return None
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    call.restype = ctypes.c_int
    return call
