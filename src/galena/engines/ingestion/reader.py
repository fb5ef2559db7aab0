"""Reading rows: a mapping compiled once, then each payload becomes a mapped row or a rejection.

A row goes to quarantine when its key is empty, when its observed time or a signal's time cannot be read, or
when a value is wrong (the policy is in `values`). All faults of a row are reported together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from galena.domain.playbook import Field, FieldMapping, FieldType, Playbook
from galena.domain.playbook import Mapping as SourceMapping
from galena.engines.ingestion.contacts import REGION_OF_CURRENCY, region_of, to_phone
from galena.engines.ingestion.dates import instant_reader
from galena.engines.ingestion.happenings import HappeningReader
from galena.engines.ingestion.links import link_of
from galena.engines.ingestion.payload import canonical_json, payload_hash, picker, plain_text
from galena.engines.ingestion.rows import BadValue, FieldFault, MappedRow, Rejection, excerpt
from galena.engines.ingestion.values import FORGIVEN, converter

LONGEST_KEY = 500
_REMEMBERED_VALUES = 4096
_REMEMBERED_LENGTH = 64
_UNSEEN = object()

Pick = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class _Column:
    """One compiled field. `seen` remembers results, since cells of a column repeat."""

    name: str
    label: str
    pick: Pick
    convert: Callable[[Any], Any]
    default: Any
    forgiven: bool
    seen: dict[str, Any]


class Reader:
    """Reads the payloads of one source.

    Args:
        mapping: how the payloads become fields, links and signals.
        playbook: the canonical fields and signal kinds.
        received_at: when the payloads were received; facts without a time of their own are dated by it, and no
            fact is dated after it.
    """

    def __init__(self, mapping: SourceMapping, playbook: Playbook, received_at: datetime) -> None:
        self.mapping = mapping
        self._received_at = received_at
        self._keys = tuple(picker(name) for name in mapping.key)
        self._observed = picker(mapping.observed_at) if mapping.observed_at else None
        self._observed_instant = instant_reader(mapping.observed_format)
        self._region = REGION_OF_CURRENCY[playbook.currency]
        columns = [
            _column(name, field_mapping, playbook.fields[name], mapping.nulls)
            for name, field_mapping in mapping.fields.items()
            if name in playbook.fields
        ]
        phones = {name for name, field in playbook.fields.items() if field.type is FieldType.PHONE}
        self._plain = tuple(column for column in columns if column.name not in phones)
        self._phones = tuple(column for column in columns if column.name in phones)
        self._matches = tuple(
            _match(name, column, mapping, playbook, self._region) for name, column in mapping.match.items()
        )
        self._happenings = HappeningReader(mapping, playbook)

    def read(self, payload: Mapping[str, Any], number: int) -> MappedRow | Rejection:
        """The row in canonical fields, or every reason why it cannot be used. Never raises on bad data."""
        text = canonical_json(payload)
        digest = payload_hash(text)
        if b"\xef\xbf\xbd" in text or not all(value.__class__ is str for value in payload.values()):
            # Read what is kept, so that reading the kept record again gives the same row.
            payload = orjson.loads(text)
        faults: list[FieldFault] = []
        warnings: list[FieldFault] = []
        key = self._key(payload, digest, faults)
        observed_at = self._observed_at(payload, faults)
        fields = self._fields(payload, faults, warnings)
        links = self._links(payload, faults)
        happenings = self._happenings.read(payload, key, observed_at, faults) if not faults else ()
        if faults:
            return Rejection(number, digest, text, tuple(faults))
        return MappedRow(number, key, digest, text, observed_at, fields, links, happenings, tuple(warnings))

    def _key(self, payload: Mapping[str, Any], digest: str, faults: list[FieldFault]) -> str:
        if not self._keys:
            if not any(plain_text(value) for value in payload.values()):
                faults.append(FieldFault("key", "", "", "The row is empty."))
            return digest
        parts = [plain_text(pick(payload)) for pick in self._keys]
        key = "|".join(parts).replace("\0", "�").encode("utf-8", "replace").decode()
        columns = ", ".join(self.mapping.key)
        if not any(parts):
            reason = "The column that identifies the row is empty."
            faults.append(FieldFault("key", columns, "", reason, "Fill it in, or choose another key."))
        elif len(key) > LONGEST_KEY:
            reason = f"The key has {len(key):,} characters; {LONGEST_KEY} are accepted."
            faults.append(FieldFault("key", columns, excerpt(key), reason))
        return key

    def _observed_at(self, payload: Mapping[str, Any], faults: list[FieldFault]) -> datetime:
        value = self._observed(payload) if self._observed else None
        if not plain_text(value):
            return self._received_at
        try:
            return min(self._observed_instant(value), self._received_at)
        except BadValue as wrong:
            column = self.mapping.observed_at or ""
            faults.append(FieldFault("observed_at", column, excerpt(value), wrong.reason, wrong.remedy))
            return self._received_at

    def _fields(
        self, payload: Mapping[str, Any], faults: list[FieldFault], warnings: list[FieldFault]
    ) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for column in self._plain:
            raw = column.pick(payload)
            value = column.seen.get(raw, _UNSEEN) if raw.__class__ is str else _UNSEEN
            if value is _UNSEEN:
                value = _convert(column, raw)
            if value.__class__ is BadValue:
                (warnings if column.forgiven else faults).append(_fault(column, raw, value))
                value = None
            if value is None:
                value = column.default
            if value is not None:
                fields[column.name] = value
        if self._phones:
            self._read_phones(payload, fields, warnings)
        return fields

    def _read_phones(
        self, payload: Mapping[str, Any], fields: dict[str, Any], warnings: list[FieldFault]
    ) -> None:
        region = region_of(fields.get("country")) or self._region
        for column in self._phones:
            raw = column.pick(payload)
            try:
                text = column.convert(raw)
                value = to_phone(text, region) if text is not None else column.default
            except BadValue as wrong:
                warnings.append(_fault(column, raw, wrong))
                value = column.default
            if value is not None:
                fields[column.name] = value

    def _links(self, payload: Mapping[str, Any], faults: list[FieldFault]) -> tuple[str, ...]:
        if self.mapping.role == "leads":
            return ()
        links = tuple(dict.fromkeys(link for match in self._matches if (link := match(payload))))
        if not links:
            columns = ", ".join(self.mapping.match.values())
            reason = "The column that says which lead this belongs to is empty."
            faults.append(
                FieldFault("match", columns, "", reason, "Fill it in, so that the lead can be found.")
            )
        return links


def _column(name: str, mapping: FieldMapping, field: Field, nulls: tuple[str, ...]) -> _Column:
    convert = converter(field, mapping, nulls)
    label = mapping.column or " + ".join(mapping.join) or "(constant)"
    default = None if mapping.default is None else convert(mapping.default)
    return _Column(name, label, _origin(mapping), convert, default, field.type in FORGIVEN, {})


def _origin(mapping: FieldMapping) -> Pick:
    if mapping.column is not None:
        return picker(mapping.column)
    if mapping.constant is not None:
        constant = mapping.constant
        return lambda _: constant
    picks = tuple(picker(name) for name in mapping.join)
    separator = mapping.separator

    def join(payload: Mapping[str, Any]) -> str:
        return separator.join(text for pick in picks if (text := plain_text(pick(payload))))

    return join


def _convert(column: _Column, raw: Any) -> Any:
    """The converted value or the finding, remembered when the cell is a short text."""
    try:
        value = column.convert(raw)
    except BadValue as wrong:
        value = BadValue(wrong.reason, wrong.remedy)
    except (ValueError, TypeError, OverflowError, RecursionError, ArithmeticError):
        value = BadValue("This value cannot be understood.")
    if raw.__class__ is str and len(raw) <= _REMEMBERED_LENGTH:
        if len(column.seen) >= _REMEMBERED_VALUES:
            column.seen.clear()
        column.seen[raw] = value
    return value


def _fault(column: _Column, raw: Any, wrong: BadValue) -> FieldFault:
    return FieldFault(column.name, column.label, excerpt(raw), wrong.reason, wrong.remedy)


def _match(
    name: str, column: str, mapping: SourceMapping, playbook: Playbook, region: str | None
) -> Callable[[Mapping[str, Any]], str | None]:
    """How one `match` entry finds a lead: its value is read as the lead field reads its own."""
    pick = picker(column)
    if name == "key":
        source = mapping.match_source or mapping.source
        return lambda payload: link_of(f"key:{source}", pick(payload))
    field = playbook.fields.get(name)
    convert = converter(field, FieldMapping(column=column), mapping.nulls) if field else plain_text
    is_phone = field is not None and field.type is FieldType.PHONE

    def match(payload: Mapping[str, Any]) -> str | None:
        raw = pick(payload)
        try:
            value = convert(raw)
            value = to_phone(value, region) if is_phone and value is not None else value
        except BadValue:
            value = raw
        return link_of(name, value)

    return match
