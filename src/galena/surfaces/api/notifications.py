"""Notifications: what administrators are told, and who has seen it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from galena.domain.notification import Notification
from galena.stores import notifications
from galena.surfaces.api.caller import PROBLEMS
from galena.surfaces.api.paging import Cursor, Page, PageSize, read_cursor, with_next
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.workplace import Desk, Looker

router = APIRouter(
    prefix="/notifications", tags=["notifications"], responses=PROBLEMS, route_class=RepeatableRoute
)

MOST_AT_ONCE = 1_000


class NotificationItem(BaseModel):
    """Something a person should know of."""

    id: UUID
    severity: Literal["info", "warning", "error"]
    kind: str = Field(description="What happened, as a word: drift, model_promoted ...")
    subject: str = Field(description="About what.")
    what: str = Field(description="In words.")
    link: str | None = Field(description="The page that tells more.")
    times: int = Field(description="How often it happened until somebody saw it.")
    first_at: datetime
    at: datetime
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    detail: dict[str, Any]


class Notifications(Page):
    """A page of notifications, the newest first."""

    items: list[NotificationItem]


class Seeing(BaseModel):
    """Which notifications somebody has seen."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ids": ["0195a3c0-0000-7000-8000-000000000000"]}, {"ids": None}]}
    )

    ids: list[UUID] | None = Field(description="null: all of them", max_length=MOST_AT_ONCE)


class Seen(BaseModel):
    """How many nobody had seen before."""

    marked: int


@router.get("", operation_id="list_notifications")
def list_notifications(
    caller: Looker,
    seen: Annotated[bool | None, Query(description="Only those somebody has seen, or nobody yet.")] = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Notifications:
    """What administrators were told, the newest first."""
    before = read_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    with caller.entered() as session:
        rows = notifications.list_(session, seen=seen, before=before, limit=limit + 1)
    found, following = with_next(rows, limit, lambda each: (each.at.isoformat(), each.id))
    return Notifications(items=[_item(each) for each in found], next=following)


@router.post("/acknowledge", operation_id="acknowledge_notifications", status_code=201)
def acknowledge_notifications(caller: Desk, seeing: Seeing) -> Seen:
    """Mark notifications as seen, by the owner of this key."""
    ids = None if seeing.ids is None else tuple(seeing.ids)
    with caller.entered() as session:
        return Seen(marked=notifications.acknowledge(session, caller.galena.clock(), ids))


def _item(each: Notification) -> NotificationItem:
    told = {name: getattr(each, name) for name in NotificationItem.model_fields}
    return NotificationItem(**told | {"detail": dict(each.detail)})
