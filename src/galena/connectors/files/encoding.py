"""Which character encoding a text has, and its text in pieces with undecodable bytes marked, never replaced."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

import charset_normalizer

from galena.connectors.files.survey import Survey
from galena.kit.errors import InputError

READ_BYTES = 131_072
"""Bytes decoded at a time: small enough that a whole piece fits in the largest cell allowed."""

MARKED = re.compile("[\udc00-\udcff]")
"""Finds bytes that could not be decoded: byte b stands in the text as the lone surrogate U+DC00 + b."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


_ENOUGH_LETTERS = 8
"""Fewer letters beyond ASCII are too little to tell one script from another."""


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("galena-mark", _mark)


def check_encoding(name: str) -> str:
    """The encoding's canonical name.

    Raises:
        InputError: Python knows no such text encoding.
    """
    try:
        codec = codecs.lookup(name)
        "".encode(name)  # refuses codecs that do not make text, such as "hex"
    except (LookupError, ValueError, TypeError) as error:
        raise InputError(
            "There is no such character encoding.",
            facts={"encoding": name},
            remedy="Name one such as utf-8, cp1252, latin-1, utf-16 or shift_jis, or leave it out.",
        ) from error
    return codec.name


def choose_encoding(found: Survey, wanted: str | None) -> tuple[str, list[str]]:
    """The encoding and notes about the choice.

    A byte-order mark decides; then zero bytes at every other place (UTF-16); then UTF-8 unless more bytes break it
    than follow it; then, where most letters are beyond ASCII, what charset-normalizer makes of such lines;
    else Windows-1252, or Latin-1 if it has bytes Windows-1252 lacks.
    """
    if wanted is not None:
        return check_encoding(wanted), []
    for mark, name in _BOMS:
        if found.head.startswith(mark):
            return name, []
    wide = _wide_encoding(found.head)
    if wide:
        return wide, [f"Read as {wide}, which it seems to be (it has no byte-order mark)."]
    if found.bad_count == 0:
        return "utf-8", []
    if found.good_count >= found.bad_count:
        return "utf-8", [
            f"Read as UTF-8; {found.bad_count} bytes are not valid in it, their rows are faults."
        ]
    return _legacy_encoding(bytes(found.strange))


def _wide_encoding(head: bytes) -> str | None:
    sample = head[:4096]
    if len(sample) < 4 or 0 not in sample:
        return None
    share = [sample[i::4].count(0) / max(len(sample[i::4]), 1) for i in range(4)]
    if min(share[1:]) > 0.9 and share[0] < 0.1:
        return "utf-32-le"
    if min(share[:3]) > 0.9 and share[3] < 0.1:
        return "utf-32-be"
    low, high = (share[0] + share[2]) / 2, (share[1] + share[3]) / 2
    if high > 0.4 and low < 0.1:
        return "utf-16-le"
    return "utf-16-be" if low > 0.4 and high < 0.1 else None


def _legacy_encoding(strange: bytes) -> tuple[str, list[str]]:
    high = sum(byte > 127 for byte in strange)
    letters = sum(chr(byte).isalpha() for byte in strange if byte < 128) + high
    if high >= _ENOUGH_LETTERS and high > letters * 0.4:
        best = charset_normalizer.from_bytes(strange).best()
        if best is not None and best.encoding not in ("utf_8", "ascii"):
            name = codecs.lookup(best.encoding).name
            return name, [
                f"It is not UTF-8: read as {name}, the likeliest. Give an encoding if words look wrong."
            ]
    try:
        strange.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1", ["It is not UTF-8: read as Latin-1. Give an encoding if words look wrong."]
    return "cp1252", ["It is not UTF-8: read as Windows-1252. Give an encoding if words look wrong."]


def decode_pieces(stream: BinaryIO, encoding: str) -> Iterator[str]:
    """The text in pieces of `READ_BYTES` bytes, without a byte-order mark at its start.

    Bytes that do not decode stand in it as `MARKED` characters.
    """
    errors = "surrogateescape" if encoding in ("utf-8", "utf-8-sig") else "galena-mark"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    first = True
    while True:
        block = stream.read(READ_BYTES)
        text = decoder.decode(block, final=not block)
        if text:
            yield text.removeprefix("\ufeff") if first else text
            first = False
        if not block:
            return


def undecodable(text: str) -> str | None:
    """What is wrong with the text's bytes in words, or None when all decoded."""
    found = MARKED.search(text)
    if found is None:
        return None
    byte = ord(found.group()) - 0xDC00
    return f"byte 0x{byte:02X} at character {found.start() + 1} does not decode"
