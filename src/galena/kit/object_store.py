"""Files of any size under names, in a folder or in a cloud's object store: written whole or not at all.

A place is a folder, or an address that fsspec reads (`s3://bucket/path`, `gs://`, `az://`, `memory://` ...); an
address needs the driver of its kind, and its credentials come from where that driver looks for them.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from uuid import uuid4

from galena.kit.errors import ConfigurationError, GalenaError, InputError, NotFoundError, UnavailableError

UNFINISHED = ".part"
"""How the name of a file ends that is still being written; one that stays was left by a killed process."""

_PART_OF_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._=-]*")
_MOST_CHARACTERS = 512
_PACKAGES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs"}
_WRITES_WHOLE = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oci", "oss", "memory"})
"""Kinds of places where an object appears only when all of it has arrived."""


class DamagedObjectError(GalenaError):
    """A stored object is not what was stored: its content no longer fits its hash."""

    exit_code = 5
    http_status = 409


class ObjectStore(Protocol):
    """Objects under names like `models/2026/ab12.tar`: parts of letters, digits, `.`, `_`, `-`, `=`, between slashes.

    Every method raises InputError for a name that is not of this form, and UnavailableError when the place does not
    answer.
    """

    @property
    def address(self) -> str:
        """Where the objects are, for messages."""
        ...

    def put(self, name: str, content: bytes) -> None:
        """Stores `content`; what had the name before is replaced, and nobody sees a part of it."""
        ...

    def get(self, name: str) -> bytes:
        """The content.

        Raises:
            NotFoundError: there is no such object.
        """
        ...

    def exists(self, name: str) -> bool:
        """Whether there is such an object."""
        ...

    def list_(self, under: str = "", *, unfinished: bool = False) -> tuple[str, ...]:
        """The names that begin with the folder `under`, in order; `unfinished`: what killed writers left instead."""
        ...

    def delete(self, name: str) -> bool:
        """Deletes the object, or what a killed writer left; False when there was none."""
        ...


def open_object_store(place: str | Path) -> ObjectStore:
    """The store at a folder or an address; a folder is made when the first object comes.

    Raises:
        ConfigurationError: the address is of an unknown kind, or its driver is not installed.
    """
    text = str(place)
    kind, separator, rest = text.partition("://")
    if not separator:
        return FolderStore(Path(text))
    if kind in ("file", "local"):
        return FolderStore(Path(rest))
    return _RemoteStore(text, kind)


class LaterObjectStore:
    """A place that is opened when it is first used, so that what uses none does not depend on it.

    Every method also raises ConfigurationError: the address is of an unknown kind, or its driver is not installed.
    """

    def __init__(self, place: str | Path) -> None:
        self._place = place
        self._opened: ObjectStore | None = None

    @property
    def address(self) -> str:
        """See ObjectStore."""
        return str(self._place)

    def put(self, name: str, content: bytes) -> None:
        """See ObjectStore."""
        self._store.put(name, content)

    def get(self, name: str) -> bytes:
        """See ObjectStore."""
        return self._store.get(name)

    def exists(self, name: str) -> bool:
        """See ObjectStore."""
        return self._store.exists(name)

    def list_(self, under: str = "", *, unfinished: bool = False) -> tuple[str, ...]:
        """See ObjectStore."""
        return self._store.list_(under, unfinished=unfinished)

    def delete(self, name: str) -> bool:
        """See ObjectStore."""
        return self._store.delete(name)

    @property
    def _store(self) -> ObjectStore:
        if self._opened is None:
            self._opened = open_object_store(self._place)
        return self._opened


def content_name(folder: str, content: bytes, suffix: str = "") -> str:
    """The name of a content under its own SHA-256: `folder/<64 hexadecimal digits><suffix>`."""
    return f"{folder.rstrip('/')}/{hashlib.sha256(content).hexdigest()}{suffix}"


def get_checked(store: ObjectStore, name: str, sha256: str) -> bytes:
    """The content, when it still has the hash it was stored under.

    Raises:
        DamagedObjectError: it has another one.
        NotFoundError: there is no such object.
    """
    content = store.get(name)
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise DamagedObjectError(
            "a stored file is not what was stored",
            facts={"place": store.address, "name": name, "stored_sha256": sha256, "found_sha256": found},
            remedy="Somebody or something changed it. Bring it back from a back-up; until then it is not used.",
        )
    return content


class FolderStore:
    """Objects as files of a folder that only their owner can read; a write is on the disk when `put` returns."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.expanduser().absolute()

    @property
    def address(self) -> str:
        """The folder."""
        return str(self._folder)

    def put(self, name: str, content: bytes) -> None:
        """See ObjectStore."""
        with self._explained(name):
            path = self._path(name)
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = path.with_name(f"{path.name}.{uuid4().hex[:12]}{UNFINISHED}")
            try:
                with open(part, "xb", opener=_private) as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(path)
            except OSError:
                part.unlink(missing_ok=True)
                raise
            _settle(path.parent)

    def get(self, name: str) -> bytes:
        """See ObjectStore."""
        with self._explained(name):
            return self._path(name).read_bytes()

    def exists(self, name: str) -> bool:
        """See ObjectStore."""
        with self._explained(name):
            return self._path(name).is_file()

    def list_(self, under: str = "", *, unfinished: bool = False) -> tuple[str, ...]:
        """See ObjectStore."""
        with self._explained(under):
            start = self._path(under) if under else self._folder
            found = (path.relative_to(self._folder) for path in start.rglob("*") if path.is_file())
            return _sorted_names((path.as_posix() for path in found), unfinished)

    def delete(self, name: str) -> bool:
        """See ObjectStore."""
        with self._explained(name):
            path = self._path(name)
            try:
                path.unlink()
            except FileNotFoundError:
                return False
            self._tidy(path.parent)
            return True

    def _path(self, name: str) -> Path:
        path = self._folder / checked_name(name)
        # A link inside the folder that leads out of it would let a name reach anything.
        if not path.resolve().is_relative_to(self._folder.resolve()):
            raise _bad_name(name, "it leads out of the folder")
        return path

    def _tidy(self, folder: Path) -> None:
        """Removes folders that have become empty."""
        while folder != self._folder:
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent

    @contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as fault:
            raise _not_found(self.address, name) from fault
        except OSError as fault:
            raise _unavailable(self.address, name, fault.strerror or str(fault)) from fault


class _RemoteStore:
    """Objects behind a driver of fsspec."""

    def __init__(self, address: str, kind: str) -> None:
        from fsspec.core import url_to_fs

        try:
            self._system, root = url_to_fs(address)
        except ImportError as fault:
            package = _PACKAGES.get(kind, "")
            raise ConfigurationError(
                f"the driver for {kind}:// is not installed",
                facts={"address": address, "complaint": str(fault)},
                remedy=f"Install it beside Galena: `pip install {package}`."
                if package
                else "Install the package that the complaint names beside Galena.",
            ) from fault
        except (ValueError, TypeError) as fault:
            raise ConfigurationError(
                "the address of the object store cannot be used",
                facts={"address": address, "complaint": str(fault)},
                remedy="Write a folder, or an address like s3://bucket/path, gs://bucket/path or az://container/path.",
            ) from fault
        self._root = str(root).rstrip("/")
        self._writes_whole = kind in _WRITES_WHOLE
        self._address = address

    @property
    def address(self) -> str:
        """The address."""
        return self._address

    def put(self, name: str, content: bytes) -> None:
        with self._explained(name):
            path = self._path(name)
            if self._writes_whole:
                self._system.pipe_file(path, content)
                return
            self._system.makedirs(path.rpartition("/")[0], exist_ok=True)
            part = f"{path}.{uuid4().hex[:12]}{UNFINISHED}"
            self._system.pipe_file(part, content)
            self._system.mv(part, path)

    def get(self, name: str) -> bytes:
        with self._explained(name):
            return bytes(self._system.cat_file(self._path(name)))

    def exists(self, name: str) -> bool:
        with self._explained(name):
            return bool(self._system.isfile(self._path(name)))

    def list_(self, under: str = "", *, unfinished: bool = False) -> tuple[str, ...]:
        with self._explained(under):
            start = self._path(under) if under else self._root
            try:
                self._system.invalidate_cache()
                found: list[Any] = list(self._system.find(start))
            except FileNotFoundError:
                return ()
            return _sorted_names((str(path).removeprefix(f"{self._root}/") for path in found), unfinished)

    def delete(self, name: str) -> bool:
        with self._explained(name):
            path = self._path(name)
            if not self._system.isfile(path):
                return False
            self._system.rm_file(path)
            return True

    def _path(self, name: str) -> str:
        return f"{self._root}/{checked_name(name)}"

    @contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        try:
            yield
        except GalenaError:
            raise
        except FileNotFoundError as fault:
            raise _not_found(self._address, name) from fault
        except Exception as fault:  # Every driver has errors of its own.
            raise _unavailable(self._address, name, f"{type(fault).__name__}: {fault}") from fault


def checked_name(name: str) -> str:
    """The name as it is, when it is one of an object.

    Raises:
        InputError: it is empty, absolute, leads elsewhere (`..`), or has other characters than names may have.
    """
    parts = PurePosixPath(name).parts
    if not name or len(name) > _MOST_CHARACTERS or "/".join(parts) != name:
        raise _bad_name(name, "it is not a plain path")
    for part in parts:
        if not _PART_OF_NAME.fullmatch(part):
            raise _bad_name(name, f"{part[:40]!r} cannot be a part of it")
    return name


def _sorted_names(names: Iterator[str], unfinished: bool) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if name.endswith(UNFINISHED) is unfinished))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _settle(folder: Path) -> None:
    """Puts the folder's new entry on the disk, so that a power cut does not lose it."""
    entry = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)


def _bad_name(name: str, why: str) -> InputError:
    return InputError(
        "this cannot be the name of a stored file",
        facts={"name": name[:80], "reason": why},
        remedy="Use letters, digits, '.', '_', '-' and '=', with '/' between folders.",
    )


def _not_found(address: str, name: str) -> NotFoundError:
    return NotFoundError(
        "a stored file is not there",
        facts={"place": address, "name": name},
        remedy="Bring it back from a back-up, or name the place that holds it in GALENA_OBJECT_STORE_URL.",
    )


def _unavailable(address: str, name: str, complaint: str) -> UnavailableError:
    return UnavailableError(
        "the place of the stored files does not answer as it should",
        facts={"place": address, "name": name, "complaint": complaint[:300]},
        remedy="Check that it is there and that Galena may read and write it, then try again.",
    )
