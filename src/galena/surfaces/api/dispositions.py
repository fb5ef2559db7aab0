"""What became of leads: said one by one or many at once, looked up, taken back."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from galena.domain.disposing import Choice
from galena.domain.dispositions import RULES, STAND_WORDS, Disposition, Entry, Stand
from galena.domain.time_frames import read_time_frame
from galena.surfaces.api.caller import PROBLEMS, Caller, Reader, Writer
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.values import Day, Instant, Money, Short, Why, Words
from galena.surfaces.api.workplace import CLASH, GONE, context_of
from galena.workflows.dispose import dispose, dispose_batch, prospect, undo
from galena.workflows.dispose_desk import Recorded, Saying

router = APIRouter(tags=["dispositions"], responses=PROBLEMS, route_class=RepeatableRoute)

MOST_AT_ONCE = 1_000
_BOOKED: dict[str, JsonValue] = {
    "outcome": "booked",
    "booked_for": "2026-03-13T14:30:00-06:00",
    "note": "Asked for the owner.",
}


class DispositionDetails(BaseModel):
    """What is said with an outcome."""

    note: Words = Field("", description="In a few words.")
    reason: Words = Field("", description="Why not, as they said it.")
    reason_code: Short | None = Field(
        None, description="The playbook's code of the reason; without it the words suggest one."
    )
    accept_suggested: bool = Field(
        False, description="Take the code that the words suggest, where none is given."
    )
    callback: Short | None = Field(
        None, description="A day (2026-06-01) or a time frame such as `in 3 months` or `spring 2027`."
    )
    booked_for: Instant | None = Field(None, description="When the meeting is, with its time zone.")
    booked_by: Literal["ai_agent", "email_link", "manual"] | None = Field(
        None, description="Who got the meeting; left out: a person."
    )
    signed_on: Day | None = Field(None, description="The day it was signed.")
    closing_on: Day | None = Field(None, description="The day of closing, expected or passed.")
    deal_value: Money | None = Field(None, description="In the playbook's currency.")
    commission: Money | None = Field(
        None, description="In the playbook's currency; from the day of closing on."
    )
    attempts: int | None = Field(
        None, ge=0, le=9_999, description="How often you tried, if it was not said call by call."
    )
    happened_at: Instant | None = Field(None, description="When it happened; left out: now.")


class NewDisposition(DispositionDetails):
    """What became of a lead."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BOOKED]})

    outcome: str = Field(
        description="What happened; GET /leads/{lead_id}/dispositions says what each needs.",
        json_schema_extra={"enum": list(RULES)},
        max_length=40,
    )


class BulkDisposition(NewDisposition):
    """What became of one lead of many."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"lead_id": "0195a3c0-0000-7000-8000-000000000000", **_BOOKED}]}
    )

    lead_id: UUID


class BulkDispositions(BaseModel):
    """What became of many leads: all of it is recorded, or nothing."""

    items: list[BulkDisposition] = Field(min_length=1, max_length=MOST_AT_ONCE)


class DispositionItem(BaseModel):
    """What somebody said became of a lead; written once, taken back only by another one."""

    id: UUID
    lead_id: UUID
    assignment_id: UUID | None
    tenant_id: UUID | None
    stage: int = Field(description="1 after reaching out, 2 after the meeting")
    outcome: str = Field(description="`undone` takes the one named in `corrects` back.")
    note: str
    reason: str
    reason_code: str | None
    suggested_code: str | None = Field(description="What the words of the reason were read as.")
    callback_on: date | None
    booked_for: datetime | None
    booked_by: str | None
    signed_on: date | None
    closing_on: date | None
    deal_value: Decimal | None
    commission: Decimal | None
    attempts: int
    days_to_book: int | None
    days_to_close: int | None
    next_step: str | None = Field(description="What is to be done next.")
    next_on: date | None
    corrects: UUID | None
    happened_at: datetime
    author: str


class RecordedDisposition(BaseModel):
    """What was recorded, and what follows."""

    disposition: DispositionItem
    stand: str = Field(description="Where the lead stands now, as a word.")
    stand_words: str
    other_leads_stopped: int = Field(
        description="Other leads that may not be contacted any more, for the same contact reaches them."
    )


class RecordedDispositions(BaseModel):
    """What was recorded, in the order it was sent."""

    items: list[RecordedDisposition]


class OutcomeChoice(BaseModel):
    """An outcome, and whether it can be said of the lead now."""

    outcome: str
    label: str
    stage: int
    needs: list[str] = Field(description="What has to be given with it.")
    refused: str | None = Field(description="Why it cannot be said now; null: it can.")


class LeadDispositions(BaseModel):
    """What was said of a lead while its tenant has it, the oldest first, and what can be said now."""

    lead_id: UUID
    stand: str
    stand_words: str
    attempts: int
    items: list[DispositionItem]
    choices: list[OutcomeChoice]


class Undoing(BaseModel):
    """Why it was a mistake."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "It was another person."}]})

    reason: Why


@router.get("/leads/{lead_id}/dispositions", operation_id="list_dispositions", responses=GONE)
def list_dispositions(caller: Reader, lead_id: UUID) -> LeadDispositions:
    """What became of a lead so far, where it stands, and what can be said of it now."""
    context = context_of(caller)
    with caller.entered() as session:
        found = prospect(session, context.playbook, lead_id, context.clock(), tenant_id=caller.user.tenant_id)
    standing = found.standing
    return LeadDispositions(
        lead_id=found.entry.lead.id,
        stand=standing.stand,
        stand_words=STAND_WORDS[standing.stand],
        attempts=standing.attempts,
        items=[_item(row) for row in found.rows],
        choices=[_choice(each) for each in found.choices],
    )


@router.post(
    "/leads/{lead_id}/dispositions",
    operation_id="add_disposition",
    status_code=201,
    responses=GONE | CLASH,
)
def add_disposition(caller: Writer, lead_id: UUID, said: NewDisposition) -> RecordedDisposition:
    """Say what became of a lead; everything that follows (tasks, bans, events, scores) is done with it."""
    done = dispose(
        context_of(caller), saying_of(caller, lead_id, said.outcome, said), tenant_id=caller.user.tenant_id
    )
    return recorded(done)


@router.post("/dispositions/bulk", operation_id="add_dispositions", status_code=201, responses=GONE | CLASH)
def add_dispositions(caller: Writer, said: Annotated[BulkDispositions, Body()]) -> RecordedDispositions:
    """Say what became of up to 1,000 leads: all of it or nothing; those of one lead in their order."""
    sayings = [saying_of(caller, each.lead_id, each.outcome, each) for each in said.items]
    done = dispose_batch(context_of(caller), sayings, tenant_id=caller.user.tenant_id)
    return RecordedDispositions(items=[recorded(each) for each in done])


@router.post(
    "/dispositions/{disposition_id}/undo",
    operation_id="undo_disposition",
    status_code=201,
    responses=GONE | CLASH,
)
def undo_disposition(caller: Writer, disposition_id: UUID, wrong: Undoing) -> RecordedDisposition:
    """Take a mistake back: another row says so, and the lead stands where the rows left put it. A ban stays."""
    done = undo(context_of(caller), disposition_id, because=wrong.reason, tenant_id=caller.user.tenant_id)
    return recorded(done)


def saying_of(caller: Caller, lead_id: UUID, outcome: str, said: DispositionDetails) -> Saying:
    """What a request says of a lead, as it is recorded."""
    at = said.happened_at or caller.galena.clock()
    taken: dict[str, Any] = said.model_dump(
        include={"note", "reason_code", "booked_for", "booked_by", "signed_on", "closing_on"}
        | {"deal_value", "commission", "attempts"}
    )
    callback = read_time_frame(said.callback, at.date()) if said.callback else None
    entry = Entry(outcome=outcome, **taken, reason_text=said.reason, callback_on=callback)
    return Saying(lead_id, entry, said.happened_at, said.accept_suggested)


def recorded(done: Recorded) -> RecordedDisposition:
    """What was recorded, as it is told."""
    stand: Stand = done.standing.stand
    return RecordedDisposition(
        disposition=_item(done.disposition),
        stand=stand,
        stand_words=STAND_WORDS[stand],
        other_leads_stopped=len(done.others),
    )


def _item(row: Disposition) -> DispositionItem:
    names = DispositionItem.model_fields.keys() - {"reason", "happened_at"}
    told = {name: getattr(row, name) for name in names}
    return DispositionItem(**told, reason=row.reason_text, happened_at=row.at)


def _choice(each: Choice) -> OutcomeChoice:
    rule = each.rule
    return OutcomeChoice(
        outcome=rule.outcome,
        label=rule.label,
        stage=rule.stage,
        needs=list(each.needs),
        refused=each.refused,
    )
