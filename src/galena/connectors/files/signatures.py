"""What a file is, by its first bytes rather than by its name."""

import re

COMPRESSIONS: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "zip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)

# What people do upload by mistake, named so that the message can be understood.
FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"{\\rtf", "an RTF document"),
    (b"%!PS", "a PostScript document"),
    (b"OggS", "a sound file"),
    (b"ID3", "a sound file"),
    (b"\x00\x00\x00\x18ftyp", "a video"),
    (b"\x00\x00\x00\x20ftyp", "a video"),
    (b"ARROW1", "an Arrow IPC file"),
    (b"Obj\x01", "an Avro file"),
    (b"ORC", "an ORC file"),
)

_MARKUP = re.compile(
    rb"\A[\s\xef\xbb\xbf]*<(!doctype\s+html|html|head|body|\?xml|svg|[a-z][\w:.-]*[\s/>])", re.I
)
_HTML = re.compile(rb"<(!doctype\s+html|html|head|body|table)", re.I)
_CONTROL = bytes(set(range(32)) - {0, 9, 10, 11, 12, 13, 26, 27, 28, 29, 30, 31})


def compression_of(head: bytes) -> str | None:
    """The compression a stream starts with, or None."""
    if head[:2] == b"BZ" and head[4:10] != b"1AY&SY":
        return None  # a text that happens to begin with "BZh"
    return next((name for magic, name in COMPRESSIONS if head.startswith(magic)), None)


def foreign_kind(head: bytes) -> str | None:
    """What a file that holds no rows is, in words ("a PDF document"), or None when it may be data."""
    for magic, words in FOREIGN:
        if head.startswith(magic) and not (magic == b"ORC" and head[3:4].isalnum()):
            return words
    if head[257:262] == b"ustar":
        return "a tar archive"
    if head.startswith(b"RIFF") and head[8:12] in (b"WEBP", b"WAVE", b"AVI "):
        return "a media file"
    if _MARKUP.match(head):
        if _HTML.search(head[:2000]):
            return "a web page (perhaps an error or sign-in page saved in place of the file)"
        return "an XML document"
    return None


def is_binary(head: bytes) -> bool:
    """Whether text is implausible: more than 4 % control characters (random bytes have about 9 %)."""
    if not head:
        return False
    controls = len(head) - len(head.translate(None, _CONTROL))
    return controls > len(head) * 0.04 and controls > 8


def text_format(text: str, name: str) -> str:
    """ "json", "jsonl" or "csv" for the beginning of a text (without byte-order mark)."""
    start = text.lstrip()[:200]
    if name.lower().endswith((".jsonl", ".ndjson")) and re.search(r"(?m)^\s*\{", text):
        return "jsonl"
    if re.match(r'\{\s*("|\}|\Z)', start):
        first, _, rest = text.lstrip().partition("\n")
        whole_line = first.rstrip().endswith("}") and rest.lstrip().startswith("{")
        return "jsonl" if whole_line else "json"
    if re.match(r'\[\s*([\[{"\]\d-]|true|false|null|NaN|\Z)', start):
        return "json" if not re.match(r"\[[^\[\]{}\"]*\]\s*[,;\t|]", start) else "csv"
    return "csv"
