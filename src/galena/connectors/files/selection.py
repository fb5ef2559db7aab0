"""Which files are meant by names, folders and patterns."""

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from rapidfuzz import process

from galena.connectors.files.limits import ReadLimits
from galena.connectors.files.signatures import compression_of
from galena.connectors.files.unpack import archive_members, office_kind
from galena.kit.errors import InputError

_TEXTS = (".csv", ".tsv", ".tab", ".psv", ".txt", ".json", ".geojson", ".jsonl", ".ndjson")
_SHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".parquet", ".pq")
_PACKED = (".zip", ".gz", ".bz2", ".xz", ".zst")
EXTENSIONS = frozenset((*_TEXTS, *_SHEETS, *_PACKED))
"""What is taken from a folder; a file named by itself may be called anything."""

_TEMPORARY = ("~$", "~", "#", ".")
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".download", ".swp", "~")


def expand(paths: Sequence[str], *, limits: ReadLimits | None = None) -> list[Path]:
    """The files meant by names, folders (with all below them), patterns and "-" for standard input.

    From a folder only files with a known extension are taken, hidden and temporary ones left out, in order of their
    names. An archive of several files stands for each of its files, as `archive.zip/member.csv`. A file named twice
    is given once.

    Raises:
        InputError: a name or pattern that matches nothing, with the nearest name there is; an archive that is
            damaged or looks like a decompression bomb.
    """
    found: dict[str, Path] = {}
    for name in paths:
        for path in _files_of(name):
            for member in _members_of(path, limits or ReadLimits()):
                found.setdefault(str(member), member)
    if not found:
        raise InputError(
            "No file was named.",
            facts={"looked_for": ", ".join(paths) or "nothing"},
            remedy="Name a file or folder.",
        )
    return list(found.values())


def _files_of(name: str) -> Iterator[Path]:
    if name == "-":
        yield Path("-")
        return
    path = Path(name).expanduser()
    try:
        if path.is_dir():
            yield from _files_in(path)
        elif path.exists() or path.is_symlink() or _inside_archive(path):
            yield path
        elif glob.has_magic(name):
            yield from _files_matching(name)
        else:
            raise _missing(name, path)
    except (OSError, ValueError) as error:
        raise InputError(
            "The name cannot be used.",
            facts={"name": name[:200], "detail": str(error)[:200]},
            remedy="Check it.",
        ) from error


def _inside_archive(path: Path) -> bool:
    return any(parent.suffix.lower() == ".zip" and parent.is_file() for parent in path.parents)


def _files_in(folder: Path) -> Iterator[Path]:
    taken: list[Path] = []
    for base, folders, names in os.walk(folder):  # does not follow links, so loops end
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        taken += [Path(base, name) for name in names if _is_wanted(Path(base, name))]
    if not taken:
        raise InputError(
            "The folder holds no file that can be read.",
            facts={"folder": str(folder), "extensions": " ".join(sorted(EXTENSIONS))},
            remedy="Check the folder, or name the files one by one.",
        )
    yield from sorted(taken)


def _is_wanted(path: Path) -> bool:
    name = path.name.lower()
    if name.startswith(_TEMPORARY) or name.endswith(_UNFINISHED) or not path.is_file():
        return False
    return path.suffix.lower() in EXTENSIONS


def _files_matching(pattern: str) -> Iterator[Path]:
    names = glob.glob(str(Path(pattern).expanduser()), recursive=True)  # noqa: PTH207 - it may be absolute
    matches = [Path(name) for name in sorted(names)]
    files = [path for path in matches if path.is_file() and not path.name.startswith(_TEMPORARY)]
    if not files:
        raise _missing(pattern, Path(pattern))
    by_place: dict[Path, Path] = {}
    for path in sorted(files, key=lambda path: len(path.parts)):  # a link back up shows files again, deeper
        by_place.setdefault(path.resolve(), path)
    yield from sorted(by_place.values())


def _missing(name: str, path: Path) -> InputError:
    folder = next((parent for parent in path.parents if parent.is_dir()), Path())
    near = process.extractOne(path.name, [entry.name for entry in _entries(folder)], score_cutoff=50)
    facts = {"looked_for": name, "in": str(folder.absolute())}
    if near:
        facts["nearest"] = str(folder / near[0])
    what = "Nothing matches the pattern." if glob.has_magic(name) else "There is no such file or folder."
    return InputError(what, facts=facts, remedy="Check the spelling and the folder.")


def _entries(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if not entry.name.startswith(".")][:5_000]
    except OSError:
        return []


def _members_of(path: Path, limits: ReadLimits) -> list[Path]:
    """The path, or one path for each file of an archive of several."""
    if not path.is_file():
        return [path]
    try:
        with path.open("rb") as stream:
            is_zip = compression_of(stream.read(16)) == "zip"
    except OSError:
        return [path]  # opening it says what is wrong
    if not is_zip or office_kind(path) is not None:
        return [path]
    names = [member.filename for member in archive_members(path, limits)]
    if len(names) < 2:
        return [path]
    return [path / name.replace("\\", "/").lstrip("/") for name in names]
