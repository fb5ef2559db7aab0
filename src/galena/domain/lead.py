"""A lead: the resolved record, each value with where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID


@dataclass(frozen=True, slots=True, order=True)
class Provenance:
    """Where a value comes from; the greater of two (compared in this order) is the one that stands.

    Attributes:
        trust: 0-1, of the source.
        observed_at: when the fact was true.
        record_id: the source record; later records have greater ids, so ties go to the later arrival.
        source: the source's name.
    """

    trust: float
    observed_at: datetime
    record_id: UUID
    source: str


NOT_ENRICHED = "not_enriched"
"""The remark on a lead that is scored although it lacks facts its playbook needs, since nothing that gives them is
connected."""

LeadStatus = Literal["active", "discarded", "needs_enrichment", "merged"]
"""`merged`: it is part of another lead, and nothing of it is shown, scored or exported on its own."""


@dataclass(frozen=True, slots=True)
class Lead:
    """The resolved record about a contact, an account and/or a property.

    Attributes:
        key: the identity that founded it, `<source>:<source key>`.
        fields: canonical field -> value as JSON holds it (dates and instants as ISO 8601 text).
        provenance: canonical field -> where its value comes from.
        data_quality: 0-100.
    """

    id: UUID
    key: str
    fields: Mapping[str, Any]
    provenance: Mapping[str, Provenance]
    data_quality: float
    status: LeadStatus = "active"
    status_reason: str | None = None
    created_at: datetime | None = None
    data_quality_parts: Mapping[str, float] = field(default_factory=dict)
