"""The ways in which a text may be meant: plain, with disguises undone, decoded."""

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

LONGEST = 20_000
"""Characters that are looked at; the prompt shows far fewer."""

_SPACED = re.compile(r"(?:\b\w[\s.\-_*|/]{1,3}){5,}\w\b")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX = re.compile(r"\b(?:(?:0x|\\x)?[0-9a-fA-F]{2}[\s,:]?){16,}")
_BACKSLASHED = re.compile(r"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}")
_LOOK_ALIKE = str.maketrans(
    "аеорсхуіјѕԁһԛԝкмтвнпгіїαεοριτκνυχηӏ",
    "aeopcxyijsdhqwkmtbhnriiaeopitkvuxnl",
)
_LEET = str.maketrans("013457@$!|", "oieastasil")
_WORDS = re.compile(r"[A-Za-z]{2,}")


@dataclass(frozen=True, slots=True)
class View:
    """A text as it may be meant.

    Attributes:
        always: looked at with every pattern, even without a word that tells.
        is_secret: it was encoded and reads as words: that alone is suspicious.
    """

    text: str
    always: bool = False
    is_secret: bool = False


def views(text: str) -> Iterator[View]:
    """The text as it stands, then as it may be meant; the same reading is given once."""
    seen: set[str] = set()
    for view in _views(text[:LONGEST]):
        if view.text and view.text not in seen:
            seen.add(view.text)
            yield view


def _views(text: str) -> Iterator[View]:
    plain = folded(text)
    yield View(plain)
    yield View(plain.translate(_LOOK_ALIKE))
    if any(each in text for each in "013457@$!|"):
        yield View(_unleeted(plain))
    for match in _SPACED.finditer(plain):
        yield View(re.sub(r"[\s.\-_*|/]", "", match[0]), always=True)
    yield from _decoded(text)
    yield View(plain[::-1])
    yield View(codecs.decode(plain, "rot13"))


def folded(text: str) -> str:
    """Without case, accents, width and invisible characters, on one line."""
    normal = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)).casefold()
    kept = (
        " " if each.isspace() else each
        for each in normal
        if each.isspace() or unicodedata.category(each) not in ("Cc", "Cf", "Mn", "Co", "Cs")
    )
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def _unleeted(text: str) -> str:
    """Digits and signs inside words as the letters they look like; numbers stay."""
    return re.sub(
        r"\S*[a-z]\S*",
        lambda word: word[0].translate(_LEET) if re.search(r"\d|[@$!|]", word[0]) else word[0],
        text,
    )


def _decoded(text: str) -> Iterator[View]:
    unescaped = html.unescape(text)
    if unescaped != text:
        yield View(folded(unescaped))
    if "%" in text and (unquoted := unquote(text, errors="replace")) != text:
        yield View(folded(unquoted))
    if _BACKSLASHED.search(text):
        yield View(folded(_BACKSLASHED.sub(lambda match: chr(int(match[0][2:], 16)), text)))
    for match in _BASE64.finditer(text):
        yield from _secret(_base64(match[0]))
    for match in _HEX.finditer(text):
        digits = re.sub(r"0x|\\x|[\s,:]", "", match[0])
        if not digits.isdigit():
            yield from _secret(_bytes_text(bytes.fromhex(digits[: len(digits) // 2 * 2])))


def _base64(letters: str) -> str | None:
    usual = letters.rstrip("=").replace("-", "+").replace("_", "/")
    if usual.isalpha() and (usual.islower() or usual.isupper()):
        return None
    try:
        return _bytes_text(base64.b64decode(usual + "=" * (-len(usual) % 4), validate=True))
    except (ValueError, binascii.Error):
        return None


def _bytes_text(content: bytes) -> str | None:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() or "\n" in text else None


def _secret(text: str | None) -> Iterator[View]:
    if text:
        yield View(folded(text), always=True, is_secret=len(_WORDS.findall(text)) >= 3)
