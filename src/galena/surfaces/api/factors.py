"""Factors: what scores are made of; listed, tried out, changed, and earlier rules brought back."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from galena.domain.playbook import Factor
from galena.domain.score import MICROPOINTS
from galena.stores import revisions
from galena.surfaces.api.caller import PROBLEMS, Reader
from galena.surfaces.api.facts import Label
from galena.surfaces.api.paging import Cursor, Page, PageSize, cut
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.rules import (
    FactorChange,
    NewFactor,
    RevisionItem,
    RulesChange,
    Saved,
    edited,
    known,
    revision_item,
    rules_tag,
    save,
    score_by,
)
from galena.surfaces.api.versions import CHANGED, IfMatch, ensure_unchanged
from galena.surfaces.api.workplace import CLASH, GONE, Configurer, Looker
from galena.workflows.plans import active_plan
from galena.workflows.rules_editing import expression_names, restore_rules
from galena.workflows.rules_preview import Preview, preview_rules

router = APIRouter(prefix="/factors", tags=["factors"], responses=PROBLEMS, route_class=RepeatableRoute)


class FactorItem(BaseModel):
    """A part of the score."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "owner_age_65",
                    "category": "owner",
                    "label": "The owner is {owner_age}",
                    "when": "owner_age >= 65",
                    "points": 8.0,
                    "on": True,
                    "description": "",
                }
            ]
        }
    )

    name: str
    category: str
    label: str = Field(description="The words of the reason; {field} is replaced.")
    when: str = Field(description="An SQL condition.")
    points: float
    on: bool
    description: str


class CategoryItem(BaseModel):
    """What factors belong to."""

    name: str
    label: str
    side: Literal["fit", "engagement"] = Field(description="Who they are, or what they do.")
    cap: float | None = Field(description="The most that its factors give together; null: no limit.")


class FactorItems(BaseModel):
    """The rules' factors, in the order of the playbook."""

    revision: int
    start_points: float = Field(description="Where every lead starts.")
    categories: list[CategoryItem]
    factors: list[FactorItem]


class NameItem(BaseModel):
    """What a condition may read."""

    name: str
    kind: str


class TierShiftItem(BaseModel):
    """How many leads stand in a tier now and would then."""

    tier: str
    now: int
    then: int


class TierFlowItem(BaseModel):
    """How many leads would go from one tier to another."""

    before: str
    after: str
    leads: int


class ExampleItem(BaseModel):
    """A lead that would move."""

    lead_id: UUID
    title: str
    before: float
    after: float
    tier_before: str
    tier_after: str


class PreviewItem(BaseModel):
    """Who would move, if the rules were changed so."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "changes": ["factor owner_age_65: points 8 to 11"],
                    "leads": 70,
                    "compared": 70,
                    "up": 9,
                    "down": 0,
                    "same": 61,
                    "tiers": [{"tier": "green", "now": 12, "then": 13}],
                    "flows": [{"before": "yellow", "after": "green", "leads": 1}],
                    "examples": [],
                    "model": None,
                    "rules_share": 1.0,
                }
            ]
        }
    )

    changes: list[str] = Field(description="In words.")
    leads: int = Field(description="There are.")
    compared: int = Field(description="Up, down and same are of these; of many leads an even sample.")
    up: int
    down: int
    same: int
    tiers: list[TierShiftItem]
    flows: list[TierFlowItem]
    examples: list[ExampleItem] = Field(description="The largest moves, between tiers first.")
    model: str | None = Field(description="The model whose scores are compared with the rules in them.")
    rules_share: float = Field(description="How much the rules count in the scores, 0 to 1.")


class RevisionItems(Page):
    """A page of revisions, the newest first."""

    items: list[RevisionItem]


@router.get("", operation_id="list_factors")
def list_factors(caller: Reader, response: Response) -> FactorItems:
    """The factors in use, with their categories; the ETag is that of all the rules."""
    with caller.entered() as session:
        plan = active_plan(session)
    rules = plan.playbook.rules
    response.headers["etag"] = rules_tag(plan.revision)
    return FactorItems(
        revision=plan.revision.number,
        start_points=rules.start_points,
        categories=[
            CategoryItem(name=each.name, label=each.label, side=each.side, cap=each.cap)
            for each in rules.categories
        ],
        factors=[_item(each) for each in rules.factors],
    )


@router.get("/names", operation_id="list_factor_names")
def list_names(caller: Looker) -> list[NameItem]:
    """What conditions may read, with the kind of each."""
    with caller.entered() as session:
        known = expression_names(active_plan(session))
    return [NameItem(name=name, kind=known[name].name.lower()) for name in sorted(known)]


@router.post("/preview", operation_id="preview_factors", responses=GONE)
def preview(caller: Configurer, change: RulesChange) -> PreviewItem:
    """Who would move if the rules were changed so; nothing is saved."""
    with caller.entered() as session:
        plan, edit = edited(session, change)
        found = preview_rules(session, plan, edit.sound, caller.galena.clock())
    return _preview(found, list(edit.changes))


@router.patch("", operation_id="change_rules", responses={**GONE, **CHANGED, **CLASH})
def change_rules(
    request: Request, response: Response, caller: Configurer, change: RulesChange, if_match: IfMatch = None
) -> Saved:
    """Change any of the rules at once: a new revision, by which every lead is scored."""
    return save(request, response, caller, change, if_match)


@router.post("", operation_id="add_factor", responses={**GONE, **CHANGED, **CLASH})
def add_factor(
    request: Request, response: Response, caller: Configurer, factor: NewFactor, if_match: IfMatch = None
) -> Saved:
    """Add a factor: a new revision, by which every lead is scored."""
    return save(request, response, caller, RulesChange(add=factor), if_match)


@router.get("/revisions", operation_id="list_revisions")
def list_revisions(caller: Looker, limit: PageSize = 50, cursor: Cursor = None) -> RevisionItems:
    """Every revision of the playbook, the newest first."""
    with caller.entered() as session:
        active = active_plan(session).revision.id
        found, following = cut(revisions.list_all(session), limit, cursor, lambda each: each.id)
        return RevisionItems(items=[revision_item(session, each, active) for each in found], next=following)


@router.post(
    "/revisions/{revision_id}/restore",
    operation_id="restore_revision",
    responses={**GONE, **CHANGED, **CLASH},
)
def restore(
    request: Request, response: Response, caller: Configurer, revision_id: UUID, if_match: IfMatch = None
) -> Saved:
    """Score by the rules of an earlier revision again, as a new revision; the history only grows."""
    with caller.entered() as session:
        before = active_plan(session).revision
        ensure_unchanged(if_match, rules_tag(before))
        old = revisions.load(session, revision_id)
        saved = restore_rules(session, revision_id)
        item = revision_item(session, saved, saved.id)
    response.headers["etag"] = rules_tag(saved)
    if saved.id == before.id:
        return Saved(revision=item, changes=[], job=None)
    job = score_by(request, response, caller, saved)
    return Saved(revision=item, changes=[f"the rules of revision {old.number} are in use again"], job=job)


@router.get("/{name}", operation_id="get_factor", responses=GONE)
def get_factor(caller: Reader, response: Response, name: Label) -> FactorItem:
    """One factor; the ETag is that of all the rules."""
    with caller.entered() as session:
        plan = active_plan(session)
    response.headers["etag"] = rules_tag(plan.revision)
    return _item(known({each.name: each for each in plan.playbook.rules.factors}, name, "factor"))


@router.patch("/{name}", operation_id="change_factor", responses={**GONE, **CHANGED, **CLASH})
def change_factor(
    request: Request,
    response: Response,
    caller: Configurer,
    name: Label,
    change: FactorChange,
    if_match: IfMatch = None,
) -> Saved:
    """Change a factor, or switch it on or off: a new revision, by which every lead is scored."""
    return save(request, response, caller, RulesChange(change={name: change}), if_match)


@router.delete("/{name}", operation_id="remove_factor", responses={**GONE, **CHANGED, **CLASH})
def remove_factor(
    request: Request, response: Response, caller: Configurer, name: Label, if_match: IfMatch = None
) -> Saved:
    """Take a factor out: a new revision, by which every lead is scored."""
    return save(request, response, caller, RulesChange(remove=[name]), if_match)


def _item(factor: Factor) -> FactorItem:
    return FactorItem(
        name=factor.name,
        category=factor.category,
        label=factor.label,
        when=factor.when,
        points=factor.points,
        on=factor.on,
        description=factor.description,
    )


def _preview(found: Preview, changes: list[str]) -> PreviewItem:
    return PreviewItem(
        changes=changes,
        leads=found.total,
        compared=found.compared,
        up=found.up,
        down=found.down,
        same=found.same,
        tiers=[TierShiftItem(tier=each.tier, now=each.now, then=each.then) for each in found.tiers],
        flows=[TierFlowItem(before=each.before, after=each.after, leads=each.leads) for each in found.flows],
        examples=[
            ExampleItem(
                lead_id=each.lead_id,
                title=each.title,
                before=each.before / MICROPOINTS,
                after=each.after / MICROPOINTS,
                tier_before=each.tier_before,
                tier_after=each.tier_after,
            )
            for each in found.examples
        ],
        model=found.model,
        rules_share=found.rules_share,
    )
