"""Enrichment: what is looked up for a lead, field by field, by whom, at what cost, and how it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

MICROS = 1_000_000
"""Money is kept in whole millionths of the currency's unit."""

FieldStatus = Literal["pending", "known", "found", "absent", "unsure", "failed", "stale", "not_needed"]
"""Of one field of a lead: not asked yet; known from its records; found by a provider; no provider knows it; several
records match equally well, and a person has to say which; asking failed; found, but too long ago; not bought, because
it cannot move the tier."""

LeadEnrichment = Literal["pending", "partial", "complete", "failed", "stale"]
"""Of a lead: nothing tried; some wanted fields are there; all are there or nobody knows them; asking failed; some
are too old."""

LookUpOutcome = Literal["sent", "found", "absent", "unsure", "unasked", "failed", "lost"]
"""How a look-up ended; `sent`: it is under way; `lost`: its process ended, and it may have been paid."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a local provider makes of values.

    Attributes:
        kind: the type of enrichment: email, phone, company ...
        values: what was found, by name; what is unknown is left out.
        confidence: 0-1.
        reason: why, in words without personal data.
        is_valid: whether the value can be used; None: that is not the question.
    """

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)
    confidence: float = 0.0
    reason: str = ""
    is_valid: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "kind": self.kind,
            "values": dict(self.values),
            "confidence": self.confidence,
            "reason": self.reason,
            **({} if self.is_valid is None else {"is_valid": self.is_valid}),
        }


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several records that match a lead equally well.

    Attributes:
        record: as delivered.
        fields: what it says, in lead fields.
    """

    record: Mapping[str, Any]
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LookUp:
    """One question to one provider about one lead, as the log keeps it.

    Attributes:
        provider: the connection asked, or `local`.
        fields: the wanted fields that the answer gave.
        asked: those it was asked for.
        cost_micros: what it cost; 0 when the answer was kept from before.
        reserved_micros: the most it can cost, while it is under way.
        confidence: 0-1, how well the record found matches.
        because: why it ended so, without personal data.
        fresh_until: until when it is not asked again.
        actor: who asked.
        import_id: the import under which the record found came in.
        choices: the records that matched equally well, where a person has to say which, or has said it.
    """

    id: UUID
    lead_id: UUID
    provider: str
    outcome: LookUpOutcome
    asked: tuple[str, ...]
    sent_at: datetime
    actor: str
    fields: tuple[str, ...] = ()
    cost_micros: int = 0
    reserved_micros: int = 0
    confidence: float = 0.0
    because: str = ""
    ended_at: datetime | None = None
    fresh_until: datetime | None = None
    import_id: UUID | None = None
    choices: tuple["Choice", ...] = ()


@dataclass(frozen=True, slots=True)
class FieldState:
    """How one wanted field of a lead stands, and why."""

    field: str
    status: FieldStatus
    because: str = ""
    provider: str = ""


@dataclass(frozen=True, slots=True)
class LeadState:
    """How the enrichment of a lead stands.

    Attributes:
        fields: of each field that the playbook wants.
        cost_micros: what its look-ups have cost.
    """

    lead_id: UUID
    status: LeadEnrichment
    fields: tuple[FieldState, ...] = ()
    reasons: tuple[str, ...] = ()
    enriched_at: datetime | None = None
    cost_micros: int = 0
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a field is known over all leads.

    Attributes:
        known: leads that have it; of these `looked_up` through enrichment.
    """

    field: str
    leads: int
    known: int
    looked_up: int
    absent: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class ProviderSpending:
    """What one provider was asked, gave and cost."""

    provider: str
    calls: int
    found: int
    absent: int
    unsure: int
    failed: int
    cost_micros: int
    today_micros: int
    last_at: datetime | None = None
