"""Rows that outcomes become: the one that takes another back, what events and the audit trail tell, the next tasks."""

from collections.abc import Iterable
from datetime import datetime

from galena.domain.assignment import Assignment
from galena.domain.dispositions import STEP_WORDS, UNDONE, Disposition, NextStep
from galena.kit.ids import new_id


def tasks_of(done: Iterable[tuple[Disposition, Assignment | None]], now: datetime) -> list[dict[str, object]]:
    return [
        {
            "assignment_id": held.id if held else None,
            "lead_id": row.lead_id,
            "tenant_id": held.tenant_id if held else None,
            "step": row.next_step,
            "due_on": row.next_on,
            "note": row.note or STEP_WORDS[NextStep(row.next_step)],
            "disposition_id": row.id,
            "opened_at": now,
        }
        for row, held in done
        if row.next_step is not None and row.next_on is not None
    ]


def facts_told(row: Disposition) -> dict[str, object]:
    return {
        "disposition": str(row.id),
        "outcome": row.outcome,
        "stage": row.stage,
        "assignment": str(row.assignment_id) if row.assignment_id else None,
        "tenant": str(row.tenant_id) if row.tenant_id else None,
    }


def taking_back(wrong: Disposition, because: str, author: str, at: datetime) -> Disposition:
    """The row that takes another one back: of it only whose it is, with the reason."""
    return Disposition(
        id=new_id(),
        assignment_id=wrong.assignment_id,
        lead_id=wrong.lead_id,
        tenant_id=wrong.tenant_id,
        stage=wrong.stage,
        outcome=UNDONE,
        reason_text=because,
        reason_code=None,
        suggested_code=None,
        note="",
        callback_on=None,
        booked_for=None,
        booked_by=None,
        signed_on=None,
        closing_on=None,
        deal_value=None,
        commission=None,
        attempts=0,
        days_to_book=None,
        days_to_close=None,
        next_step=None,
        next_on=None,
        corrects=wrong.id,
        at=at,
        author=author,
    )
