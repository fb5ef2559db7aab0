"""Who has which lead: the list, the history, leads given and taken by hand, held, accepted, declined, returned."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from galena.domain.assignment import STATE_WORDS, Assignment, AssignmentChange, State
from galena.kit.errors import NotFoundError
from galena.stores import assignments, leads, routing_desk
from galena.stores.routing_desk import DeskQuery, DeskRow
from galena.surfaces.api.caller import PROBLEMS, Caller, Reader, Writer
from galena.surfaces.api.paging import Cursor, Page, PageSize, read_cursor, with_next
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.values import Instant, Short, Why, Words
from galena.surfaces.api.workplace import CLASH, GONE, Desk, Looker, context_of, whose
from galena.workflows.claw_back import (
    DeskReport,
    claw_back,
    end_hold,
    give,
    hold,
    reassign,
    release,
)
from galena.workflows.offers import accept, decline, return_lead

router = APIRouter(tags=["assignments"], responses=PROBLEMS, route_class=RepeatableRoute)

MOST_AT_ONCE = 10_000
_LEAD = "0195a3c0-0000-7000-8000-000000000000"
_TENANT = "0195a3c0-0000-7000-8000-000000000001"


class AssignmentItem(BaseModel):
    """A lead that a tenant has, or had."""

    id: UUID
    lead_id: UUID
    lead_key: str
    title: str
    tenant_id: UUID
    tenant: str
    how: str = Field(description="drop, arrival, manual (by hand) or reassign (from another tenant)")
    tier: str = Field(description="As it was when the lead was given.")
    state: str = Field(description=", ".join(STATE_WORDS))
    assigned_at: datetime
    visible_at: datetime = Field(description="From when the tenant sees it.")
    accept_by: datetime | None = Field(description="Until when it must be accepted; null: it need not.")
    accepted_at: datetime | None
    contacted_at: datetime | None = Field(description="When the tenant first tried to reach it.")
    ended_at: datetime | None
    ended_reason: str | None


class Assignments(Page):
    """A page of assignments, the newest first."""

    items: list[AssignmentItem]


class AssignmentDetail(AssignmentItem):
    """An assignment with what it cost and why it was made."""

    drop_id: UUID | None
    score: float = Field(description="Of the lead when it was given, 0 to 100.")
    propensity: float | None = Field(
        description="How likely the draw was to give this lead to this tenant; null: no chance was in it."
    )
    price: Decimal | None = Field(description="In the playbook's currency; null: it cost nothing.")
    return_until: datetime | None
    why: str


class AssignmentEnd(BaseModel):
    """How an assignment stands that its tenant has given up."""

    id: UUID
    lead_id: UUID
    state: str = Field(description=", ".join(STATE_WORDS))
    ended_at: datetime | None
    ended_reason: str | None


class AssignmentStep(BaseModel):
    """A step of the history of a lead."""

    number: int
    at: datetime
    step: str
    state: str | None = Field(description="The state from then on; null: as it was.")
    assignment_id: UUID | None
    tenant_id: UUID | None
    why: str | None
    author: str


class AssignmentHistory(BaseModel):
    """Every step of a lead, the oldest first: who had it, when, and why that changed."""

    items: list[AssignmentStep]


class _Chosen(BaseModel):
    """Which leads: named, or all that a tenant has, or all of a drop."""

    lead_ids: list[UUID] = Field(default=[], max_length=MOST_AT_ONCE)
    tenant_id: UUID | None = Field(
        None, description="All that this tenant has, or of the named ones its own."
    )
    drop_id: UUID | None = Field(None, description="All of this drop that tenants still have.")
    why: Why

    @model_validator(mode="after")
    def names_some(self) -> "_Chosen":
        """Refuses a request that names nothing: it would mean every lead there is."""
        if not self.lead_ids and self.tenant_id is None and self.drop_id is None:
            raise ValueError("name lead_ids, a tenant_id or a drop_id")
        return self


class TakingBack(_Chosen):
    """Leads to take back from their tenants."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"lead_ids": [_LEAD], "why": "The owner sold.", "hold": True}]}
    )

    hold: bool = Field(False, description="Keep them out of drops and routing, too.")


class Releasing(_Chosen):
    """Leads to free from the tenants that they are locked to."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"lead_ids": [_LEAD], "why": "Asked for it."}]})


class Giving(BaseModel):
    """Leads to give to a tenant by hand."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"lead_ids": [_LEAD], "tenant_id": _TENANT, "why": "Knows the owner."}]
        }
    )

    lead_ids: list[UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)
    tenant_id: UUID = Field(description="Who gets them.")
    why: Why
    from_others: bool = Field(False, description="Take them from the tenants that have them now.")


class Holding(BaseModel):
    """Leads to keep out of drops and routing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"lead_ids": [_LEAD], "why": "On holiday.", "until": "2026-12-31T00:00:00Z"}]
        }
    )

    lead_ids: list[UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)
    why: Why
    until: Instant | None = Field(None, description="Left out: until somebody ends it.")


class EndingHold(BaseModel):
    """Leads to let drops and routing give again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"lead_ids": [_LEAD], "why": "Back again."}]})

    lead_ids: list[UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)
    why: Why


class Declining(BaseModel):
    """Why an offered lead is not taken."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "Too far away."}]})

    why: Words = ""


class Returning(BaseModel):
    """Why a paid lead is given back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "bad_phone"}]})

    reason: Short = Field(description="duplicate, bad_phone, out_of_area, or the playbook's own.")
    note: Words = Field("", description="More about it.")


class LeftOut(BaseModel):
    """A lead with which nothing was done."""

    lead_id: UUID
    why: str


class DeskAnswer(BaseModel):
    """With which leads it was done, and why not with the others."""

    done: list[UUID]
    left_out: list[LeftOut]


@router.get("/assignments", operation_id="list_assignments")
def list_assignments(
    caller: Reader,
    tenant_id: UUID | None = None,
    drop_id: UUID | None = None,
    state: State | None = None,
    ended: Annotated[bool, Query(description="Also those that have ended.")] = False,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Assignments:
    """Who has which lead, the newest first; a tenant sees its own."""
    before = read_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    query = DeskQuery(whose(caller, tenant_id), drop_id, state, ended, limit + 1, before=before)
    with caller.entered() as session:
        rows = routing_desk.list_rows(session, query)
    found, after = with_next(rows, limit, lambda row: (row.assigned_at.isoformat(), row.assignment_id))
    return Assignments(items=[_item(row) for row in found], next=after)


@router.get("/assignments/{assignment_id}", operation_id="get_assignment", responses=GONE)
def get_assignment(caller: Reader, assignment_id: UUID) -> AssignmentDetail:
    """One assignment, with its price and why the lead went to this tenant."""
    return _detail(caller, assignment_id)


@router.get("/leads/{lead_id}/assignments", operation_id="list_assignment_steps", responses=GONE)
def list_assignment_steps(caller: Looker, lead_id: UUID) -> AssignmentHistory:
    """Every step of a lead: given, accepted, warned of, taken back; with who and why."""
    with caller.entered() as session:
        leads.load(session, lead_id)
        return AssignmentHistory(items=[_step(each) for each in assignments.list_changes(session, lead_id)])


@router.post("/assignments", operation_id="give_leads", status_code=201, responses=GONE | CLASH)
def give_leads(caller: Desk, giving: Giving) -> DeskAnswer:
    """Give leads to a tenant by hand: no gate or quota is asked, but bans, holds and tiers count."""
    do = reassign if giving.from_others else give
    return _answer(do(context_of(caller), giving.lead_ids, str(giving.tenant_id), giving.why))


@router.post(
    "/assignments/take-back", operation_id="take_back_leads", status_code=201, responses=GONE | CLASH
)
def take_back_leads(caller: Desk, taking: TakingBack) -> DeskAnswer:
    """Take leads back into the pool; what tenants paid for them is refunded."""
    return _answer(claw_back(context_of(caller), _leads(caller, taking), taking.why, hold=taking.hold))


@router.post("/assignments/release", operation_id="release_leads", status_code=201, responses=GONE | CLASH)
def release_leads(caller: Desk, releasing: Releasing) -> DeskAnswer:
    """Free leads from the tenants that they are locked to; nothing is refunded."""
    return _answer(release(context_of(caller), _leads(caller, releasing), releasing.why))


@router.post("/assignments/hold", operation_id="hold_leads", status_code=201, responses=GONE | CLASH)
def hold_leads(caller: Desk, holding: Holding) -> DeskAnswer:
    """Keep leads out of drops and routing; those that a tenant has stay there."""
    return _answer(hold(context_of(caller), holding.lead_ids, holding.why, holding.until))


@router.post("/assignments/end-hold", operation_id="end_hold", status_code=201, responses=GONE | CLASH)
def end_hold_of_leads(caller: Desk, ending: EndingHold) -> DeskAnswer:
    """Let drops and routing give held leads again."""
    return _answer(end_hold(context_of(caller), ending.lead_ids, ending.why))


@router.post(
    "/assignments/{assignment_id}/accept",
    operation_id="accept_assignment",
    status_code=201,
    responses=GONE | CLASH,
)
def accept_assignment(caller: Writer, assignment_id: UUID) -> AssignmentDetail:
    """Take the lead that was offered, while there is time; accepting twice changes nothing."""
    one = _theirs(caller, assignment_id)
    accept(context_of(caller), one.lead_id, one.tenant_id)
    return _detail(caller, assignment_id)


@router.post(
    "/assignments/{assignment_id}/decline",
    operation_id="decline_assignment",
    status_code=201,
    responses=GONE | CLASH,
)
def decline_assignment(caller: Writer, assignment_id: UUID, declining: Declining) -> AssignmentEnd:
    """Do not take the lead that was offered; the next tenant is asked at once."""
    one = _theirs(caller, assignment_id)
    decline(context_of(caller), one.lead_id, one.tenant_id, declining.why)
    return _end(caller, assignment_id)


@router.post(
    "/assignments/{assignment_id}/return",
    operation_id="return_assignment",
    status_code=201,
    responses=GONE | CLASH,
)
def return_assignment(caller: Writer, assignment_id: UUID, returning: Returning) -> AssignmentEnd:
    """Give a paid lead back, for a reason of the playbook and within the time; it is refunded."""
    one = _theirs(caller, assignment_id)
    return_lead(context_of(caller), one.lead_id, one.tenant_id, returning.reason, returning.note)
    return _end(caller, assignment_id)


def _theirs(caller: Caller, assignment_id: UUID) -> Assignment:
    """The assignment; one that has ended is nobody's any more."""
    with caller.entered() as session:
        one = assignments.load(session, assignment_id)
    if not one.is_open:
        raise NotFoundError("This assignment has ended.", facts={"state": one.state, "why": one.ended_reason})
    return one


def _detail(caller: Caller, assignment_id: UUID) -> AssignmentDetail:
    with caller.entered() as session:
        one = assignments.load(session, assignment_id)
        query = DeskQuery(ended=True, assignment_id=assignment_id)
        rows = routing_desk.list_rows(session, query)
    if not rows:
        raise NotFoundError("there is no such assignment", facts={"id": assignment_id})
    return AssignmentDetail(
        **_item(rows[0]).model_dump(),
        drop_id=one.drop_id,
        score=one.micropoints / 1_000_000,
        propensity=one.propensity,
        price=one.price,
        return_until=one.return_until,
        why=str(one.why.get("words", "")),
    )


def _end(caller: Caller, assignment_id: UUID) -> AssignmentEnd:
    with caller.entered() as session:
        one = assignments.load(session, assignment_id)
    return AssignmentEnd(**{name: getattr(one, name) for name in AssignmentEnd.model_fields})


def _leads(caller: Caller, chosen: _Chosen) -> tuple[UUID, ...]:
    if chosen.tenant_id is None and chosen.drop_id is None:
        return tuple(dict.fromkeys(chosen.lead_ids))
    query = DeskQuery(tenant_id=chosen.tenant_id, drop_id=chosen.drop_id)
    with caller.entered() as session:
        found = routing_desk.list_lead_ids(session, query)
    wanted = set(chosen.lead_ids)
    return tuple(lead for lead in found if lead in wanted) if wanted else found


def _item(row: DeskRow) -> AssignmentItem:
    told: dict[str, Any] = {name: getattr(row, name) for name in AssignmentItem.model_fields if name != "id"}
    return AssignmentItem(id=row.assignment_id, **told)


def _step(each: AssignmentChange) -> AssignmentStep:
    return AssignmentStep(**{name: getattr(each, name) for name in AssignmentStep.model_fields})


def _answer(report: DeskReport) -> DeskAnswer:
    return DeskAnswer(
        done=list(report.done),
        left_out=[LeftOut(lead_id=lead, why=why) for lead, why in report.left_out.items()],
    )
