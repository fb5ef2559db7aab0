"""What changed between two playbooks, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from galena.domain.playbook import Playbook
from galena.playbooks.problem import shortened

_NOUNS = {
    "fields": "field",
    "signal_kinds": "signal kind",
    "behaviours": "behaviour",
    "aggregates": "aggregate",
    "features": "feature",
    "discards": "discard",
    "categories": "category",
    "rules.categories": "factor category",
    "rules.factors": "factor",
    "rules.temperature": "temperature level",
    "rules.tiers": "tier",
    "rules.what_ifs": "what-if",
    "models.heads": "head",
    "outcomes.reasons": "reason",
    "mappings": "source",
    "mappings.fields": "field",
    "mappings.signals": "signal",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        part: what changed, such as "factor tax_delinquent"; "playbook" for its own settings.
        kind: whether the part was added, removed, changed or put elsewhere in the order.
        key: for a change, which key of the part; dotted where it is nested.
        before, after: its values; None where there was none.
    """

    part: str
    kind: Literal["added", "removed", "changed", "reordered"]
    key: str = ""
    before: Any = None
    after: Any = None

    def __str__(self) -> str:
        if self.kind in ("added", "removed"):
            return f"{self.part} {self.kind}"
        if self.kind == "reordered":
            return f"{self.part}: {_shown(self.before)} → {_shown(self.after)}"
        return f"{self.part}: {self.key} {_shown(self.before)} → {_shown(self.after)}"


def diff(before: Playbook, after: Playbook) -> tuple[Change, ...]:
    """What was added, removed and changed on the way from one playbook to another, in the playbook's order.

    Empty exactly when both say the same.
    """
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    return tuple(_keys("playbook", "", old, new))


def _keys(part: str, path: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    """Changes between the same part of two playbooks, key by key."""
    for key in dict.fromkeys((*old, *new)):
        place = f"{path}.{key}" if path else key
        yield from _value(part, place, key, old.get(key), new.get(key))


def _value(part: str, place: str, key: str, old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    if place in _NOUNS and isinstance(old, dict | list) and isinstance(new, dict | list):
        yield from _members(part, place, old, new)
    elif (
        place in ("rules", "models", "outcomes", "routing")
        and isinstance(old, dict)
        and isinstance(new, dict)
    ):
        yield from _keys(place, place, old, new)
    elif isinstance(old, dict) and isinstance(new, dict):
        for inner in dict.fromkeys((*old, *new)):
            yield from _value(part, f"{place}.{inner}", f"{key}.{inner}", old.get(inner), new.get(inner))
    else:
        yield Change(part, "changed", key, old, new)


def _members(owner: str, place: str, old_members: Any, new_members: Any) -> Iterator[Change]:
    """Changes between two collections of named parts; lists are tried in order, so their order counts."""
    old, new = _by_name(old_members), _by_name(new_members)
    prefix = f"{owner}, " if place.startswith("mappings.") else ""
    for name in dict.fromkeys((*old, *new)):
        part = f"{prefix}{_NOUNS[place]} {name}"
        if name not in new:
            yield Change(part, "removed", before=old[name])
        elif name not in old:
            yield Change(part, "added", after=new[name])
        else:
            yield from _keys(part, place, old[name], new[name])
    before = [name for name in old if name in new]
    after = [name for name in new if name in old]
    if isinstance(old_members, list) and before != after:
        yield Change(f"{prefix}order of {_plural(_NOUNS[place])}", "reordered", before=before, after=after)


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def _by_name(members: Any) -> dict[str, Any]:
    """The members of a collection by what people call them."""
    if isinstance(members, dict):
        return members
    named: dict[str, Any] = {}
    for index, member in enumerate(members):
        name = str(index + 1)
        if isinstance(member, dict):
            known = (member.get(key) for key in ("name", "code", "source", "kind", "label"))
            name = str(next((text for text in known if text), name))
        while name in named:
            name += "'"
        named[name] = member
    return named


def _shown(value: Any) -> str:
    """A value in a sentence: 12 rather than 12.0, "nothing" rather than None."""
    if value is None or value == [] or value == {}:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return shortened(", ".join(_shown(item) for item in value))
    return shortened(value)
