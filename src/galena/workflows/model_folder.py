"""The folder of a trained model: it appears whole under its name, or not at all."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from galena.connectors.files.writing import explained
from galena.kit.clock import system_clock
from galena.kit.errors import GalenaError, InputError, NotFoundError
from galena.kit.swap import swap_folders

if TYPE_CHECKING:
    from galena.engines.learning.report import Report

MANIFEST = "manifest.json"
REPORT, PAGE = "report.json", "report.html"
PART, ASIDE = ".part", ".old"

IN_USE = timedelta(seconds=10)
"""So long the folder that steps aside may belong to a run that is putting its model in place."""
LEFT_BEHIND = timedelta(hours=1)
"""So old, an unfinished folder belongs to no run any more: writing a model takes seconds."""


def check_folder(folder: Path) -> None:
    """Whether a model can be written there, asked before the training rather than after it.

    An empty folder and the folder of an earlier model are fine: the new model takes its place once it is complete.

    Raises:
        InputError: it is a file, holds something else that would be lost, or cannot be written.
    """
    from galena.kit.tabular.artefact import other_files

    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file.", remedy="Name a folder for the model.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise InputError(
            f"{folder} holds other files, and no model.",
            remedy="Name a new folder for the model, or an earlier model that it is to replace.",
        )
    if folder.is_dir() and (others := other_files(folder, (REPORT, PAGE))):
        raise InputError(
            f"{folder} holds a model and other files, which would be lost with the earlier model.",
            facts={"other_files": others},
            remedy="Move them away, or name a new folder for the model.",
        )
    place = folder.resolve()
    if Path.cwd().is_relative_to(place) or place.is_mount():
        raise InputError(
            f"{folder} is a folder that cannot be replaced as a whole: you are in it, or it is a mounted disk.",
            remedy=f"Name a folder in it, such as {folder / 'model'}.",
        )
    try:
        above = next(parent for parent in place.parents if parent.exists())
        Path(mkdtemp(prefix=".galena-", dir=above)).rmdir()
    except OSError as fault:
        raise explained(fault, folder) from fault


def check_outside(folder: Path, out: Path) -> None:
    """Whether a result is written elsewhere than into the folder of a model, which must hold the model alone.

    Raises:
        InputError: it is in the folder.
    """
    if out.resolve().is_relative_to(folder.resolve()) and not out.is_dir():
        raise InputError(
            f"{out} would lie in the folder of the model, which must hold nothing but the model.",
            remedy=f"Write it elsewhere, such as {out.name}.",
        )


def save_model(folder: Path, model: Any, report: str, page: str) -> None:
    """Write the model with its report; whatever model was there before is replaced in the last step.

    Raises:
        InputError: the folder cannot be written.
        UnavailableError: the disk is full; the earlier model is still there.
    """
    from galena.kit.tabular.artefact import save

    folder = folder.resolve()
    part = folder.parent / f".{folder.name}.{uuid4().hex[:8]}{PART}"
    try:
        try:
            save(model, part, {REPORT: report.encode(), PAGE: page.encode()})
            _take_place(part, folder)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        _sweep(folder)
    except OSError as fault:
        raise explained(fault, folder) from fault


def read_report(folder: Path) -> "Report":
    """The report of the model in a folder.

    Raises:
        NotFoundError: there is no model.
        InputError: its files were changed after they were written.
    """
    require_model(folder)
    load_model(folder)  # a report beside a changed model is not its report
    from galena.engines.learning.report import Report

    return Report.model_validate_json((folder / REPORT).read_bytes())


def require_model(folder: Path) -> None:
    """Raises NotFoundError where the folder holds no model; one that stepped aside for another that never came is
    brought back."""
    if (folder / MANIFEST).is_file() or _brought_back(folder):
        return
    if not folder.exists():
        what = f"There is no folder {folder}."
    elif not folder.is_dir():
        what = f"{folder} is a file, not the folder of a model."
    else:
        what = f"There is no model in {folder}."
    raise NotFoundError(
        what, remedy="Train one: galena model train --csv past.csv --target COLUMN --out FOLDER"
    )


def load_model(folder: Path) -> Any:
    """The model in a folder, as `galena.kit.tabular.model.TabularModel`.

    Raises:
        NotFoundError: there is none.
        InputError: its files were changed after they were written, or are of another version.
    """
    require_model(folder)
    from galena.kit.tabular.artefact import load

    try:
        return load(folder)
    except GalenaError as fault:
        fault.remedy = fault.remedy or "Copy the model again from where it was made, or train it anew."
        raise


def _take_place(part: Path, folder: Path) -> None:
    if not folder.exists():
        part.rename(folder)
        return
    if not any(folder.iterdir()):
        folder.rmdir()
        part.rename(folder)
        return
    if swap_folders(part, folder):
        shutil.rmtree(part, ignore_errors=True)
        return
    before = part.with_suffix(ASIDE)
    folder.rename(before)
    try:
        part.rename(folder)
    except BaseException:
        before.rename(folder)
        raise
    shutil.rmtree(before, ignore_errors=True)


def _brought_back(folder: Path) -> bool:
    """Whether the folder is there again: a run that was killed between its last two steps, on a system that cannot
    swap folders, has left the earlier model beside its place."""
    folder = folder.resolve()
    if folder.exists():
        return False
    for aside in _beside(folder, ASIDE, IN_USE):
        if (aside / MANIFEST).is_file():
            try:
                aside.rename(folder)
            except OSError:
                return False
            return True
    return False


def _sweep(folder: Path) -> None:
    """Takes away what killed runs left beside a folder that is complete."""
    for kind, age in ((ASIDE, IN_USE), (PART, LEFT_BEHIND)):
        for left in _beside(folder, kind, age):
            shutil.rmtree(left, ignore_errors=True)


def _beside(folder: Path, kind: str, age: timedelta) -> Iterator[Path]:
    """Folders of this kind that are at least so old, the newest first."""
    now = system_clock().timestamp()
    pattern = re.compile(rf"\.{re.escape(folder.name)}\.[0-9a-f]{{8}}{re.escape(kind)}")
    try:
        found = [each for each in folder.parent.iterdir() if pattern.fullmatch(each.name) and each.is_dir()]
        since = {each: each.stat().st_ctime for each in found}
    except OSError:
        return
    for each in sorted(found, key=since.__getitem__, reverse=True):
        if now - since[each] >= age.total_seconds():
            yield each
