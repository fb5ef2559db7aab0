"""Uploaded files: streamed to a private folder, held to a size, kept until they are imported or dropped.

Each file lies in a folder of its own below `uploads` in Galena's home: the file, and beside it what is known of it.
"""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import orjson
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from python_multipart.multipart import MultipartParser, parse_options_header

from galena.kit.clock import Clock
from galena.kit.errors import InputError, NotFoundError
from galena.kit.file_names import safe_name
from galena.kit.ids import new_id
from galena.settings import Settings
from galena.workflows.import_draft import ImportDraft

MEGABYTE = 1_000_000
KEPT_FOR = timedelta(days=7)
DRAFT = "draft.json"
_FIELD_BYTES = 1_000
_SLACK_BYTES = 10_000
"""What a form needs around its file."""


class TooLargeError(InputError):
    """The file is larger than this server takes."""

    http_status = 413

    def __init__(self, limit_mb: int) -> None:
        super().__init__(
            "This file is too large for the pages.",
            facts={"limit": f"{limit_mb} MB"},
            remedy="Pack it as .zip or .gz, raise GALENA_UPLOAD_LIMIT_MB, or use `galena ingest` for it.",
        )


class Uploads:
    """The uploaded files of one workspace."""

    def __init__(self, settings: Settings, workspace_id: UUID, clock: Clock) -> None:
        self._folder = settings.home / "uploads" / str(workspace_id)
        self._limit_mb = settings.upload_limit_mb
        self._clock = clock

    async def receive(self, request: Request) -> tuple[UUID, dict[str, str]]:
        """Write the file of a form to disk as it comes; gives the new draft's id and the form's short texts.

        Raises:
            TooLargeError: it is larger than the limit; nothing of it is kept.
            InputError: the form has no file.
        """
        stated = request.headers.get("content-length", "")
        if stated.isdigit() and int(stated) > self._limit_mb * MEGABYTE + _SLACK_BYTES:
            raise TooLargeError(self._limit_mb)
        draft_id = new_id()
        folder = self._made(draft_id)
        try:
            form = _Form(request.headers.get("content-type", ""), folder, self._limit_mb)
            try:
                async for chunk in request.stream():
                    await run_in_threadpool(form.write, chunk)
            finally:
                form.close()
            if form.path is None:
                raise InputError("No file was chosen.", remedy="Choose a file, then check it.")
        except BaseException:
            self.drop(draft_id)
            raise
        return draft_id, form.texts

    def file_of(self, draft_id: UUID) -> Path:
        """The uploaded file.

        Raises:
            NotFoundError: it is gone.
        """
        folder = self._folder / str(draft_id)
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name != DRAFT:
                return path
        raise NotFoundError("This file is not here any more.", remedy="Upload it once more.")

    def save(self, draft_id: UUID, draft: ImportDraft) -> None:
        """Keep what is known of a file."""
        path = self._folder / str(draft_id) / DRAFT
        new = path.with_suffix(".new")
        new.write_bytes(orjson.dumps(draft.as_dict()))
        new.replace(path)

    def load(self, draft_id: UUID) -> ImportDraft:
        """What is known of a file.

        Raises:
            NotFoundError: it is gone.
        """
        try:
            kept = (self._folder / str(draft_id) / DRAFT).read_bytes()
        except FileNotFoundError:
            raise NotFoundError(
                "This file is not here any more.",
                remedy="Upload it once more, or look at the list of imports.",
            ) from None
        return ImportDraft.restored(orjson.loads(kept))

    def drop(self, draft_id: UUID) -> None:
        """Remove a file and what is known of it."""
        shutil.rmtree(self._folder / str(draft_id), ignore_errors=True)

    def list_(self) -> list[tuple[UUID, ImportDraft]]:
        """The files that wait, the newest first; those nobody came back to for a week are removed."""
        if not self._folder.is_dir():
            return []
        found = []
        for folder in sorted(self._folder.iterdir(), reverse=True):
            changed = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
            if self._clock() - changed > KEPT_FOR:
                shutil.rmtree(folder, ignore_errors=True)
            elif (folder / DRAFT).exists():
                draft_id = UUID(folder.name)
                found.append((draft_id, self.load(draft_id)))
        return found

    def _made(self, draft_id: UUID) -> Path:
        folder = self._folder / str(draft_id)
        self._folder.parent.parent.mkdir(parents=True, exist_ok=True)
        for each in (self._folder.parent, self._folder, folder):
            each.mkdir(mode=0o700, exist_ok=True)
        return folder


class _Form:
    """A form as it arrives: short texts in memory, its file on disk."""

    def __init__(self, content_type: str, folder: Path, limit_mb: int) -> None:
        kind, options = parse_options_header(content_type.encode("latin-1"))
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise InputError("No file came with this form.", remedy="Choose a file, then check it.")
        self.texts: dict[str, str] = {}
        self.path: Path | None = None
        self._folder, self._limit_mb = folder, limit_mb
        self._file: BinaryIO | None = None
        self._size = 0
        self._headers: dict[str, str] = {}
        self._name, self._value, self._field = b"", b"", ""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_part_data": self._data,
                "on_part_end": self._end,
            },
        )

    def write(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except ValueError as error:
            raise InputError("This upload was cut off or damaged.", remedy="Try it once more.") from error

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _begin(self) -> None:
        self._headers, self._name, self._value, self._field = {}, b"", b"", ""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = self._value.decode("utf-8", "replace")
        self._name, self._value = b"", b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", "").encode())
        self._field = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options and options[b"filename"] and self.path is None:
            name = safe_name(options[b"filename"].decode("utf-8", "replace"))
            self.path = self._folder / ("file" if name == DRAFT else name)
            self._file = self.path.open("xb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._size += end - start
            if self._size > self._limit_mb * MEGABYTE:
                raise TooLargeError(self._limit_mb)
            self._file.write(data[start:end])
        else:
            text = self.texts.get(self._field, "") + data[start:end].decode("utf-8", "replace")
            self.texts[self._field] = text[:_FIELD_BYTES]

    def _end(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
