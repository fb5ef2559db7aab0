"""Whether a report says that there is doubt whether the company can go on."""

import re
from dataclasses import dataclass
from typing import Literal

from galena.connectors.sec_edgar.texts import sentences, shown

_DOUBT = re.compile(r"\bsubstantial(?:ly)?\s+doubt\b", re.IGNORECASE)
_CONCERN = re.compile(r"\bgoing[\s-]+concern\b", re.IGNORECASE)
_SAME_CLAUSE = r"(?:\s+(?!and\b(?!\s+events)|but\b|which\b)[\w'’-]+)"
_DENIED = re.compile(
    r"\bno\s+(?:longer\s+(?:\w+\s+)?)?(?:substantial\s+doubt|conditions?|events?|material\s+uncertaint)"
    rf"|\b(?:not|never|without|neither|nor){_SAME_CLAUSE}{{0,10}}?\s+substantial\s+doubt"
    r"|\bsubstantial\s+doubt\b.{0,120}?\b(?:(?:does|did|do)\s+not\s+exist|(?:was|were|is|are|has\s+been|have\s+been)\s+"
    r"(?:not|alleviated|mitigated|resolved|removed|eliminated)|no\s+longer)"
    rf"|\b(?:alleviat|mitigat|remov|eliminat|resolv)\w*{_SAME_CLAUSE}{{0,8}}?\s+substantial\s+doubt",
    re.IGNORECASE | re.DOTALL,
)
_ONLY_ASKED = re.compile(
    r"\b(?:whether|if|could|may|might|would|unless)\b(?:\W+\w+){0,25}?\W+substantial\s+doubt"
    r"|\bsubstantial\s+doubt\b.{0,60}?\b(?:may|might|could|would)\s+(?:exist|arise)"
    r"|\b(?:requires?|required|responsib\w+|evaluat\w+|assess\w+)\b(?:\W+\w+){0,20}?\W+substantial\s+doubt",
    re.IGNORECASE | re.DOTALL,
)
_STATED = re.compile(
    r"[,;]\s+(?:(?!would|could|may|might|will)[\w'’-]+\s+){0,4}?(?:is|was|raises?|raised|casts?)\s+(?:a\s+)?"
    r"substantial\s+doubt",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(r"\b(?:alleviat|mitigat)\w*\b.{0,80}\bdoubt\b", re.IGNORECASE | re.DOTALL)

Stance = Literal["warning", "denied", "asked"]


@dataclass(frozen=True, slots=True)
class GoingConcern:
    """What a report says on it.

    Attributes:
        warned: True: it says there is substantial doubt; False: it says there is none (any more), or speaks of it only
            as what would be the case if; None: it does not speak of it.
        sentence: the sentence that decided, with the one before and after where it needs them.
    """

    warned: bool | None
    sentence: str = ""


def going_concern(lines: list[str]) -> GoingConcern:
    """What a report says on its going concern, from its lines of text.

    A sentence counts when it holds both "substantial doubt" and "going concern" (or its neighbour holds the second).
    Sentences that deny it, take it back, or only ask whether it is so are no warning.
    """
    told = list(sentences(lines))
    other: str = ""
    for number, sentence in enumerate(told):
        if not _DOUBT.search(sentence):
            continue
        around = told[max(0, number - 1) : number + 2]
        if not any(_CONCERN.search(each) for each in around):
            continue
        following = told[number + 1] if number + 1 < len(told) else ""
        stance = stance_of(sentence)
        if stance == "warning" and _TAKEN_BACK.search(following):
            stance, sentence = "denied", f"{sentence} {following}"
        if stance == "warning":
            whole = sentence if _CONCERN.search(sentence) else " ".join(around)
            return GoingConcern(True, _around_doubt(whole))
        other = other or _around_doubt(sentence)
    return GoingConcern(False, other) if other else GoingConcern(None)


def _around_doubt(text: str) -> str:
    doubt = _DOUBT.search(text)
    return shown(text, doubt.start() if doubt else 0)


def stance_of(sentence: str) -> Stance:
    """What one sentence with "substantial doubt" says of it."""
    if _DENIED.search(sentence):
        return "denied"
    # Besides what might be, a sentence may state it: "we may need funds, which raises substantial doubt".
    if _ONLY_ASKED.search(sentence) and not _STATED.search(sentence):
        return "asked"
    return "warning"
