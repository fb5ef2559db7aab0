"""Which reason a text gives: by the phrases of the playbook, typing mistakes allowed, and "unsure" rather than a guess.

Each phrase found in the text counts for its reason, a longer one more; what stands inside a longer phrase that was
found does not count again ("not for sale" is no "sale"). A phrase behind a "not" counts only with a "not" of its own.
The reason with the most is suggested when it leads the next one clearly; else nobody is told anything.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import DamerauLevenshtein

from galena.domain.playbook import Reason
from galena.kit.forms.texts import unaccented

LEAD = 0.5
"""By how much the first reason must lead the second."""

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[,.;:!?()]+")
_BREAK = "|"
"""Stands where a clause ends: a "not" before it says nothing of what comes after."""

_CONTRACTIONS = {"won't": "will not", "can't": "can not", "cannot": "can not", "shan't": "shall not"}
_ENDINGS = (
    ("n't", " not"),
    ("'m", " am"),
    ("'re", " are"),
    ("'ve", " have"),
    ("'ll", " will"),
    ("'s", ""),
    ("'d", ""),
)
_NOT = frozenset({"not", "no", "never", "without", "neither", "nor"})
_FILLERS = frozenset(
    {"a", "an", "the", "really", "just", "very", "so", "actually", "quite", "is", "are", "am", "it"}
)
_REACH = 2
"""Words before a phrase in which a "not" turns it round."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a text was read as.

    Attributes:
        code: of the reason; None: unsure.
        phrases: the playbook's phrases that were found for it.
        others: codes of other reasons that the text gives, the likeliest first; of an unsure text all.
    """

    code: str | None
    phrases: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Phrase:
    code: str
    text: str
    words: tuple[str, ...]

    @property
    def weight(self) -> float:
        return 1.0 + 0.5 * (len(self.words) - 1)


class ReasonReader:
    """Reads the reasons of one playbook out of texts."""

    def __init__(self, reasons: Iterable[Reason]) -> None:
        self._reasons = tuple(reasons)
        self._phrases = sorted(
            (_Phrase(reason.code, text, _words(text)) for reason in self._reasons for text in reason.phrases),
            key=lambda phrase: (-len(phrase.words), -len(phrase.text), phrase.text, phrase.code),
        )

    def suggest(self, text: str, outcome: str | None = None) -> Suggestion:
        """The reason a text gives.

        Args:
            outcome: only reasons for this outcome are suggested.
        """
        words = _words(text)
        order = {reason.code: place for place, reason in enumerate(self._reasons)}
        allowed = {r.code for r in self._reasons if outcome is None or not r.after or outcome in r.after}
        weights: dict[str, float] = {}
        found: dict[str, list[str]] = {}
        free = [True] * len(words)
        for phrase in self._phrases:
            if phrase.code not in allowed:
                continue
            start = _place(phrase.words, words, free)
            if start is None or _is_denied(phrase.words, words, free, start):
                continue
            for place in range(start, start + len(phrase.words)):
                free[place] = False
            weights[phrase.code] = weights.get(phrase.code, 0.0) + phrase.weight
            found.setdefault(phrase.code, []).append(phrase.text)
        ranked = sorted(weights, key=lambda code: (-weights[code], order[code]))
        if not ranked:
            return Suggestion(None)
        lead = weights[ranked[0]] - (weights[ranked[1]] if len(ranked) > 1 else 0.0)
        if lead < LEAD:
            return Suggestion(None, (), tuple(ranked))
        return Suggestion(ranked[0], tuple(found[ranked[0]]), tuple(ranked[1:]))


def _words(text: str) -> tuple[str, ...]:
    """The words that count, in lower case; "isn't" is "is not"; fillers are left out."""
    plain = unaccented(text.replace("’", "'")).lower()
    spelt: list[str] = []
    for word in _WORD.findall(plain):
        if not word[0].isalnum():
            spelt.append(_BREAK)
            continue
        whole = _CONTRACTIONS.get(word, word)
        for ending, full in _ENDINGS:
            if whole.endswith(ending) and whole != ending:
                whole = whole.removesuffix(ending) + full
                break
        spelt += whole.split()
    return tuple(word for word in spelt if word not in _FILLERS)


def _place(phrase: Sequence[str], words: Sequence[str], free: Sequence[bool]) -> int | None:
    """Where the phrase begins among words that no longer phrase took; None where it is not."""
    for start in range(len(words) - len(phrase) + 1):
        span = range(start, start + len(phrase))
        if all(free[place] for place in span) and all(
            _same(part, words[place]) for part, place in zip(phrase, span, strict=True)
        ):
            return start
    return None


def _same(wanted: str, written: str) -> bool:
    """Whether a word is the wanted one, perhaps mistyped: one slip in five letters or more, two in nine or more."""
    if wanted == written:
        return True
    slips = 2 if len(wanted) >= 9 else 1 if len(wanted) >= 5 else 0
    if not slips or abs(len(wanted) - len(written)) > slips or wanted[0] != written[0]:
        return False
    return DamerauLevenshtein.distance(wanted, written, score_cutoff=slips) <= slips


def _is_denied(phrase: Sequence[str], words: Sequence[str], free: Sequence[bool], start: int) -> bool:
    """Whether a "not" that belongs to no other phrase stands closely before."""
    if _NOT & set(phrase):
        return False
    for place in range(start - 1, max(0, start - _REACH) - 1, -1):
        if words[place] == _BREAK:
            return False
        if words[place] in _NOT and free[place]:
            return True
    return False
