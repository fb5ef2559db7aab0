"""Plain words: a text without case, accents and punctuation."""

import re
import unicodedata
from functools import lru_cache

UNKNOWN = frozenset(
    (
        "", "na", "n a", "none", "null", "nan", "nil", "unknown", "not known", "not available", "no data",
        "undefined", "tbd", "tba", "missing", "blank", "empty", "not provided", "not applicable",
    )
)  # fmt: skip
"""Folded texts that people and programs write where nothing is known."""

_LETTERS = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ð": "d",
        "Ð": "d", "þ": "th", "Þ": "th", "ł": "l", "Ł": "l", "ı": "i", "’": "'", "‘": "'", "`": "'", "´": "'",
    }
)  # fmt: skip
_APART = re.compile(r"[\W_]+")
_INNER = re.compile(r"(?<=\w)'(?=\w)|(?<=\b\w)\.(?=\w\b)")


def unaccented(text: str) -> str:
    """The text in lower case without accents: "Café Ørsted" -> "cafe orsted". Other scripts stay as they are."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(each for each in plain if not unicodedata.combining(each)).casefold()


@lru_cache(maxsize=200_000)
def folded(text: str) -> str:
    """Lower case, no accents, no punctuation, single spaces; apostrophes and the points of initials vanish.

    "O'Brien & Söhne, L.L.C." -> "obrien sohne llc"; "" where nothing is left.
    """
    plain = _INNER.sub("", unaccented(text))
    return _APART.sub(" ", plain).strip()


def known(text: str | None) -> str:
    """The text without blanks around it; "" where it says that nothing is known (n/a, none, unknown ...)."""
    stripped = text.strip() if text else ""
    return "" if len(stripped) < 16 and folded(stripped) in UNKNOWN else stripped
