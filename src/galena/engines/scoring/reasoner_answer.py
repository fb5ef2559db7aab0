"""An answer of the reasoner, read strictly: one JSON object, every value in its range, the check code right.

What is not valid is no answer. Nothing is guessed, rounded into range or filled in.
"""

import json
import re
import unicodedata
from collections.abc import Collection
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from galena.domain.playbook import Playbook, Reasoner
from galena.domain.reasoner import ReasonerAnswer
from galena.domain.score import MICROPOINTS
from galena.kit.errors import GalenaError

LONGEST_REASONING = 3_000
LONGEST_CONTRACTOR = 300
LONGEST_THINKING = 40_000
_FENCED = re.compile(r"^```(?:json)?\s*\n(.*)\n?```$", re.DOTALL)
_FLAGS_AT_MOST = 30


class AnswerError(GalenaError):
    """An answer that cannot be used; asking again may help.

    Attributes:
        kind: what is wrong, in one word, for counting.
    """

    retriable = True

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(what)
        self.kind = kind


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")
    return value


class _Told(BaseModel):
    """What the endpoint has to tell. Keys beyond these have no effect."""

    model_config = ConfigDict(strict=True, extra="ignore")

    score: Annotated[float, BeforeValidator(_number), Field(ge=0, le=100, allow_inf_nan=False)]
    tier: Annotated[str, Field(min_length=1, max_length=40)]
    reasoning: Annotated[str, Field(min_length=1, max_length=20_000)]
    flags: Annotated[list[str], Field(max_length=_FLAGS_AT_MOST)]
    ideal_contractor: Annotated[str, Field(max_length=5_000)]
    contact_priority: Literal["call", "email", "skip"]
    check: Annotated[str, Field(max_length=200)]


def read_answer(
    playbook: Playbook, reasoner: Reasoner, *, content: str, thinking: str, code: str
) -> ReasonerAnswer:
    """The answer, when it is one.

    Args:
        content: what the endpoint wrote; `thinking` what it thought, where it tells.
        code: the check code of the question.

    Raises:
        AnswerError: it is not valid; says why.
    """
    told = _validated(_object(content))
    if told.check != code:
        raise AnswerError("wrong_check", "the answer does not carry the check code of the question")
    if code in told.reasoning or code in told.ideal_contractor:
        raise AnswerError("leaked_check", "the answer tells the check code where it has no place")
    _known_tier(playbook, told.tier)
    reasoning = _plain(told.reasoning, LONGEST_REASONING)
    if not reasoning:
        raise AnswerError("wrong_fields", "the reasoning is empty")
    known = {flag.name for flag in reasoner.flags}
    return ReasonerAnswer(
        micropoints=round(told.score * MICROPOINTS),
        tier=told.tier.strip().lower(),
        reasoning=reasoning,
        flags=tuple(dict.fromkeys(flag for flag in told.flags if flag in known)),
        ideal_contractor=_plain(told.ideal_contractor, LONGEST_CONTRACTOR),
        contact_priority=told.contact_priority,
        thinking=_thought(thinking.replace(code, "…")),
        method="ai-reasoner" if thinking.strip() else "ai",
    )


def _object(content: str) -> dict[str, Any]:
    text = content.strip()
    fenced = _FENCED.match(text)
    text = fenced[1].strip() if fenced else text
    if not text:
        raise AnswerError("empty", "the answer is empty")
    try:
        found = json.loads(text, object_pairs_hook=_no_doubles, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        if isinstance(error, _DoubledError):
            raise AnswerError("doubled_key", f"the answer gives {error.key} twice") from None
        raise AnswerError("broken_json", "the answer is not one JSON object") from None
    if not isinstance(found, dict):
        raise AnswerError("broken_json", "the answer is not one JSON object")
    return found


class _DoubledError(ValueError):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key[:40]


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _DoubledError(key)
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _validated(found: dict[str, Any]) -> _Told:
    try:
        return _Told.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the answer"
        kind = "out_of_range" if first["type"].startswith(("greater", "less")) else "wrong_fields"
        raise AnswerError(kind, f"{place}: {first['msg'][0].lower()}{first['msg'][1:]}") from None


def _known_tier(playbook: Playbook, said: str) -> None:
    names: Collection[str] = {tier.name for tier in playbook.rules.tiers}
    names = {*names, *(tier.label.lower() for tier in playbook.rules.tiers)}
    if said.strip().lower() not in names:
        raise AnswerError("wrong_fields", "tier: this is no tier of the playbook")


def _thought(text: str) -> str:
    """Thinking keeps its lines; nothing that is not text."""
    kept = "".join(each for each in text if each == "\n" or unicodedata.category(each)[0] != "C").strip()
    return kept if len(kept) <= LONGEST_THINKING else kept[:LONGEST_THINKING].rstrip() + " …"


def _plain(text: str, longest: int) -> str:
    kept = "".join(" " if each.isspace() else each for each in text if _is_text(each))
    line = " ".join(kept.split())
    return line if len(line) <= longest else line[:longest].rstrip() + " …"


def _is_text(character: str) -> bool:
    return character.isspace() or unicodedata.category(character)[0] != "C"
