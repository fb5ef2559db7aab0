"""Overrides: what a person says a score or tier is, kept beside what the machine says."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from galena.domain.score import MICROPOINTS
from galena.domain.scored import CurrentScore, Override
from galena.stores import leads, scores, verdicts
from galena.stores.door import Session
from galena.surfaces.api.caller import PROBLEMS, Reader, Writer
from galena.surfaces.api.facts import Label
from galena.surfaces.api.paging import Cursor, Page, PageSize, read_cursor, with_next
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.values import Instant, Why
from galena.surfaces.api.workplace import CLASH, GONE
from galena.workflows.overrides import end_override, override_score, resume_override

router = APIRouter(tags=["overrides"], responses=PROBLEMS, route_class=RepeatableRoute)

_SAID: dict[str, JsonValue] = {
    "score": 90,
    "reason": "The owner told me she sells this year.",
    "expires_at": "2026-06-01T00:00:00Z",
}


class NewOverride(BaseModel):
    """What a person says of a score."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SAID]})

    score: float | None = Field(None, ge=0, le=100, allow_inf_nan=False, description="0 to 100")
    tier: Label | None = Field(
        None, description="Left out: the tier that the rules give this score. One of both must be given."
    )
    reason: Why
    expires_at: Instant | None = Field(
        None,
        description="When the machine's word stands again, within two years; left out: when it is taken back.",
    )

    @model_validator(mode="after")
    def says_something(self) -> "NewOverride":
        """Refuses a word that says nothing of the score."""
        if self.score is None and self.tier is None:
            raise ValueError("give a score or a tier")
        return self


class OverrideItem(BaseModel):
    """A person's word on a score, and the machine's beside it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0195a3c0-0000-7000-8000-000000000000",
                    "lead_id": "0195a3c0-0000-7000-8000-000000000001",
                    **_SAID,
                    "tier": "green",
                    "machine_score": 74.25,
                    "machine_tier": "yellow",
                    "author": "api_key:0195a3c0-0000-7000-8000-000000000002",
                    "said_at": "2026-03-02T09:00:00Z",
                    "ended_at": None,
                    "holds": True,
                }
            ]
        }
    )

    id: UUID
    lead_id: UUID
    score: float | None = Field(description="null: the tier alone was said.")
    tier: str | None
    reason: str
    machine_score: float | None = Field(description="What the machine says now; null: it gives no score.")
    machine_tier: str | None
    author: str
    said_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None = Field(description="When it was taken back, or another word took its place.")
    holds: bool = Field(description="Whether it is what stands.")


class OverrideItems(Page):
    """A page of overrides, the newest first."""

    items: list[OverrideItem]


@router.get("/overrides", operation_id="list_overrides")
def list_overrides(
    caller: Reader,
    holds: Annotated[bool | None, Query(description="Only those that hold now, or that do not.")] = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> OverrideItems:
    """Where people know better than the machine, of all leads that can be seen, the newest first."""
    before = read_cursor(cursor, UUID)[0] if cursor else None
    now = caller.galena.clock()
    with caller.entered() as session:
        rows = verdicts.list_all_overrides(session, now=now, holds=holds, before=before, limit=limit + 1)
        found, following = with_next(rows, limit, lambda each: (each.id,))
        return OverrideItems(items=_items(session, found, now), next=following)


@router.get("/leads/{lead_id}/overrides", operation_id="list_lead_overrides", responses=GONE)
def list_lead_overrides(caller: Reader, lead_id: UUID) -> list[OverrideItem]:
    """What people said of a lead's score, the newest first."""
    with caller.entered() as session:
        leads.load(session, lead_id)
        return _items(session, verdicts.list_overrides(session, lead_id), caller.galena.clock())


@router.post(
    "/leads/{lead_id}/overrides", operation_id="add_override", status_code=201, responses=GONE | CLASH
)
def add_override(caller: Writer, lead_id: UUID, said: NewOverride) -> OverrideItem:
    """Say what a lead's score or tier is. Lists show it, and drops and routing go by it; what was said before ends."""
    now = caller.galena.clock()
    with caller.entered() as session:
        made = override_score(
            session,
            lead_id,
            points=said.score,
            tier=said.tier,
            reason=said.reason,
            expires_at=said.expires_at,
            now=now,
        )
        return _items(session, [made], now)[0]


@router.post("/overrides/{override_id}/end", operation_id="end_override", responses=GONE)
def end(caller: Writer, override_id: UUID) -> OverrideItem:
    """Take a person's word back: the machine's stands again."""
    now = caller.galena.clock()
    with caller.entered() as session:
        return _items(session, [end_override(session, override_id, now)], now)[0]


@router.post("/overrides/{override_id}/resume", operation_id="resume_override", responses=GONE | CLASH)
def resume(caller: Writer, override_id: UUID) -> OverrideItem:
    """Let a word stand again that was taken back, in place of any since."""
    now = caller.galena.clock()
    with caller.entered() as session:
        return _items(session, [resume_override(session, override_id, now)], now)[0]


def _items(session: Session, rows: Sequence[Override], now: datetime) -> list[OverrideItem]:
    current = scores.load_current(session, [each.lead_id for each in rows])
    return [_item(each, current.get(each.lead_id), now) for each in rows]


def _item(each: Override, machine: CurrentScore | None, now: datetime) -> OverrideItem:
    return OverrideItem(
        id=each.id,
        lead_id=each.lead_id,
        score=None if each.micropoints is None else each.micropoints / MICROPOINTS,
        tier=each.tier,
        reason=each.reason,
        machine_score=machine.micropoints / MICROPOINTS if machine else None,
        machine_tier=machine.tier if machine else None,
        author=each.author,
        said_at=each.created_at,
        expires_at=each.expires_at,
        ended_at=each.ended_at,
        holds=each.holds(now),
    )
