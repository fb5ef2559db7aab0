"""Outcomes as labels to learn from: graded, and kept apart from what is not known yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from galena.domain.disposing import standing_of
from galena.domain.dispositions import Disposition


@dataclass(frozen=True, slots=True)
class AssignedLead:
    """A lead as it was given to a tenant.

    Attributes:
        score_id: the score of that moment, with the values it was made of.
        propensity: the probability with which this lead was given in this place; None: no chance took part.
    """

    assignment_id: UUID
    lead_id: UUID
    tenant_id: UUID
    drop_id: UUID | None
    how: str
    tier: str
    score_id: int | None
    micropoints: int
    value: float
    propensity: float | None
    assigned_at: datetime


@dataclass(frozen=True, slots=True)
class GradedOutcome:
    """What an assignment came to.

    Attributes:
        outcome: the newest of stage 1, call results too; `closing`: the newest of stage 2.
        at: when the newest of both was recorded.
        grade: booked 1, call back or future interest 0.7, no answer 0.5, not interested 0.3, do not contact 0; None: it
            says nothing of the lead (a wrong number, a voicemail).
        booked: None while nobody knows: the lead is still being tried, or asked to be called later.
        won: None while it is not decided; only of booked leads.
        reason_code: of the newest row that has one.
    """

    lead: AssignedLead
    outcome: str
    closing: str | None
    at: datetime
    grade: float | None
    booked: bool | None
    won: bool | None
    reason_code: str | None
    deal_value: Decimal | None
    commission: Decimal | None


_NOT_BOOKED = frozenset({"no_answer", "not_interested", "do_not_contact"})
_DECIDED = {"closed_won": True, "closed_lost": False}


def graded(lead: AssignedLead, rows: Sequence[Disposition]) -> GradedOutcome | None:
    """What the rows of one assignment come to; None when nothing of them stands."""
    standing = standing_of(rows, since=lead.assigned_at)
    first, closing, newest = standing.call or standing.first, standing.second, standing.newest
    if first is None or newest is None or first.rule is None:
        return None
    # A meeting that took place stays a booked one, whatever is said of the first stage afterwards.
    is_booked = first.outcome == "booked" or closing is not None
    return GradedOutcome(
        lead=lead,
        outcome=first.outcome,
        closing=closing.outcome if closing else None,
        at=newest.at,
        grade=1.0 if is_booked else first.rule.grade,
        booked=True if is_booked else False if first.outcome in _NOT_BOOKED else None,
        won=_DECIDED.get(closing.outcome) if closing else None,
        reason_code=newest.reason_code or first.reason_code,
        deal_value=closing.deal_value if closing else None,
        commission=closing.commission if closing else None,
    )
