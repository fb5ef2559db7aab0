"""What reading a row gives: a mapped row, or the reasons why it cannot be used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from galena.domain.signal import Signal

EXCERPT_LENGTH = 80


class BadValue(ValueError):  # noqa: N818 - it is a finding about data, not a failure of the program
    """A value that cannot be what its field wants.

    Attributes:
        reason: one plain sentence.
        remedy: what to do about it; may be empty.
    """

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One value that was refused, in words a person can act on.

    Attributes:
        field: the canonical field; "key", "observed_at" or "signal" for those parts of a mapping.
        column: the payload name it was read from.
        value: the beginning of the refused value.
    """

    field: str
    column: str
    value: str
    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """A signal found in a row, with the identity under which it is kept once.

    Attributes:
        identity: the source's own id of it, or source, record key and kind (and time, when the row states one).
    """

    identity: str
    signal: Signal


@dataclass(frozen=True, slots=True)
class MappedRow:
    """A row in the canonical vocabulary of the playbook.

    Attributes:
        number: its number in the file, from 1.
        record_key: what identifies it within its source.
        payload_hash: SHA-256 of the payload as canonical JSON.
        payload: the payload as canonical JSON text (names sorted, NUL characters replaced by U+FFFD).
        observed_at: when its facts were true.
        fields: canonical field -> value as JSON holds it; unknown fields are left out.
        links: how details and signals find leads; empty for rows of role leads.
        happenings: the signals it gives.
        warnings: values that were set to unknown, though the row stands.
    """

    number: int
    record_key: str
    payload_hash: str
    payload: bytes
    observed_at: datetime
    fields: Mapping[str, Any]
    links: tuple[str, ...] = ()
    happenings: tuple[Happening, ...] = ()
    warnings: tuple[FieldFault, ...] = ()

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The signals without their identities."""
        return tuple(happening.signal for happening in self.happenings)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that goes to quarantine, with every reason.

    Attributes:
        payload: the payload as canonical JSON text, kept so that it can be corrected and replayed.
    """

    number: int
    payload_hash: str
    payload: bytes
    faults: tuple[FieldFault, ...] = field(default=())


def excerpt(value: object) -> str:
    """The beginning of a value, for messages."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= EXCERPT_LENGTH else text[: EXCERPT_LENGTH - 1] + "…"
