"""Signals found in rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from galena.domain.playbook import Mapping as SourceMapping
from galena.domain.playbook import Playbook, SignalMapping
from galena.domain.signal import Signal
from galena.engines.ingestion.dates import instant_reader
from galena.engines.ingestion.payload import payload_hash, picker, plain_text
from galena.engines.ingestion.rows import BadValue, FieldFault, Happening, excerpt
from galena.engines.ingestion.values import NULL_WORDS, attribute_value

_NOTHING = frozenset(("", "0", "0.0", "no", "n", "false", "f", "off")) | NULL_WORDS
Pick = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class _Plan:
    """One compiled signal mapping."""

    mapping: SignalMapping
    kind: Pick | None
    kinds: Mapping[str, str]
    at: Pick | None
    instant: Callable[[Any], datetime]
    when: Pick | None
    external_id: Pick | None
    attributes: tuple[tuple[str, Pick], ...]


class HappeningReader:
    """Reads the signals of a mapping's rows."""

    def __init__(self, mapping: SourceMapping, playbook: Playbook) -> None:
        self._source = mapping.source
        self._plans = tuple(_plan(signal, playbook) for signal in mapping.signals)

    def read(
        self, payload: Mapping[str, Any], record_key: str, observed_at: datetime, faults: list[FieldFault]
    ) -> tuple[Happening, ...]:
        """The row's signals; what cannot be read is added to `faults`."""
        found = (self._one(plan, payload, record_key, observed_at, faults) for plan in self._plans)
        return tuple(happening for happening in found if happening is not None)

    def _one(
        self,
        plan: _Plan,
        payload: Mapping[str, Any],
        record_key: str,
        observed_at: datetime,
        faults: list[FieldFault],
    ) -> Happening | None:
        if plan.when is not None and plain_text(plan.when(payload)).casefold() in _NOTHING:
            return None
        kind = self._kind(plan, payload, faults)
        at = self._at(plan, payload, observed_at, faults)
        if kind is None or at is None:
            return None
        values = ((name, attribute_value(pick(payload))) for name, pick in plan.attributes)
        attributes = {name: value for name, value in values if value is not None}
        own_id = plain_text(plan.external_id(payload)) if plan.external_id else ""
        return Happening(
            self._identity(plan, own_id, record_key, kind, at),
            Signal(kind, at, attributes, own_id[:500] or None),
        )

    def _kind(self, plan: _Plan, payload: Mapping[str, Any], faults: list[FieldFault]) -> str | None:
        if plan.kind is None:
            return plan.mapping.kind
        raw = plan.kind(payload)
        kind = plan.kinds.get(plain_text(raw).casefold())
        if kind is None:
            reason = "This kind of signal is not in the mapping."
            remedy = "Add it to `kinds` of the mapping."
            faults.append(FieldFault("signal", plan.mapping.kind_column or "", excerpt(raw), reason, remedy))
        return kind

    def _at(
        self, plan: _Plan, payload: Mapping[str, Any], observed_at: datetime, faults: list[FieldFault]
    ) -> datetime | None:
        if plan.at is None:
            return observed_at
        raw = plan.at(payload)
        try:
            if not plain_text(raw):
                raise BadValue("The time of the signal is empty.", "Fill in when it happened.")
            return plan.instant(raw)
        except BadValue as wrong:
            faults.append(
                FieldFault("signal", plan.mapping.at or "", excerpt(raw), wrong.reason, wrong.remedy)
            )
            return None

    def _identity(self, plan: _Plan, own_id: str, record_key: str, kind: str, at: datetime) -> str:
        if own_id:
            text = f"{self._source}:id:{own_id}"
        else:
            text = f"{self._source}:{record_key}:{kind}" + (f":{at.isoformat()}" if plan.at else "")
        return text if len(text) <= 700 else "sha256-" + payload_hash(text.encode("utf-8", "replace"))


def _plan(mapping: SignalMapping, playbook: Playbook) -> _Plan:
    kinds = {text.strip().casefold(): kind for text, kind in mapping.kinds.items()}
    if mapping.kind_column and not kinds:
        kinds = {kind.casefold(): kind for kind in playbook.signal_kinds}
    return _Plan(
        mapping,
        _maybe(mapping.kind_column),
        kinds,
        _maybe(mapping.at),
        instant_reader(mapping.format),
        _maybe(mapping.when_column),
        _maybe(mapping.external_id),
        tuple((name, picker(column)) for name, column in mapping.attributes.items()),
    )


def _maybe(column: str | None) -> Pick | None:
    return picker(column) if column else None
