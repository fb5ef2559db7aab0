"""How the payloads of one source become canonical fields and signals."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, model_validator
from pydantic import Field as Limit

from galena.domain.playbook.part import Name, Part


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as fault:
        raise ValueError(f"not a regular expression: {fault}") from None
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]
"""A regular expression."""


class FieldMapping(Part):
    """Where one canonical field comes from.

    Exactly one of `column`, `join` and `constant` is given.

    Attributes:
        column: a payload name, or a dotted path into nested JSON ("owner.name", "items.0.price").
        join: payload names whose non-empty values are joined with `separator`.
        constant: the same value for each row.
        split: cut the text at this and take `part` (0-based; negative counts from the end).
        values: value map, applied to the trimmed text, case-insensitively; other texts pass through.
        nulls: texts that mean unknown, besides the empty text (case-insensitive).
        pattern: regular expression that the whole text must match, else the row is set aside; finds shifted cells.
        format: of dates and instants, as in strptime (or epoch_ms: milliseconds since 1970), or a list tried in order;
            None: ISO 8601 and unambiguous forms.
        unit_scale: numbers are multiplied by this (thousands to units: 1000).
        default: used when the value is unknown.
        items: for lists, item field -> payload name within each element.
    """

    column: str | None = None
    join: tuple[str, ...] = ()
    constant: Any = None
    separator: str = " "
    split: str | None = None
    part: int = 0
    values: dict[str, Any] = {}
    nulls: tuple[str, ...] = ()
    pattern: Pattern | None = None
    format: str | tuple[str, ...] | None = None
    unit_scale: float = 1.0
    default: Any = None
    items: dict[Name, str] = {}

    @model_validator(mode="after")
    def _one_origin(self) -> "FieldMapping":
        given = sum((self.column is not None, bool(self.join), self.constant is not None))
        if given != 1:
            raise ValueError("give exactly one of column, join and constant")
        return self


class SignalMapping(Part):
    """A signal that a row gives, besides or instead of fields.

    Attributes:
        kind: the signal's kind; or `kind_column` with `kinds` mapping its values to kinds.
        at: payload name of its time; None: the row's observed time.
        attributes: signal attribute -> payload name.
        when_column: only when this payload value is not empty, zero, "no" or "false".
        external_id: payload name of the signal's own id, when it has one.
    """

    kind: Name | None = None
    kind_column: str | None = None
    kinds: dict[str, Name] = {}
    at: str | None = None
    format: str | tuple[str, ...] | None = None
    attributes: dict[Name, str] = {}
    when_column: str | None = None
    external_id: str | None = None

    @model_validator(mode="after")
    def _a_kind(self) -> "SignalMapping":
        if (self.kind is None) == (self.kind_column is None):
            raise ValueError("give exactly one of kind and kind_column")
        return self


class Mapping(Part):
    """A source and how its rows are read.

    Attributes:
        source: name of the source; rows of two files of one source with the same key are the same record.
        role: `leads` (each row is a lead), `details` (each row adds facts to the leads that match),
            `signals` (each row is something that happened to the lead that matches).
        recognise: column names that all must be there for a file to be taken for this source.
        key: payload names that identify a row within the source; empty: the whole payload.
        match: for details and signals: how rows find leads: lead field, or "key" for the source record key of
            source `match_source` -> payload name. Compared trimmed and case-insensitively.
        match_source: the source whose key `match: {key: ...}` speaks of.
        observed_at: payload name of when the facts were true; None: the time of receipt.
        trust: 0-1; on conflict the more trusted source's value stands, then the newer.
        columns_ignored: payload names left out on purpose; others not mapped are reported once.
    """

    source: Name
    label: str = ""
    description: str = ""
    role: Literal["leads", "details", "signals"] = "leads"
    recognise: tuple[str, ...] = ()
    records_at: str | None = None
    key: tuple[str, ...] = ()
    match: dict[str, str] = {}
    match_source: Name | None = None
    observed_at: str | None = None
    observed_format: str | tuple[str, ...] | None = None
    trust: float = Limit(default=0.5, ge=0, le=1)
    nulls: tuple[str, ...] = ()
    fields: dict[Name, FieldMapping] = {}
    signals: tuple[SignalMapping, ...] = ()
    columns_ignored: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _details_match(self) -> "Mapping":
        if self.role != "leads" and not self.match:
            raise ValueError(f"a mapping of role {self.role} needs match: how a row finds its lead")
        return self
