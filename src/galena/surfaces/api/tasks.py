"""Tasks: what is to be done next with leads, the most urgent first."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from galena.domain.dispositions import STEP_WORDS, NextStep
from galena.stores import tasks
from galena.stores.tasks import Task
from galena.surfaces.api.caller import PROBLEMS, Reader
from galena.surfaces.api.paging import Cursor, Page, PageSize, read_cursor, with_next
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.values import Day
from galena.surfaces.api.workplace import whose

router = APIRouter(prefix="/tasks", tags=["tasks"], responses=PROBLEMS, route_class=RepeatableRoute)


class TaskItem(BaseModel):
    """Something to be done with a lead. It ends when an outcome is recorded, or the lead goes to somebody else."""

    id: UUID
    lead_id: UUID
    lead_key: str
    title: str
    tenant_id: UUID | None = Field(description="Whose it is; null: the operator's own.")
    tenant: str | None
    step: NextStep = Field(description="What is to be done, as a word.")
    what: str = Field(description="The same in words.")
    due_on: date
    overdue: bool
    note: str
    disposition_id: UUID | None = Field(description="The outcome that asks for it; null: time does.")
    opened_at: datetime
    reminders: int


class Tasks(Page):
    """A page of tasks, the most urgent first."""

    items: list[TaskItem]


@router.get("", operation_id="list_tasks")
def list_tasks(
    caller: Reader,
    due: Annotated[Day | None, Query(description="Only those of this day and before.")] = None,
    tenant_id: Annotated[UUID | None, Query(description="Only this tenant's; a tenant sees its own.")] = None,
    step: NextStep | None = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Tasks:
    """What is to be done: call-backs, retries, meetings to report, commissions to enter."""
    after = read_cursor(cursor, date.fromisoformat, datetime.fromisoformat, UUID) if cursor else None
    with caller.entered() as session:
        rows = tasks.list_open(
            session, due=due, tenant_id=whose(caller, tenant_id), step=step, after=after, limit=limit + 1
        )
    found, following = with_next(
        rows, limit, lambda each: (each.due_on.isoformat(), each.opened_at.isoformat(), each.id)
    )
    today = caller.galena.clock().date()
    return Tasks(items=[_item(each, today) for each in found], next=following)


def _item(each: Task, today: date) -> TaskItem:
    step = NextStep(each.step)
    return TaskItem(
        id=each.id,
        lead_id=each.lead_id,
        lead_key=each.lead_key,
        title=each.title,
        tenant_id=each.tenant_id,
        tenant=each.tenant,
        step=step,
        what=STEP_WORDS[step],
        due_on=each.due_on,
        overdue=each.due_on < today,
        note=each.note,
        disposition_id=each.disposition_id,
        opened_at=each.opened_at,
        reminders=each.reminders_count,
    )
