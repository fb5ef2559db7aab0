"""How leads of a playbook are compared: fields to normal records, these to the keys they are found again by."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

from galena.domain.playbook import Identity, Key
from galena.engines.identity.blocking import block_keys
from galena.engines.identity.layout import Kind, Layout, layout_of
from galena.engines.identity.model import MatchModel
from galena.engines.identity.records import Record, normal_record


@dataclass(frozen=True)
class IdentityPlan:
    """The identity part of a playbook, ready to work."""

    identity: Identity

    @cached_property
    def layout(self) -> Layout:
        """The fields as columns of the matching engine."""
        # In the order of their names: a playbook that was kept and read again has no other order.
        return layout_of({name: Kind(kind) for name, kind in sorted(self.identity.compare.items())})

    @cached_property
    def _normal_names(self) -> Mapping[str, str]:
        """Field -> the name that its value goes by in normal records."""
        return {role.column: role.field for role in self.layout.roles}

    def form(self, fields: Mapping[str, Any]) -> Record:
        """The normal record of a lead's fields."""
        return normal_record({name: _text(fields.get(name)) for name in self.identity.compare}, self.layout)

    def weighs(self, form: Mapping[str, Any]) -> bool:
        """Whether a lead is weighed against others at all."""
        if self.identity.by_keys_only:
            return False
        anchors = self.identity.anchors
        return not anchors or any(self._known(form, name) for name in anchors)

    def strong_keys(self, form: Mapping[str, Any]) -> Iterator[tuple[int, Key]]:
        """The keys of the playbook that a lead has, hashed."""
        for key in self.identity.keys:
            values = [self._known(form, name) for name in key.fields]
            if all(values):
                text = "\x1f".join(("key", *key.fields, *(str(value) for value in values)))
                yield hashed(text), key

    def found_by(self, record: Record, model: MatchModel) -> tuple[dict[int, Key], set[int]]:
        """The playbook's keys that a lead has, hashed, and all that it is found again by; `record` as
        `MatchModel.weighted` gives it."""
        strong: dict[int, Key] = {}
        for hash_of_key, key in self.strong_keys(record):
            strong.setdefault(hash_of_key, key)
        found = set(strong)
        if self.weighs(record):
            found.update(map(hashed, block_keys(record, model)))
        return strong, found

    def keys(self, record: Record, model: MatchModel) -> set[int]:
        """All that a lead is found again by; `record` as `MatchModel.weighted` gives it."""
        return self.found_by(record, model)[1]

    def _known(self, form: Mapping[str, Any], name: str) -> Any:
        normal = self._normal_names[name]
        kind = self.identity.compare[name]
        if kind in ("person", "given", "surname"):
            return form.get("surname") or form.get("given")
        return form.get(normal)


def hashed(key: str) -> int:
    """A key as 64 bits, signed, as databases hold them."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), signed=True)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, Iterable):
        return "; ".join(str(each) for each in value)
    return str(value)
