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


def word_facts(gate: WordsGate) -> tuple[str, ...]:
    """The facts a gate over words reads."""
    return ("trade_category", "trade_group") if gate.fact == "trade_category" else (gate.fact,)


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
    """Whether an industry (words and code, in normal form) passes; None where nothing the gate reads is known."""
    codes, words = entry_kinds(gate)
    words_known, code_known = industry_known(industry, naics)
    if not ((codes and code_known) or (words and words_known)):
        return None
    if any(entry_matches(entry, industry, naics) for entry in gate.excluded):
        return False
    return not gate.included or any(entry_matches(entry, industry, naics) for entry in gate.included)


def entry_kinds(gate: IndustryGate) -> tuple[bool, bool]:
    """Whether a gate names industries by code, and whether by words."""
    by_code = [entry.strip().isdigit() for entry in (*gate.included, *gate.excluded)]
    return any(by_code), not all(by_code)


def industry_known(industry: str | None, naics: str | None) -> tuple[bool, bool]:
    """Whether a lead's industry is known in words, and by its code; an industry of digits alone is a code."""
    if industry is not None and naics is None and industry.isdigit():
        return False, True
    return industry is not None, naics is not None


def entry_matches(entry: str, industry: str | None, naics: str | None) -> bool:
    """Whether one entry names a lead's industry: as the beginning of its code, or by words that all occur in it."""
    entry = entry.strip()
    in_words, by_code = industry_known(industry, naics)
    if entry.isdigit():
        code = naics if naics is not None else industry
        return by_code and (code or "").startswith(entry)
    wanted = _words(entry)
    return in_words and bool(wanted) and wanted <= _words(industry or "")


@lru_cache(maxsize=20_000)
def _words(text: str) -> frozenset[str]:
    """The words of a text, in the singular as far as an ending `s` tells."""
    return frozenset(
        word[:-1] if len(word) >= _FEWEST_LETTERS_OF_PLURALS and word[-1] == "s" and word[-2] != "s" else word
        for word in _WORD.findall(text.casefold())
    )
