"""Assignments: one lead given to one tenant, and every step of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

How = Literal["drop", "arrival", "manual", "reassign"]
"""How a lead came to a tenant; `reassign`: by a person, from another tenant."""

State = Literal["active", "inactive", "returned", "clawed_back", "released", "declined", "closed"]
"""`inactive` (resting) and `closed` (done with) stay with their tenant; the others but `active` have ended."""

Ending = Literal["returned", "clawed_back", "released", "declined"]
OPEN_STATES: frozenset[State] = frozenset(("active", "inactive", "closed"))

STATE_WORDS: Mapping[State, str] = {
    "active": "with the tenant",
    "inactive": "with the tenant, resting",
    "closed": "with the tenant, closed",
    "returned": "returned by the tenant",
    "clawed_back": "taken back",
    "released": "released",
    "declined": "declined",
}
"""A state as screens say it."""


@dataclass(frozen=True, slots=True)
class NewAssignment:
    """A lead about to be given to a tenant.

    Attributes:
        tier, micropoints, score_id, value: as they stand at this moment.
        propensity: the probability, before the choice, that this lead went to this tenant; None: no chance was in it.
        price: what the tenant is charged, in the playbook's currency; None: nothing.
        why: `words` and figures.
        visible_at: from when the tenant sees the lead.
        accept_by: until when the tenant must accept; None: it need not.
        return_until: until when a paid lead may be returned.
    """

    lead_id: UUID
    tenant_id: UUID
    how: How
    tier: str
    micropoints: int
    value: float
    assigned_at: datetime
    visible_at: datetime
    why: Mapping[str, Any] = field(default_factory=dict)
    drop_id: UUID | None = None
    policy: str | None = None
    score_id: int | None = None
    propensity: float | None = None
    price: Decimal | None = None
    accept_by: datetime | None = None
    return_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """A lead given to a tenant, as it stands. What `NewAssignment` says, and what became of it.

    Attributes:
        contacted_at: when the tenant first tried to reach the lead.
        warned_at: when the tenant was warned that it leaves the lead alone.
    """

    id: UUID
    lead_id: UUID
    tenant_id: UUID
    drop_id: UUID | None
    how: How
    policy: str | None
    tier: str
    score_id: int | None
    micropoints: int
    value: float
    propensity: float | None
    price: Decimal | None
    why: Mapping[str, Any]
    assigned_at: datetime
    visible_at: datetime
    state: State
    ended_at: datetime | None
    ended_reason: str | None
    accept_by: datetime | None
    accepted_at: datetime | None
    contacted_at: datetime | None
    return_until: datetime | None
    warned_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether the lead is still this tenant's."""
        return self.ended_at is None

    @property
    def is_offer(self) -> bool:
        """Whether the tenant has yet to accept."""
        return self.is_open and self.accept_by is not None and self.accepted_at is None


@dataclass(frozen=True, slots=True)
class AssignmentChange:
    """One step of the history of assignments: written once, never changed, kept when the lead is gone.

    Attributes:
        number: grows; the order of the steps.
        state: the assignment's state from then on; None: the step left it as it was.
    """

    number: int
    assignment_id: UUID | None
    lead_id: UUID | None
    tenant_id: UUID | None
    step: str
    state: State | None
    why: str | None
    detail: Mapping[str, Any]
    author: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LeadHold:
    """A lead kept out of drops and routing by a person; `until` None: until it is released."""

    id: UUID
    lead_id: UUID
    why: str
    author: str
    held_at: datetime
    until: datetime | None
    ended_at: datetime | None
