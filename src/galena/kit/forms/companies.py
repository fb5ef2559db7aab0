"""Names of companies in one spelling."""

import re
from functools import lru_cache

from cleanco.termdata import (  # type: ignore[import-untyped]
    terms_by_country,
    terms_by_type,
)

from galena.kit.forms.texts import folded, unaccented

_AND = re.compile(r"\s*[&+]\s*(?=\w)")
_AKA = re.compile(r"\b(?:d/?b/?a|a/?k/?a|f/?k/?a|c/o|t/a)\b[:.]?", re.IGNORECASE)
_LETTER_RUN = re.compile(r"\b(?:\w ){1,4}\w\b")
_ALWAYS_MEANT = frozenset(
    ("as", "is", "to", "co", "se", "sa", "do", "us", "pt", "hb", "rt", "de", "es", "ab")
)
_SHORT_BUT_LEGAL = frozenset(("co", "sa", "ab", "se", "as", "pt"))


_MORE_LEGAL = frozenset(
    ("incorporated", "company", "corp", "cie", "aktiengesellschaft", "kabushiki kaisha", "societe anonyme",
     "naamloze vennootschap", "aktiebolag", "limited", "oyj", "spol sro")
)  # fmt: skip


def _legal_terms() -> frozenset[str]:
    written = {
        term for group in (terms_by_type, terms_by_country) for terms in group.values() for term in terms
    }
    terms = {folded(term) for term in written} | {folded(term).replace(" ", "") for term in written}
    return frozenset(terms - _ALWAYS_MEANT | _SHORT_BUT_LEGAL | _MORE_LEGAL)


_LEGAL = _legal_terms()
_LONGEST = max(term.count(" ") + 1 for term in _LEGAL)


@lru_cache(maxsize=200_000)
def company_words(text: str) -> tuple[str, ...]:
    """The words of a company's name without its legal form: "The AT&T Corp., Inc." -> ("at", "and", "t").

    Where nothing else would be left the legal words stay.
    """
    words = folded(_AND.sub(" and ", _AKA.sub(" ", unaccented(text)))).split()
    if words[:1] == ["the"] and len(words) > 1:
        words = words[1:]
    return _without_legal_form(_joined_letters(words))


def company_key(text: str) -> str:
    """The words in one string: "Müller & Söhne GmbH" and "Mueller and Sohne" differ, "Muller & Sohne" is the same."""
    return " ".join(company_words(text))


def has_legal_form(text: str) -> bool:
    """Whether the name ends in a legal form such as Inc., GmbH or Ltd."""
    words = _joined_letters(folded(text).split())
    return len(words) > 1 and any(" ".join(words[-n:]) in _LEGAL for n in range(1, min(_LONGEST, len(words))))


def _joined_letters(words: list[str]) -> list[str]:
    """ "n v" -> "nv", "i b m" -> "ibm"."""
    if not any(len(word) == 1 for word in words):
        return words
    return _LETTER_RUN.sub(lambda run: run[0].replace(" ", ""), " ".join(words)).split()


def _without_legal_form(words: list[str]) -> tuple[str, ...]:
    kept = words
    while len(kept) > 1:
        length = next(
            (
                n
                for n in range(min(_LONGEST, len(kept) - 1), 0, -1)
                if " ".join(kept[-n:]) in _LEGAL or kept[-n:] == ["and"]
            ),
            0,
        )
        if not length:
            break
        kept = kept[:-length]
    return tuple(kept)
