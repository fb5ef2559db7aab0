"""Which sentences speak of selling, retiring or closing a business."""

import re
from collections.abc import Iterable

from galena.kit.forms.texts import folded

_THING = r"(?:business|company|shop|store|restaurant|bakery|practice|firm|stake|it)"
_SIGNS = (
    (
        "selling",
        rf"\bsell(?:ing)? (?:\w+ ){{0,2}}{_THING}\b|\b(?:business|company) (?:is )?(?:up )?for sale\b",
    ),
    (
        "selling",
        r"\b(?:looking|searching) for a (?:buyer|successor)\b|\bseek(?:s|ing) (?:a )?(?:buyer|successor)",
    ),
    ("retiring", r"\bretir(?:es|ing|ement)\b|\bafter \w+ years\b.{0,40}\bstep(?:s|ping) down\b"),
    (
        "closing",
        r"\bclos(?:es|ing) (?:its|their|his|her|the) doors\b|\bgoing out of business\b|\bliquidation sale\b",
    ),
)
_MARK_UP = re.compile(r"<[^>]{1,40}>")
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\s+[|·]\s+")
_WORDS_KEPT = 40


def names_it(name: str, text: str) -> bool:
    """Whether a text holds the name, its words one after the other."""
    return bool(folded(name)) and f" {folded(name)} " in f" {folded(text)} "


def signs_in(texts: Iterable[str]) -> list[str]:
    """What the sentences speak of, each with the sentence: "selling: The owner is selling the shop." Each once."""
    found: dict[str, None] = {}
    for text in texts:
        for sentence in _SENTENCES.split(_MARK_UP.sub("", text)):
            for what, pattern in _SIGNS:
                if re.search(pattern, sentence, re.IGNORECASE):
                    found[f"{what}: {' '.join(sentence.split()[:_WORDS_KEPT])}"] = None
                    break
    return list(found)
