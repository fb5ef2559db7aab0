"""A drop as it is kept: planned, committed, undone; with each line and each tenant's share of a tier."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

DropState = Literal["planned", "committed", "undone", "superseded"]
"""`superseded`: another plan or drop of the same day took its place."""


@dataclass(frozen=True, slots=True)
class KeptDrop:
    """A drop.

    Attributes:
        drop_on: the day on which tenants see their leads, each at the playbook's hour of its own time zone.
        undo_until: until when it can be taken back as a whole.
        figures: of the plan and of the commit, for reports.
    """

    id: UUID
    drop_on: date
    state: DropState
    policy: str
    author: str
    planned_at: datetime
    committed_at: datetime | None
    undo_until: datetime | None
    ended_at: datetime | None
    ended_reason: str | None
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DropLine:
    """One lead for one tenant; `left_out` says why the commit did not give it."""

    drop_id: UUID
    lead_id: UUID
    tenant_id: UUID
    tier: str
    micropoints: int
    value: float
    propensity: float | None
    why: Mapping[str, Any]
    left_out: str | None = None


@dataclass(frozen=True, slots=True)
class DropShare:
    """A tenant's places of a tier: how many, how many were planned and given, and why some stay empty.

    Attributes:
        given: None before the commit.
        visible_at: from when the tenant sees its leads.
        why: `words` and figures of the shortfall; empty without one.
    """

    drop_id: UUID
    tenant_id: UUID
    tier: str
    quota: int
    planned: int
    given: int | None
    visible_at: datetime | None
    why: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LeadStand:
    """How a lead stands towards drops and routing at this moment.

    Attributes:
        standing: `ready`, or the first thing that keeps it from being given; see STANDING_WORDS.
    """

    lead_id: UUID
    standing: str
    tier: str | None
    micropoints: int | None
    score_id: int | None


STANDING_WORDS: Mapping[str, str] = {
    "ready": "can be given",
    "not_active": "is not active",
    "not_scored": "has no score",
    "assigned": "is with a tenant",
    "held": "is held",
    "other_tier": "is in a tier that is not given",
    "stale": "is too old",
    "no_contact": "cannot be contacted",
    "resting": "rests after an earlier attempt",
    "banned": "must not be contacted",
    "gone": "is gone",
}
"""Why a lead can be given or not, as screens say it."""
