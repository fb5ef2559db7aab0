"""Temperature levels and tiers: how warm a lead is and where it ranks; listed with their leads, and changed."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from galena.stores import statistics
from galena.surfaces.api.caller import PROBLEMS, Reader
from galena.surfaces.api.facts import Label
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.rules import LevelChange, RulesChange, Saved, TierChange, rules_tag, save
from galena.surfaces.api.values import Short
from galena.surfaces.api.versions import CHANGED, IfMatch
from galena.surfaces.api.workplace import CLASH, GONE, Configurer
from galena.workflows.plans import active_plan
from galena.workflows.rules_editing import threshold_of
from galena.workflows.tier_capacity import room_of, set_capacities

router = APIRouter(tags=["temperature"], responses=PROBLEMS, route_class=RepeatableRoute)


class LevelItem(BaseModel):
    """A temperature level; the first whose condition holds applies."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "hot",
                    "label": "Hot",
                    "when": "engagement >= 60",
                    "keep": "engagement >= 50",
                    "points": 5.0,
                    "leads": 12,
                }
            ]
        }
    )

    name: str
    label: str
    when: str = Field(description="To enter it: an SQL condition over fit, engagement, fields and features.")
    keep: str | None = Field(description="Also enough to stay in it.")
    points: float = Field(description="What being in it adds to the score.")
    leads: int


class TierItem(BaseModel):
    """A tier; the first whose condition holds applies."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "green",
                    "label": "Green",
                    "colour": "green",
                    "begins": 70.0,
                    "when": "score >= 70",
                    "keep": None,
                    "capacity": None,
                    "leads": 12,
                }
            ]
        }
    )

    name: str
    label: str
    colour: str
    begins: float | None = Field(description="The score from which it begins, where its condition says one.")
    when: str
    keep: str | None
    capacity: int | None = Field(description="How many leads it holds at most; null: as many as there are.")
    leads: int


class CapacityOrder(BaseModel):
    """How many leads the best tiers may hold."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"leads": {}, "why": "All conditions again"}]})

    leads: dict[Label, int] = Field(
        max_length=20, description="Tier, and how many; empty: conditions set every tier again."
    )
    why: Short = ""


class CapacitySet(BaseModel):
    """What the new places did."""

    moved: int = Field(description="Leads that are in another tier now.")


@router.get("/temperature", operation_id="list_temperature_levels")
def list_levels(caller: Reader, response: Response) -> list[LevelItem]:
    """The temperature levels, the warmest first, and how many leads are in each."""
    with caller.entered() as session:
        plan = active_plan(session)
        counts = statistics.count_by_temperature(session)
    response.headers["etag"] = rules_tag(plan.revision)
    return [
        LevelItem(
            name=each.name,
            label=each.label,
            when=each.when,
            keep=each.keep,
            points=each.points,
            leads=counts.get(each.name, 0),
        )
        for each in plan.playbook.rules.temperature
    ]


@router.patch(
    "/temperature/{name}", operation_id="change_temperature_level", responses={**GONE, **CHANGED, **CLASH}
)
def change_level(
    request: Request,
    response: Response,
    caller: Configurer,
    name: Label,
    change: LevelChange,
    if_match: IfMatch = None,
) -> Saved:
    """Change a temperature level: a new revision, by which every lead is scored."""
    return save(request, response, caller, RulesChange(temperature={name: change}), if_match)


@router.get("/tiers", operation_id="list_tiers")
def list_tiers(caller: Reader, response: Response) -> list[TierItem]:
    """The tiers, the best first, and how many leads are in each, by a person's word where one holds."""
    with caller.entered() as session:
        plan = active_plan(session)
        counts = statistics.count_in_force(session)
        places = dict(room_of(session, plan.playbook).places)
    response.headers["etag"] = rules_tag(plan.revision)
    return [
        TierItem(
            name=each.name,
            label=each.label,
            colour=each.colour,
            begins=threshold_of(each),
            when=each.when,
            keep=each.keep,
            capacity=places.get(each.name),
            leads=counts.get(each.name, 0),
        )
        for each in plan.playbook.rules.tiers
    ]


@router.put("/tiers/capacities", operation_id="set_tier_capacities", responses=CLASH)
def set_tier_capacities(caller: Configurer, order: CapacityOrder) -> CapacitySet:
    """Say how many leads each of the best tiers may hold; places are given at once, by score."""
    with caller.entered() as session:
        playbook = active_plan(session).playbook
        return CapacitySet(moved=set_capacities(session, playbook, order.leads, why=order.why))


@router.patch("/tiers/{name}", operation_id="change_tier", responses={**GONE, **CHANGED, **CLASH})
def change_tier(
    request: Request,
    response: Response,
    caller: Configurer,
    name: Label,
    change: TierChange,
    if_match: IfMatch = None,
) -> Saved:
    """Change a tier: a new revision, by which every lead is scored."""
    return save(request, response, caller, RulesChange(tiers={name: change}), if_match)
