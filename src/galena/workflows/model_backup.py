"""The stored models of all workspaces in one file, beside the back-up of the database that lists them."""

import io
import json
import tarfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path, PurePosixPath
from uuid import uuid4

from galena.kit.errors import InputError
from galena.kit.object_store import ObjectStore, checked_name

FOLDER = "models"
"""Where models lie in the object store; the name of each begins with its SHA-256."""

INDEX = "index.json"
"""The first entry of the file: the names of all that follow, so that one that was cut short is found out."""


def file_beside(file: Path) -> Path:
    """The file of the models that belongs to a back-up of the database."""
    return file.with_name(f"{file.name}.models")


def back_up_models(store: ObjectStore, file: Path) -> int:
    """Write every stored model to `file`, which appears only when complete, and say how many there are.

    Without a model no file is written; an older one of the name goes. A model that is registered while this runs may be
    in it although the database's back-up does not list it; the other way round cannot be, when the database came first.

    Raises:
        InputError: the file cannot be written.
        UnavailableError: the object store does not answer.
    """
    names = store.list_(FOLDER)
    if not names:
        file.unlink(missing_ok=True)
        return 0
    part = file.with_name(f".{file.name}.{uuid4().hex[:8]}.part")
    try:
        with tarfile.open(part, mode="w", format=tarfile.PAX_FORMAT) as archive:
            _add(archive, INDEX, json.dumps(names).encode())
            for name in names:
                _add(archive, name, store.get(name))
        part.chmod(0o600)
        part.replace(file)
    except OSError as fault:
        raise InputError(
            f"{file} cannot be written.",
            facts={"reason": fault.strerror or str(fault)},
            remedy="Name a file in a folder that exists and that you may write to.",
        ) from fault
    finally:
        part.unlink(missing_ok=True)
    return len(names)


def restore_models(store: ObjectStore, file: Path) -> int:
    """Store the models of a file again where they are missing or changed, and say how many that were.

    Everything is checked before the first is stored. Models that the file does not hold stay.

    Raises:
        InputError: the file is no back-up of models, or a model in it is not what its name says.
        UnavailableError: the object store does not answer.
    """
    for name, content in _models_in(file):
        if sha256(content).hexdigest() != _hash_in(name):
            raise InputError(
                "A model in the back-up was changed.",
                facts={"file": str(file), "model": name},
                remedy="Use another back-up; nothing was restored from this one.",
            )
    count = 0
    for name, content in _models_in(file):
        if not store.exists(name) or store.get(name) != content:
            store.put(name, content)
            count += 1
    return count


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    archive.addfile(entry, io.BytesIO(content))


def _models_in(file: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each model of the file, one at a time; at its end all that the index lists were there."""
    try:
        with tarfile.open(file, mode="r:") as archive:
            first = archive.next()
            if first is None or first.name != INDEX:
                raise tarfile.TarError("it has no index")
            listed = list(json.loads(_content(archive, first)))
            for expected in listed:
                entry = archive.next()
                if entry is None or entry.name != expected or not entry.name.startswith(f"{FOLDER}/"):
                    raise tarfile.TarError(f"{expected} is not in it")
                yield entry.name, _content(archive, entry)
    except (tarfile.TarError, OSError, ValueError, TypeError) as fault:
        raise InputError(
            f"{file} is not a back-up of models, or not a whole one.",
            facts={"reason": str(fault)},
            remedy="Give the file that `galena db backup` wrote, with its .models file beside it.",
        ) from fault


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    source = archive.extractfile(entry) if entry.isreg() else None
    if source is None:
        raise tarfile.TarError(f"{entry.name} is no file")
    return source.read()


def _hash_in(name: str) -> str:
    return PurePosixPath(checked_name(name)).name.partition(".")[0]
