"""What a file is, told from its content and never from its name."""

import io
import zipfile
from collections.abc import Mapping
from types import MappingProxyType

SUFFIXES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "application/pdf": (".pdf",),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
        "application/vnd.openxmlformats-officedocument.presentationml.presentation": (".pptx",),
        "application/vnd.oasis.opendocument.text": (".odt",),
        "application/vnd.oasis.opendocument.spreadsheet": (".ods",),
        "image/png": (".png",),
        "image/jpeg": (".jpg", ".jpeg"),
        "image/gif": (".gif",),
        "image/webp": (".webp",),
        "text/plain": (".txt", ".csv", ".md", ".tsv"),
    }
)
"""Media type -> the endings that names of such files have, the usual one first."""

_HEADS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_OFFICE_PARTS = (
    ("word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt/presentation.xml", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_OPEN_DOCUMENTS = (
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
)
_MOST_PARTS = 10_000
_PDF_WITHIN = 1_024
_MARKUP = ("<!doctype", "<html", "<svg", "<?xml", "<script", "<head", "<body", "<iframe")
_CONTROL = frozenset(range(32)) - {9, 10, 12, 13}


def type_of(content: bytes) -> str | None:
    """The media type, one of `SUFFIXES`; None for anything else: programs, pages, archives, damaged files, and
    office files that hold macros."""
    for head, found in _HEADS:
        if content.startswith(head):
            return found
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    if b"%PDF-" in content[:_PDF_WITHIN] and not content.startswith((b"MZ", b"PK", b"<")):
        return "application/pdf"
    if content.startswith(b"PK\x03\x04"):
        return _type_of_package(content)
    return "text/plain" if _is_plain_text(content) else None


def _type_of_package(content: bytes) -> str | None:
    """An office file by the names of its parts; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            names = {part.filename for part in parts}
            if len(parts) > _MOST_PARTS or any(_is_active(name) for name in names):
                return None
            first = parts[0]
            if first.filename == "mimetype" and first.compress_type == zipfile.ZIP_STORED:
                kind = package.read(first).decode("ascii", "replace") if first.file_size < 200 else ""
                return kind if kind in _OPEN_DOCUMENTS else None
    except (zipfile.BadZipFile, IndexError, ValueError, NotImplementedError, RuntimeError, OSError):
        return None
    if "[Content_Types].xml" not in names:
        return None
    return next((kind for part, kind in _OFFICE_PARTS if part in names), None)


def _is_active(name: str) -> bool:
    """Whether a part of an office file holds code."""
    lower = name.lower()
    return lower.endswith(("vbaproject.bin", ".exe", ".dll", ".js", ".vbs")) or lower.startswith("basic/")


def _is_plain_text(content: bytes) -> bool:
    if not content or _CONTROL & set(content):
        return False
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not text[:500].lstrip().lower().startswith(_MARKUP)
