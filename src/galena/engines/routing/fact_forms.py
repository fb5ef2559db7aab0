"""How gates compare facts: their normal forms, and whether a value passes; the same for one lead and for pools."""

import math
import re
from functools import lru_cache
from typing import Any

from galena.domain.gates import IndustryGate, RangeGate, WordsGate

_WORD = re.compile(r"[^\W_]+")
_FEWEST_LETTERS_OF_PLURALS = 4


def text_form(value: Any) -> str | None:
    """A text as compared: without case and with single spaces; None where there is none."""
    if value is None:
        return None
    return " ".join(str(value).casefold().split()) or None


def zip_form(value: Any) -> str | None:
    """A ZIP code as compared: its first five digits; leading zeros that a table program took come back."""
    text = text_form(value)
    if text is None:
        return None
    head = text.removesuffix(".0").partition("-")[0].strip()
    if head.isdigit():
        head = head.zfill(5) if len(head) < 5 else head[:5]
    return head or None


def fact_form(fact: str, value: Any) -> str | None:
    """The normal form of a text fact."""
    return zip_form(value) if fact == "zip" else text_form(value)


def number_form(value: Any) -> float | None:
    """A number as compared; None where it is none, infinite or not a number."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def words_pass(gate: WordsGate, values: tuple[str | None, ...]) -> bool | None:
    """Whether one of a lead's values, in normal form, is one of the gate's; None where all are unknown."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    wanted = [fact_form(gate.fact, value) or "" for value in gate.values]
    if gate.fact == "zip" and any(
        value.startswith(word[:-1]) for word in wanted if word[-1:] == "*" for value in known
    ):
        return True
    return any(value in wanted for value in known)


def number_passes(gate: RangeGate, value: float | None) -> bool | None:
    """Whether a number lies within the gate's limits; None where it is unknown."""
    if value is None:
        return None
    return (gate.minimum is None or value >= gate.minimum) and (gate.maximum is None or value <= gate.maximum)


def industry_passes(gate: IndustryGate, industry: str | None, naics: str | None) -> bool | None:
    """Whether an industry (words and code, in normal form) passes; None where nothing the gate reads is known.

    A lead whose industry is written as a code alone has that code.
    """
    if industry is not None and naics is None and industry.isdigit():
        naics, industry = industry, None
    reads_codes = any(entry.strip().isdigit() for entry in (*gate.included, *gate.excluded))
    reads_words = any(not entry.strip().isdigit() for entry in (*gate.included, *gate.excluded))
    if not ((reads_codes and naics is not None) or (reads_words and industry is not None)):
        return None
    words = _words(industry or "")
    if any(_entry_matches(entry, words, naics) for entry in gate.excluded):
        return False
    return not gate.included or any(_entry_matches(entry, words, naics) for entry in gate.included)


def _entry_matches(entry: str, words: frozenset[str], naics: str | None) -> bool:
    """Whether one entry names the industry: as the beginning of its code, or by words that all occur in it."""
    entry = entry.strip()
    if entry.isdigit():
        return naics is not None and naics.startswith(entry)
    wanted = _words(entry)
    return bool(wanted) and wanted <= words


@lru_cache(maxsize=20_000)
def _words(text: str) -> frozenset[str]:
    """The words of a text, in the singular as far as an ending `s` tells."""
    return frozenset(
        word[:-1] if len(word) >= _FEWEST_LETTERS_OF_PLURALS and word[-1] == "s" and word[-2] != "s" else word
        for word in _WORD.findall(text.casefold())
    )
