"""Behaviours: what leads do, fading with time; how they are defined, changed, and how strong each is for a lead now."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from galena.domain.playbook import Behaviour
from galena.stores import leads, signals
from galena.surfaces.api.caller import PROBLEMS, Reader
from galena.surfaces.api.facts import Label
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.rules import BehaviourChange, RulesChange, Saved, known, rules_tag, save
from galena.surfaces.api.versions import CHANGED, IfMatch
from galena.surfaces.api.workplace import CLASH, GONE, Configurer
from galena.workflows.lead_view import inputs_of
from galena.workflows.plans import active_plan

router = APIRouter(tags=["behaviours"], responses=PROBLEMS, route_class=RepeatableRoute)


class BehaviourItem(BaseModel):
    """Something that leads do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "browsing",
                    "label": "Browsing",
                    "signals": ["page_view"],
                    "weight": 1.0,
                    "half_life_days": 14.0,
                    "decay": "exponential",
                    "cap": None,
                }
            ]
        }
    )

    name: str
    label: str
    signals: list[str] = Field(description="The kinds of signals that make it.")
    weight: float = Field(description="What each signal adds.")
    half_life_days: float = Field(description="After so many days half of it is left.")
    decay: Literal["exponential", "linear", "step", "none"]
    cap: float | None = Field(description="The most it can be; null: no limit.")


class LeadBehaviour(BaseModel):
    """How strong a behaviour of a lead is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "browsing", "label": "Browsing", "intensity": 1.5, "last_at": "2026-03-02T09:00:00Z"}
            ]
        }
    )

    name: str
    label: str
    intensity: float = Field(description="The sum of its signals, faded until now; 0 without any.")
    last_at: datetime | None = Field(description="When it was shown last.")


@router.get("/behaviours", operation_id="list_behaviours")
def list_behaviours(caller: Reader, response: Response) -> list[BehaviourItem]:
    """The behaviours that the playbook knows; the ETag is that of all the rules."""
    with caller.entered() as session:
        plan = active_plan(session)
    response.headers["etag"] = rules_tag(plan.revision)
    return [_item(each) for each in plan.playbook.behaviours]


@router.get("/behaviours/{name}", operation_id="get_behaviour", responses=GONE)
def get_behaviour(caller: Reader, response: Response, name: Label) -> BehaviourItem:
    """One behaviour; the ETag is that of all the rules."""
    with caller.entered() as session:
        plan = active_plan(session)
    response.headers["etag"] = rules_tag(plan.revision)
    return _item(known({each.name: each for each in plan.playbook.behaviours}, name, "behaviour"))


@router.patch("/behaviours/{name}", operation_id="change_behaviour", responses={**GONE, **CHANGED, **CLASH})
def change_behaviour(
    request: Request,
    response: Response,
    caller: Configurer,
    name: Label,
    change: BehaviourChange,
    if_match: IfMatch = None,
) -> Saved:
    """Change how much a behaviour counts and how it fades: a new revision, by which every lead is scored. POST
    /factors/preview says who would move."""
    return save(request, response, caller, RulesChange(behaviours={name: change}), if_match)


@router.get("/leads/{lead_id}/behaviours", operation_id="list_lead_behaviours", responses=GONE)
def list_lead_behaviours(caller: Reader, lead_id: UUID) -> list[LeadBehaviour]:
    """How strong each behaviour of a lead is now."""
    with caller.entered() as session:
        entry, plan = leads.load(session, lead_id), active_plan(session)
        told = signals.list_for_lead(session, lead_id)
    inputs = inputs_of(plan, entry, told, caller.galena.clock())
    return [
        LeadBehaviour(
            name=each.name,
            label=each.label,
            intensity=inputs.get(f"{each.name}_intensity") or 0.0,
            last_at=inputs.get(f"{each.name}_last_at"),
        )
        for each in plan.playbook.behaviours
    ]


def _item(behaviour: Behaviour) -> BehaviourItem:
    return BehaviourItem(
        name=behaviour.name,
        label=behaviour.label,
        signals=list(behaviour.signals),
        weight=behaviour.weight,
        half_life_days=behaviour.half_life_days,
        decay=behaviour.decay,
        cap=behaviour.cap,
    )
