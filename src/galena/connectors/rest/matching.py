"""Which of the records answered is about the lead that was asked about."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from galena.connectors.rest.description import MatchRule
from galena.connectors.rest.places import at, is_said
from galena.kit.forms.addresses import Street, same_unit, street
from galena.kit.forms.domains import registered_domain

SAME_STREET = 86.0
"""How alike (0-100) two street names must be, once abbreviations are written out: one letter wrong in a name of
eight gives 87."""

_SHORT = {"saint": "st", "mount": "mt", "fort": "ft"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well a record matches.

    Attributes:
        fits: whether no required rule spoke against it, and at least one was compared.
        score: 0-1.
    """

    fits: bool
    score: float
    because: str


def weigh(rules: Sequence[MatchRule], lead: Mapping[str, Any], record: Mapping[str, Any]) -> Verdict:
    """Compares a lead with a record, rule by rule."""
    agreed: list[str] = []
    scores: list[float] = []
    compared = 0
    for rule in rules:
        mine = lead.get(rule.lead)
        theirs = " ".join(str(value).strip() for place in rule.record if is_said(value := at(record, place)))
        if mine in (None, "") or not theirs:
            if rule.required and mine not in (None, ""):
                return Verdict(False, 0.0, f"the record has no {_noun(rule)}")
            continue
        alike = COMPARISONS[rule.kind](str(mine), theirs)
        if rule.required:
            compared += 1
            if alike <= 0:
                return Verdict(False, 0.0, f"the {_noun(rule)} differs")
        scores.append(alike)
        if alike > 0:
            agreed.append(f"{'same' if alike >= 1 else 'nearly the same'} {_noun(rule)}")
    fits = compared > 0
    return Verdict(fits, sum(scores) / len(scores) if scores else 0.0, " and ".join(agreed))


def _noun(rule: MatchRule) -> str:
    return rule.lead.replace("_", " ")


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _text(mine: str, theirs: str) -> float:
    return 1.0 if _plain(mine) == _plain(theirs) and _plain(mine) else 0.0


def _zip(mine: str, theirs: str) -> float:
    a, b = (re.sub(r"\D", "", text)[:5] for text in (mine, theirs))
    return 1.0 if a and a == b else 0.0


def _phone(mine: str, theirs: str) -> float:
    a, b = (re.sub(r"\D", "", text)[-10:] for text in (mine, theirs))
    return 1.0 if len(a) == 10 and a == b else 0.0


def _domain(mine: str, theirs: str) -> float:
    a, b = registered_domain(mine), registered_domain(theirs)
    return 1.0 if a and a == b else 0.0


def _name(mine: str, theirs: str) -> float:
    a, b = (" ".join(sorted(re.findall(r"\w+", text.casefold()))) for text in (mine, theirs))
    alike = fuzz.ratio(a, b)
    return alike / 100 if alike >= SAME_STREET else 0.0


def _address(mine: str, theirs: str) -> float:
    """1 when number, side, name, type and unit agree; less when one of the two does not say side, type or unit, or
    when a letter differs. Units that contradict each other are two addresses."""
    one, other = street(mine), street(theirs)
    if not one.house or one.house.lstrip("0") != other.house.lstrip("0") or not one.name or not other.name:
        return 0.0
    units = same_unit(one, other)
    if units is False:
        return 0.0
    score = max(_same_street(a, b) for a, b in _readings(_parts(one), _parts(other)))
    says_unit = bool(one.unit or one.building or other.unit or other.building)
    return max(0.0, score - 0.05) if units is None and says_unit else score


@dataclass(frozen=True, slots=True)
class _Parts:
    side: str
    name: str
    type: str


def _parts(found: Street) -> _Parts:
    before, _, after = f" {found.whole} ".partition(f" {found.name} ")
    side = before.removeprefix(f" {found.house}").strip()
    name = " ".join(_SHORT.get(word, word) for word in found.name.split())
    return _Parts(side, name, after.strip())


def _readings(one: _Parts, other: _Parts) -> list[tuple[_Parts, _Parts]]:
    """The two as they stand, and with what was read as a type as part of the name: "Windy Hill", "Windy Hill Dr"."""
    pairs = [(one, other)]
    if one.type != other.type and _is_type_left_out(one, other):
        pairs.append((_whole_name(one), other))
    if one.type != other.type and _is_type_left_out(other, one):
        pairs.append((one, _whole_name(other)))
    return pairs


def _is_type_left_out(one: _Parts, other: _Parts) -> bool:
    return bool(one.type) and abs(len(_whole_name(one).name) - len(other.name)) <= 2


def _whole_name(parts: _Parts) -> _Parts:
    return _Parts(parts.side, f"{parts.name} {parts.type}", "")


def _same_street(one: _Parts, other: _Parts) -> float:
    alike = 100.0 if one.name == other.name else fuzz.ratio(one.name, other.name)
    if alike < SAME_STREET or _digits(one.name) != _digits(other.name):
        return 0.0
    score = alike / 100
    for mine, theirs in ((one.type, other.type), (one.side, other.side)):
        if mine and theirs and mine != theirs:
            return 0.0
        if mine != theirs:
            score -= 0.05
    return score


def _digits(text: str) -> str:
    return "".join(re.findall(r"\d", text))


COMPARISONS: dict[str, Callable[[str, str], float]] = {
    "text": _text,
    "address": _address,
    "zip": _zip,
    "phone": _phone,
    "name": _name,
    "domain": _domain,
}
