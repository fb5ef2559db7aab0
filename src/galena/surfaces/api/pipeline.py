"""The pipeline: leads by stage with their worth, and moving one, which is recording what became of it."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from galena.domain.dispositions import RULES
from galena.domain.pipeline import STAGES, Stage, stage_of
from galena.domain.score import MICROPOINTS
from galena.kit.errors import ConflictError, InputError
from galena.surfaces.api.caller import Caller, Writer
from galena.surfaces.api.dispositions import DispositionDetails, RecordedDisposition, recorded, saying_of
from galena.surfaces.api.leads import Text
from galena.surfaces.api.paging import Cursor, Page, PageSize, cut
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.rooms import ROOM_PROBLEMS, ReadRoom
from galena.surfaces.api.workplace import CLASH, GONE, context_of
from galena.workflows.dispose import dispose, prospect
from galena.workflows.pipeline import Card, Column, choices_into, list_pipeline

router = APIRouter(tags=["pipeline"], responses=ROOM_PROBLEMS, route_class=RepeatableRoute)

StageName = Literal["new", "working", "later", "booked", "deciding", "closing", "won", "out"]


class StageItem(BaseModel):
    """A stage, and what its leads come to."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "booked",
                    "label": "Meeting booked",
                    "outcomes": ["booked"],
                    "leads": 12,
                    "value": "840000.00",
                    "valued": 7,
                    "median_days": 4.5,
                }
            ]
        }
    )

    name: str
    label: str
    outcomes: list[str] = Field(
        description="What can be recorded to bring a lead there; none: it comes there by itself alone."
    )
    leads: int
    value: Decimal = Field(
        description="Of the deals in it, in the playbook's currency, as far as it is recorded."
    )
    valued: int = Field(description="How many of its leads have a recorded worth.")
    median_days: float | None = Field(description="Half of its leads have been there for longer.")


class PipelineCard(BaseModel):
    """A lead in the pipeline."""

    lead_id: UUID
    title: str
    tenant_id: UUID
    stage: str
    stand: str = Field(description="Where exactly it stands, as a word.")
    tier: str = Field(description="As it was when the lead was given.")
    score: float = Field(description="When it was given, 0 to 100.")
    value: Decimal | None = Field(description="Of the deal; null: nobody said.")
    days: int = Field(description="Since it came into its stage.")
    next_step: str | None = Field(description="What is to be done next.")
    due_on: date | None


class PipelineCards(Page):
    """A page of leads: stage by stage, in each what is due first."""

    items: list[PipelineCard]


class Move(DispositionDetails):
    """Where a lead is to go, and what has to be said with it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"to": "booked", "booked_for": "2026-03-13T14:30:00-06:00"}]}
    )

    to: StageName
    outcome: str | None = Field(
        None,
        description="What happened; needed where more than one outcome leads to the stage.",
        json_schema_extra={"enum": [*RULES, None]},
        max_length=40,
    )


class MovedLead(RecordedDisposition):
    """What was recorded; POST /dispositions/{disposition_id}/undo takes it back."""

    stage: str = Field(description="Where the lead is now.")


@router.get("/pipeline/stages", operation_id="list_pipeline_stages")
def list_stages(
    room: ReadRoom,
    q: Annotated[Text, Query(description="Words of the lead.")] = "",
    tier: Text = "",
) -> list[StageItem]:
    """Every stage, how many leads are in it, what they are worth and how long they have been there."""
    with room.entered() as session:
        columns = list_pipeline(session, room.now, search=q, tier=tier)
    return [_stage(each) for each in columns]


@router.get("/pipeline", operation_id="list_pipeline")
def list_cards(
    room: ReadRoom,
    stage: Annotated[StageName | None, Query(description="Only of this stage.")] = None,
    q: Annotated[Text, Query(description="Words of the lead.")] = "",
    tier: Text = "",
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> PipelineCards:
    """The leads in the pipeline: of the newest 5,000, stage by stage, what is due first."""
    with room.entered() as session:
        columns = list_pipeline(session, room.now, search=q, tier=tier)
    cards = [
        (column.stage, card)
        for column in columns
        if stage in (None, column.stage.name)
        for card in column.cards
    ]
    found, following = cut(cards, limit, cursor, lambda each: each[1].row.assignment.id)
    return PipelineCards(items=[_card(*each) for each in found], next=following)


@router.post("/leads/{lead_id}/move", operation_id="move_lead", status_code=201, responses=GONE | CLASH)
def move(caller: Writer, lead_id: UUID, move: Move) -> MovedLead:
    """Bring a lead into a stage by recording what became of it, with everything that follows."""
    outcome = move.outcome or _outcome_into(caller, lead_id, STAGES[move.to])
    if outcome not in STAGES[move.to].outcomes:
        raise InputError(
            f"{outcome!r} does not lead to this stage.",
            facts={"stage": move.to, "outcomes": list(STAGES[move.to].outcomes)},
        )
    saying = saying_of(caller, lead_id, outcome, move)
    done = dispose(context_of(caller), saying, tenant_id=caller.user.tenant_id)
    stage = stage_of(done.standing.stand).name
    return MovedLead(**recorded(done).model_dump(), stage=stage)


def _outcome_into(caller: Caller, lead_id: UUID, stage: Stage) -> str:
    """The one outcome that leads there.

    Raises:
        InputError: there are several.
        ConflictError: there is none, now or ever.
    """
    context = context_of(caller)
    with caller.entered() as session:
        found = prospect(session, context.playbook, lead_id, context.clock(), tenant_id=caller.user.tenant_id)
    choices = choices_into(stage, found.choices)
    ready = [each for each in choices if each.refused is None]
    if len(choices) > 1 and ready:
        raise InputError(
            "More than one outcome leads to this stage.",
            facts={each.rule.outcome: each.refused or "can be said" for each in choices},
            remedy="Say which, as `outcome`.",
        )
    if not ready:
        raise ConflictError(
            "The lead cannot be brought into this stage now.",
            facts={each.rule.outcome: each.refused for each in choices},
            remedy="GET /leads/{lead_id}/dispositions says what can be recorded.",
        )
    return ready[0].rule.outcome


def _stage(column: Column) -> StageItem:
    return StageItem(
        name=column.stage.name,
        label=column.stage.label,
        outcomes=list(column.stage.outcomes),
        leads=len(column.cards),
        value=column.value,
        valued=column.valued,
        median_days=column.median_days,
    )


def _card(stage: Stage, card: Card) -> PipelineCard:
    row = card.row
    return PipelineCard(
        lead_id=row.entry.lead.id,
        title=row.entry.title or row.entry.lead.key,
        tenant_id=row.assignment.tenant_id,
        stage=stage.name,
        stand=row.stand,
        tier=row.assignment.tier,
        score=row.assignment.micropoints / MICROPOINTS,
        value=card.value,
        days=card.days,
        next_step=row.task.step if row.task else None,
        due_on=row.task.due_on if row.task else None,
    )
