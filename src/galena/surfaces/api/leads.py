"""Leads: the list, one lead, its score with the reasons, its scores of before, what people say is wrong."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from galena.domain.listing import LeadQuery
from galena.domain.score import MICROPOINTS
from galena.domain.scored import Feedback
from galena.kit.errors import InputError
from galena.stores import lead_lists, leads, verdicts
from galena.surfaces.api.caller import PROBLEMS, Reader, Writer
from galena.surfaces.api.lead_items import LeadItem, LeadItems, item_of, load_item
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.versions import tag_of
from galena.workflows.lead_view import LeadView, view_lead
from galena.workflows.overrides import say_wrong
from galena.workflows.plans import active_plan

router = APIRouter(prefix="/leads", tags=["leads"], responses=PROBLEMS, route_class=RepeatableRoute)

SORTS = ("score", "title", "updated", "created", "data_quality")
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such lead."}}
Text = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]

Parts = Annotated[Text, Query(description="Only these parts, by commas; the id always comes along.")]


class Reason(BaseModel):
    """A part of a score; the parts add up to it."""

    name: str
    points: float
    sentence: str


class LeadScore(BaseModel):
    """A score with its reasons."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "score": 74.25,
                    "tier": "green",
                    "temperature": "hot",
                    "confidence": 0.81,
                    "method": "rules",
                    "as_of": "2026-03-02T09:00:00Z",
                    "scored_at": "2026-03-02T09:00:00Z",
                    "reasons": [
                        {"name": "start", "points": 50.0, "sentence": "Where every lead starts"},
                        {"name": "owner_age", "points": 24.25, "sentence": "The owner is 66"},
                    ],
                    "moved": None,
                    "would_change": [],
                }
            ]
        }
    )

    score: float
    tier: str
    temperature: str
    confidence: float
    method: str
    as_of: datetime
    scored_at: datetime
    reasons: list[Reason]
    moved: str | None = Field(description="What moved it since the score before, in words.")
    would_change: list[str] = Field(description="What would change it, in words.")


class PastScore(BaseModel):
    """A score of before."""

    score: float
    tier: str
    method: str
    as_of: datetime
    scored_at: datetime
    trigger: str
    replays: bool | None = Field(description="Whether computing it again gives the same; null: nobody can.")


class Wrong(BaseModel):
    """What is wrong with a score."""

    reason: str = Field(min_length=1, max_length=2_000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")


class Said(BaseModel):
    """What somebody said is wrong."""

    id: UUID
    reason: str
    author: str
    created_at: datetime


@router.get("", operation_id="list_leads", response_model_exclude_unset=True)
def list_leads(
    caller: Reader,
    q: Text = "",
    tier: Annotated[list[Text], Query()] = [],  # noqa: B006 - read only
    temperature: Annotated[list[Text], Query()] = [],  # noqa: B006
    category: Annotated[list[Text], Query()] = [],  # noqa: B006
    trade_group: Annotated[list[Text], Query()] = [],  # noqa: B006
    status: Literal["active", "discarded", "needs_enrichment"] = "active",
    source: Annotated[
        Text | None, Query(description="Only those of which this source told something.")
    ] = None,
    import_id: Annotated[
        UUID | None, Query(description="Only those of which this import told something.")
    ] = None,
    min_score: Annotated[float | None, Query(ge=0, le=100)] = None,
    max_score: Annotated[float | None, Query(ge=0, le=100)] = None,
    sort: Annotated[
        Text,
        Query(description=f"{', '.join(SORTS)}, or a field of the playbook; - before it: greatest first."),
    ] = "-score",
    fields: Parts = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
) -> LeadItems:
    """The leads that fit, a page at a time; no lead is shown twice or left out while others come and go."""
    wanted = _parts(fields)
    with caller.entered() as session:
        check_sort(sort, active_plan(session).playbook.fields)
        query = LeadQuery(
            tiers=tuple(tier),
            temperatures=tuple(temperature),
            categories=tuple(category),
            trade_groups=tuple(trade_group),
            source=source,
            import_id=import_id,
            statuses=(status,),
            min_points=min_score,
            max_points=max_score,
            search=q,
            sort=sort.removeprefix("-"),
            descending=sort.startswith("-"),
        )
        found = lead_lists.page(session, query, limit=limit, cursor=cursor)
    return LeadItems(items=[item_of(row, wanted) for row in found.rows], next=found.next_cursor)


@router.get(
    "/{lead_id}",
    operation_id="get_lead",
    responses={**NOT_FOUND, 304: {"description": "It is as you know it."}},
    response_model=LeadItem,
    response_model_exclude_unset=True,
)
def get_lead(
    caller: Reader,
    response: Response,
    lead_id: UUID,
    fields: Parts = "",
    if_none_match: Annotated[str | None, Header()] = None,
) -> LeadItem | Response:
    """One lead. The answer has an ETag; given back as If-None-Match, what has not changed is not sent again."""
    wanted = _parts(fields)
    with caller.entered() as session:
        item = load_item(session, lead_id)
    tag = tag_of(item)
    if if_none_match is not None and tag in (each.strip() for each in if_none_match.split(",")):
        return Response(status_code=304, headers={"etag": tag})
    response.headers["etag"] = tag
    return LeadItem(id=item.id, **item.model_dump(include=set(wanted) - {"id"})) if wanted else item


@router.get("/{lead_id}/score", operation_id="get_score", responses=NOT_FOUND)
def get_score(caller: Reader, lead_id: UUID) -> LeadScore | None:
    """The score that stands, and why; null where there is none. The points of the reasons add up to it exactly."""
    with caller.entered() as session:
        return score_of(view_lead(session, lead_id, whole=False))


@router.get("/{lead_id}/scores", operation_id="list_scores", responses=NOT_FOUND)
def list_scores(caller: Reader, lead_id: UUID) -> list[PastScore]:
    """The last fifty scores, the newest first, and whether each can be computed again."""
    with caller.entered() as session:
        past = view_lead(session, lead_id).past
    return [
        PastScore(
            score=each.score.points,
            tier=each.score.tier,
            method=each.score.method,
            as_of=each.score.as_of,
            scored_at=each.scored_at,
            trigger=each.trigger,
            replays=each.replays,
        )
        for each in past
    ]


@router.get("/{lead_id}/feedback", operation_id="list_feedback", responses=NOT_FOUND)
def list_feedback(caller: Reader, lead_id: UUID) -> list[Said]:
    """What people said is wrong with the lead's scores, the newest first."""
    with caller.entered() as session:
        leads.load(session, lead_id)
        return [_said(each) for each in verdicts.list_feedback(session, lead_id)]


@router.post("/{lead_id}/feedback", operation_id="add_feedback", status_code=201, responses=NOT_FOUND)
def add_feedback(caller: Writer, lead_id: UUID, wrong: Wrong) -> Said:
    """Say what is wrong with the score that stands."""
    with caller.entered() as session:
        return _said(say_wrong(session, lead_id, wrong.reason))


def _parts(fields: str) -> frozenset[str]:
    wanted = frozenset(name.strip() for name in fields.split(",") if name.strip())
    if unknown := wanted - LeadItem.model_fields.keys():
        raise InputError(
            "There are no such parts of a lead.",
            facts={"unknown": ", ".join(sorted(unknown))},
            remedy=f"Choose among {', '.join(LeadItem.model_fields)}.",
        )
    return wanted


def check_sort(sort: str, fields: Collection[str]) -> None:
    """Nothing, where leads can be sorted so.

    Raises:
        InputError: they cannot.
    """
    name = sort.removeprefix("-")
    if name not in SORTS and name not in fields:
        raise InputError(
            "Leads cannot be sorted by this.",
            facts={"sort": sort},
            remedy=f"Use {', '.join(SORTS)}, or a field of the playbook.",
        )


def score_of(view: LeadView) -> LeadScore | None:
    """A lead's score with its reasons; None where it has none."""
    told, standing = view.explanation, view.standing
    if told is None or standing is None:
        return None
    score = standing.score
    return LeadScore(
        score=score.points,
        tier=told.tier,
        temperature=score.temperature,
        confidence=score.confidence,
        method=score.method,
        as_of=score.as_of,
        scored_at=standing.scored_at,
        reasons=[
            Reason(name=part.name, points=part.micropoints / MICROPOINTS, sentence=part.sentence)
            for part in told.parts
        ],
        moved=view.diff.line if view.diff else None,
        would_change=[f"{each.label}: {each.outcome}" for each in view.what_ifs],
    )


def _said(feedback: Feedback) -> Said:
    return Said(
        id=feedback.id, reason=feedback.reason, author=feedback.author, created_at=feedback.created_at
    )
