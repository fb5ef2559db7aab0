"""The files of an export for a buyer: written beside their place, and put into it once the database knows of them.

So a list that is found in its place was given to its buyer on record, whatever moment a process was killed at. What a
process killed between the two left behind is put in its place by the next `galena sell`.
"""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from galena.domain.sale import SaleExport

_PREFIX = ".unfinished-"


def unfinished(folder: Path, export_id: UUID) -> Path:
    """Where the files of an export lie until it is on record."""
    return folder / f"{_PREFIX}{export_id}"


def publish(folder: Path, export_id: UUID) -> bool:
    """Puts the files of an export that is on record in their place; False when that was done before.

    Raises:
        OSError: they cannot be put there.
    """
    waiting = unfinished(folder, export_id)
    if not waiting.is_dir():
        return False
    for each in sorted(waiting.iterdir()):
        each.rename(folder / each.name)
    waiting.rmdir()
    return True


def discard(folder: Path, export_id: UUID) -> None:
    """Drops the files of an export that is not on record."""
    shutil.rmtree(unfinished(folder, export_id), ignore_errors=True)


def mend(known: Iterable[SaleExport]) -> int:
    """Puts in place what killed processes left beside it, and says of how many exports."""
    mended = 0
    for each in known:
        with suppress(OSError):
            mended += publish(Path(each.folder), each.id)
    return mended
