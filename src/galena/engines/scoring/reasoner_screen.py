"""Texts of leads that read like instructions to whoever scores them.

A text is looked at as it stands and as it may be meant: with look-alike letters, spaced or invisible characters undone,
decoded, reversed. What is found keeps the text from the reasoner and sends the lead to a person; a text that is missed
here is still bounded by `reasoner_doubt`. So the screen may stay narrow: honest descriptions must pass.
"""

import re
import unicodedata
from dataclasses import dataclass

from galena.engines.scoring.reasoner_views import views
from galena.engines.scoring.reasoner_words import TRIGGERS, patterns

EXCERPT = 80
_FLOOD_PART = 24
_FLOOD_TIMES = 12
_TAGS = re.compile("[\U000e0000-\U000e007f]")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060-\u2064\u202a-\u202e\u2066-\u2069\ufeff\u00ad\u180e]")
_INVISIBLE_IN_WORD = re.compile(rf"\w{_INVISIBLE.pattern}+\w")
_MIXED = re.compile(r"\b(?=\w*[a-z])(?=\w*[\u0370-\u03ff\u0400-\u04ff])\w{3,}", re.IGNORECASE)
_HIDING_TIMES = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a text is withheld: what it does, and the words that show it."""

    kind: str
    excerpt: str


def screen(text: str) -> Finding | None:
    """The first thing that makes a text suspicious; None for an honest one."""
    hidden = _hidden(text)
    if hidden is not None:
        return hidden
    for view in views(text):
        if view.always or TRIGGERS.search(view.text):
            for kind, told in patterns().items():
                for pattern in told:
                    if match := pattern.search(view.text):
                        return Finding(kind, _excerpt(view.text, match))
        if view.is_secret:
            return Finding("hides_text", view.text[:EXCERPT])
    return None


def _hidden(text: str) -> Finding | None:
    """Characters that a reader does not see, letters that only look alike, floods."""
    if _TAGS.search(text):
        return Finding("hides_text", "invisible letters")
    if len(_INVISIBLE_IN_WORD.findall(text)) >= _HIDING_TIMES:
        return Finding("hides_text", "invisible characters between letters")
    mixed = _MIXED.search(unicodedata.normalize("NFKC", text))
    if mixed:
        return Finding("disguises_letters", mixed[0][:EXCERPT])
    if len(text) > _FLOOD_PART * _FLOOD_TIMES * 2:
        middle = text[len(text) // 2 : len(text) // 2 + _FLOOD_PART]
        if middle.strip() and text.count(middle) >= _FLOOD_TIMES:
            return Finding("floods", middle)
    return None


def _excerpt(text: str, match: re.Match[str]) -> str:
    start = max(0, match.start() - 10)
    return text[start : start + EXCERPT].strip()
