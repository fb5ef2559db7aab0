"""A file as a stream of unpacked bytes that can be opened again and again, with its size and hash."""

import bz2
import gzip
import io
import lzma
import os
import shutil
import stat
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, cast

import pyarrow as pa

from galena.connectors.files.limits import ReadLimits
from galena.connectors.files.signatures import compression_of
from galena.kit.errors import InputError

BLOCK_BYTES = 1_048_576
MAX_LAYERS = 3

_DAMAGE = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, OSError, pa.ArrowException, ValueError)
# Kept out of a list of an archive's members: what operating systems add by themselves.
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_OFFICE_MARKS = (
    b"[Content_Types].xml",
    b"_rels/.rels",
    b"docProps/",
    b"xl/work",
    b"mimetypeapplication/vnd.oasis",
)
_OFFICE = (("xl/", "excel"), ("word/", "a Word document"), ("ppt/", "a PowerPoint presentation"))


class GuardedStream(io.RawIOBase):
    """Reads an unpacked stream, counts it, and turns damage and decompression bombs into InputError."""

    def __init__(
        self, inner: IO[bytes], below: IO[bytes] | None, name: str, packed_bytes: int, limits: ReadLimits
    ) -> None:
        super().__init__()
        self._inner = inner
        self._below = below
        self._name = name
        self._packed_bytes = max(packed_bytes, 1)
        self._limits = limits
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            block = self._inner.read(min(len(buffer), BLOCK_BYTES))
        except RuntimeError as error:  # zipfile: a password is needed
            raise _locked(self._name) from error
        except NotImplementedError as error:
            raise _damaged(self._name, self.count, error) from error
        except _DAMAGE as error:
            raise _damaged(self._name, self.count, error) from error
        self.count += len(block)
        refuse_bomb(self._name, self._packed_bytes, self.count, self._limits)
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
            if self._below is not None:
                self._below.close()
        super().close()


def refuse_bomb(name: str, packed_bytes: int, unpacked_bytes: int, limits: ReadLimits) -> None:
    """Raises InputError when an unpacked size is both beyond the bound and out of proportion."""
    if unpacked_bytes > limits.unpacked_bytes and unpacked_bytes > packed_bytes * limits.unpacked_ratio:
        raise InputError(
            "The file unpacks to far more than its size: it looks like a decompression bomb and was not read.",
            facts={"file": name, "packed_bytes": packed_bytes, "unpacked_bytes_at_least": unpacked_bytes},
            remedy="Unpack it yourself, look at what it holds, and import the unpacked file.",
        )


def _damaged(name: str, count: int, error: Exception) -> InputError:
    cut = isinstance(error, EOFError) or "truncated" in str(error).lower()
    what = "The compressed file is cut off before its end." if cut else "The compressed file is damaged."
    return InputError(
        what,
        facts={"file": name, "readable_bytes": count, "detail": str(error)[:200]},
        remedy="Fetch the file again. Nothing of it was imported.",
    )


def _locked(name: str) -> InputError:
    return InputError(
        "The archive is protected by a password.",
        facts={"file": name},
        remedy="Unpack it with its password and import the unpacked file.",
    )


@dataclass
class Content:
    """The unpacked bytes of one file.

    Attributes:
        name: as shown to people.
        stored: the local file that holds the packed bytes.
        member: the member of the archive that is meant, if `stored` is a zip archive.
        compression: the layers found, outermost first, joined by "+"; None for none.
        size_bytes, sha256: as in `FileShape`.
    """

    name: str
    stored: Path
    limits: ReadLimits
    member: str | None = None
    compression: str | None = None
    size_bytes: int = 0
    sha256: str = ""
    temporary: list[Path] = field(default_factory=list)

    def open(self) -> BinaryIO:
        """A fresh stream of the unpacked bytes; raises InputError for damage, then and while it is read."""
        stream, _ = _open_layers(self)
        return stream

    def local_path(self) -> Path:
        """A local file with the unpacked bytes (the stored one when nothing is packed)."""
        if self.compression is None:
            return self.stored
        path = new_temporary(self)
        with self.open() as stream, path.open("wb") as out:
            shutil.copyfileobj(stream, out, BLOCK_BYTES)
        return path

    def close(self) -> None:
        """Removes temporary files."""
        while self.temporary:
            self.temporary.pop().unlink(missing_ok=True)


def new_temporary(content: Content) -> Path:
    """An empty temporary file that goes away with the content."""
    handle, name = tempfile.mkstemp(prefix="galena-read-")
    os.close(handle)
    content.temporary.append(Path(name))
    return Path(name)


def open_content(path: Path | str, limits: ReadLimits) -> Content:
    """Finds the file, the member of an archive (`a.zip/b.csv`) or standard input ("-") and its packing.

    Raises:
        InputError: missing, not readable, not a regular file, empty, a damaged or locked archive, an archive of
            several files of which none was named, a decompression bomb.
    """
    if str(path) == "-":
        content = _spool(limits)
    else:
        stored, member = _locate(Path(path))
        content = Content(name=str(path), stored=stored, limits=limits, member=member)
    try:
        if content.stored.stat().st_size == 0:
            raise InputError(
                "The file is empty.", facts={"file": content.name}, remedy="Check the export that made it."
            )
        stream, layers = _open_layers(content)
        stream.close()
        content.compression = "+".join(layers) or None
    except BaseException:
        content.close()
        raise
    return content


def _spool(limits: ReadLimits) -> Content:
    content = Content(name="standard input", stored=Path(), limits=limits)
    content.stored = new_temporary(content)
    with content.stored.open("wb") as out:
        shutil.copyfileobj(sys.stdin.buffer, out, BLOCK_BYTES)
    return content


def _locate(path: Path) -> tuple[Path, str | None]:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        for parent in path.parents:
            if parent.is_file() and zipfile.is_zipfile(parent):
                return parent, path.relative_to(parent).as_posix()
        raise InputError(
            "There is no such file.", facts={"file": str(path)}, remedy="Check the name and the folder."
        ) from None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if stat.S_ISDIR(mode):
        raise InputError(
            "This is a folder, not a file.", facts={"folder": str(path)}, remedy="Name the files in it."
        )
    if not stat.S_ISREG(mode):
        raise InputError(
            "This is a device or a pipe, not a file.",
            facts={"file": str(path)},
            remedy='Send the data to standard input and give "-" as the file name.',
        )
    try:
        path.open("rb").close()
    except OSError as error:
        raise _unreadable(path, error) from error
    return path, None


def _unreadable(path: Path, error: Exception) -> InputError:
    detail = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return InputError(
        "The file cannot be opened.",
        facts={"file": str(path), "detail": detail},
        remedy="Check its permissions.",
    )


def _open_layers(content: Content) -> tuple[BinaryIO, list[str]]:
    """Peels compression off until data shows; at most `MAX_LAYERS` times."""
    packed_bytes = content.stored.stat().st_size

    def guarded(inner: IO[bytes], below: IO[bytes] | None) -> io.BufferedReader:
        return io.BufferedReader(GuardedStream(inner, below, content.name, packed_bytes, content.limits))

    stream = guarded(content.stored.open("rb"), None)
    layers: list[str] = []
    try:
        while True:
            head = stream.peek(4096)[:4096]
            kind = compression_of(head)
            if kind is None or (kind == "zip" and _is_office(content, layers, head)):
                return cast(BinaryIO, stream), layers
            if len(layers) == MAX_LAYERS or (kind == "zip" and layers):
                raise InputError(
                    "The archive holds another archive.",
                    facts={"file": content.name, "layers": "+".join([*layers, kind])},
                    remedy="Unpack the outer one and import what is inside.",
                )
            inner = _open_zip(content) if kind == "zip" else _OPENERS[kind](stream)
            stream = guarded(inner, stream)
            layers.append(kind)
    except BaseException:
        stream.close()
        raise


def _is_office(content: Content, layers: list[str], head: bytes) -> bool:
    if layers:
        return any(mark in head for mark in _OFFICE_MARKS)
    return content.member is None and office_kind(content.stored) is not None


def office_kind(path: Path) -> str | None:
    """ "excel", or another office document in words, for a zip file that is one; None for plain archives."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (*_DAMAGE, NotImplementedError):
        with path.open("rb") as stream:  # cut off: its list of members is gone, its first ones are not
            head = stream.read(4096)
        return "excel" if any(mark in head for mark in _OFFICE_MARKS) else None
    if "mimetype" in names and any(name == "content.xml" for name in names):
        return "excel"  # OpenDocument; a spreadsheet or refused by the sheet reader
    if "[Content_Types].xml" not in names:
        return None
    return next((kind for start, kind in _OFFICE if any(n.startswith(start) for n in names)), None)


def archive_members(path: Path, limits: ReadLimits) -> list[zipfile.ZipInfo]:
    """The files of a zip archive in name order, without folders and litter.

    Raises:
        InputError: a damaged archive, a bomb by its declared sizes, too many members.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and not _is_litter(m.filename)]
    except (*_DAMAGE, NotImplementedError) as error:
        raise _damaged(str(path), 0, error) from error
    if len(members) > limits.archive_members:
        raise InputError(
            "The archive holds too many files.",
            facts={"file": str(path), "files": len(members), "limit": limits.archive_members},
            remedy="Unpack it and import the files you need.",
        )
    total = sum(member.file_size for member in members)
    refuse_bomb(str(path), max(path.stat().st_size, 1), total, limits)
    return sorted(members, key=lambda member: member.filename)


def _is_litter(name: str) -> bool:
    last = PurePosixPath(name).name
    return name.startswith(_LITTER[0]) or last in _LITTER or last.startswith(".")


def _open_zip(content: Content) -> IO[bytes]:
    members = archive_members(content.stored, content.limits)
    names = [member.filename for member in members]
    if content.member is not None:
        members = [member for member in members if _member_path(member.filename) == content.member]
    if len(members) != 1:
        what = (
            "The archive holds no file."
            if not names
            else "The archive holds several files: name one of them."
        )
        if content.member is not None:
            what = "The archive holds no such file."
        raise InputError(
            what,
            facts={"file": content.name, "holds": ", ".join(names[:10]) or "nothing"},
            remedy="Give it as archive.zip/member.csv.",
        )
    if members[0].flag_bits & 0x1:
        raise _locked(content.name)
    try:
        archive = zipfile.ZipFile(content.stored)
        return cast(IO[bytes], _Member(archive, archive.open(members[0])))
    except RuntimeError as error:
        raise _locked(content.name) from error
    except (*_DAMAGE, NotImplementedError) as error:
        raise _damaged(content.name, 0, error) from error


def _member_path(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/").lstrip("/")).as_posix()


class _Member(io.RawIOBase):
    """A member of an archive that closes the archive with itself."""

    def __init__(self, archive: zipfile.ZipFile, stream: IO[bytes]) -> None:
        super().__init__()
        self._archive, self._stream = archive, stream

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(size)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            self._archive.close()
        super().close()


def _open_zstd(stream: BinaryIO) -> IO[bytes]:
    return cast(IO[bytes], pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd"))


_OPENERS: dict[str, Callable[[Any], IO[bytes]]] = {
    "gzip": lambda stream: cast(IO[bytes], gzip.GzipFile(fileobj=stream)),
    "bzip2": lambda stream: cast(IO[bytes], bz2.BZ2File(stream)),
    "xz": lambda stream: cast(IO[bytes], lzma.LZMAFile(stream)),  # noqa: SIM115 - closed by its guard
    "zstd": _open_zstd,
}
