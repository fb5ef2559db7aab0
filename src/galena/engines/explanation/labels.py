"""Labels with {placeholders}, filled with a lead's values, and worded well where one is unknown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from galena.engines.explanation.formats import Format

_PLACEHOLDER = re.compile(r"\{\s*([a-z][a-z0-9_]*)\s*\}")
_CLAUSE_BREAK = re.compile(r"(, |; | · | – | — | (?=\())")
_PROPER_NAMES = frozenset(
    {"Google", "Yelp", "Facebook", "Instagram", "Twitter", "Excel", "English", "Spanish"}
)
_COUNTED = (
    "day|week|month|year|hour|minute|time|open|click|visit|call|unit|lien|employee|competitor|post|view"
)
_ONE = re.compile(rf"(?<![\d.,])1 ({_COUNTED})s\b")
_PLAIN = Format("number")


@dataclass(frozen=True, slots=True)
class Label:
    """A label cut into clauses once, filled many times.

    A clause with an unknown value is left out; when nothing is left, the wording is `fallback`.
    """

    text: str
    fallback: str
    clauses: tuple[tuple[str, str], ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, text: str, fallback: str) -> "Label":
        """A label ready to be filled; `fallback` is what it says when no clause can be filled."""
        pieces = _CLAUSE_BREAK.split(text)
        clauses = tuple(
            (pieces[place - 1] if place else "", pieces[place]) for place in range(0, len(pieces), 2)
        )
        return cls(text, fallback, clauses, placeholders(text))

    def fill(self, values: Mapping[str, Any], formats: Mapping[str, Format]) -> str:
        """The label as a sentence, its first letter a capital."""
        if not self.names:
            return sentence_case(self.text)
        filled = [(separator, _fill_clause(clause, values, formats)) for separator, clause in self.clauses]
        kept = [(separator, clause) for separator, clause in filled if clause is not None]
        text = "".join(separator * (place > 0) + clause for place, (separator, clause) in enumerate(kept))
        text = _ONE.sub(r"1 \1", re.sub(r"(?<![\d.,])0 days ago", "today", text))
        complete = len(kept) == len(filled)
        return sentence_case(text if complete or " " in text.strip() else self.fallback)


def placeholders(text: str) -> tuple[str, ...]:
    """The names a label asks for, in order of appearance."""
    return tuple(dict.fromkeys(match[1] for match in _PLACEHOLDER.finditer(text)))


def in_words(name: str) -> str:
    """A code name as words: owner_age -> Owner age."""
    return sentence_case(name.replace("_", " "))


def sentence_case(text: str) -> str:
    """The text with its first letter a capital, the rest untouched."""
    return text[:1].upper() + text[1:]


def within_sentence(text: str) -> str:
    """The text as it reads inside a sentence: its first letter small, unless it starts a name or an acronym."""
    first = re.split(r"\W", text, maxsplit=1)[0]
    article = text[:2] == "A " and text[2:3].islower()
    if first in _PROPER_NAMES or first[1:] != first[1:].lower() or (len(first) == 1 and not article):
        return text
    return text[:1].lower() + text[1:]


def _fill_clause(clause: str, values: Mapping[str, Any], formats: Mapping[str, Format]) -> str | None:
    """The clause with its placeholders filled; None when one of them is unknown."""
    unknown = False

    def replace(match: re.Match[str]) -> str:
        nonlocal unknown
        shown = formats.get(match[1], _PLAIN).show(values.get(match[1]))
        if shown is None:
            unknown = True
            return ""
        return _without_double_unit(shown, clause[match.start() - 1 : match.start()], clause[match.end() :])

    filled = _PLACEHOLDER.sub(replace, clause)
    return None if unknown else filled


def _without_double_unit(shown: str, before: str, after: str) -> str:
    """A unit that the label writes itself is not written twice."""
    if shown.endswith(" %") and after.lstrip().startswith(("%", "percent", "per cent")):
        return shown[:-2]
    if before and shown.startswith(before) and before in "$€£₹":
        return shown[len(before) :]
    return shown
