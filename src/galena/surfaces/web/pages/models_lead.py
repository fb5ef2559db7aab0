"""What models say of one lead: each head's probability with its interval, and each member's own word."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from galena.bootstrap import Galena
from galena.domain.registered_model import RegisteredModel
from galena.domain.score import FALLBACK_WORDS, Score
from galena.domain.scored import HeadScore
from galena.stores import models
from galena.surfaces.web.visitors import Visitor, entered
from galena.workflows.lead_view import LeadView

NEAR_POINTS = 10
"""Members whose words lie within so many points of each other are said to agree."""

_FALLBACKS: Mapping[str, tuple[str, str]] = {
    "model_failed": (
        "Scored by rules because the model failed.",
        "The rules are sound, but know less. The administrators were told; once the model works, or another one is "
        "promoted, score again.",
    ),
    "no_champion": (
        "Scored by rules: no model was promoted yet.",
        "A model is trained; promote it, and it scores.",
    ),
    "few_labels": (
        "Scored by rules: no model was trained yet.",
        "Bring in what became of earlier leads; from a hundred or so of them a model can be trained.",
    ),
}


def fallback_of(score: Score | None) -> dict[str, Any] | None:
    """Why rules stand in for a model, and what to do; None where they do not."""
    if score is None or score.fallback is None:
        return None
    what, remedy = _FALLBACKS.get(
        score.fallback, (f"Scored {FALLBACK_WORDS.get(score.fallback, 'by rules')}.", "")
    )
    return {"what": what, "remedy": remedy, "bad": score.fallback == "model_failed"}


def heads_of(galena: Galena, visitor: Visitor, view: LeadView) -> list[dict[str, Any]]:
    """What the models in use say of the lead, head by head; whose words they are is for the operator's people."""
    known: dict[UUID, RegisteredModel] = {}
    if visitor.user.tenant_id is None:
        with entered(galena, visitor) as session:
            known = {each: models.load(session, each) for each in {head.model_id for head in view.heads}}
    told = {head.head: head for head in view.heads}
    ordered = [told[head.name] for head in view.plan.playbook.models.heads if head.name in told]
    return [_head(view, each, known.get(each.model_id)) for each in ordered]


def _head(view: LeadView, said: HeadScore, model: RegisteredModel | None) -> dict[str, Any]:
    heads = view.plan.playbook.models
    head = heads.head(said.head)
    before = heads.head(head.given) if head and head.given else None
    members = _members(said, model)
    return {
        "label": head.label if head else said.head,
        "given": before.label if before else "",
        "probability": f"{100 * said.probability:.0f} %",
        "at": round(100 * said.probability, 1),
        "between": f"{100 * said.low:.0f} to {100 * said.high:.0f} %",
        "low": round(100 * said.low, 1),
        "width": round(100 * max(said.high - said.low, 0.0), 1),
        "confidence": f"{100 * said.confidence:.0f} %",
        "worth": "" if said.expected_value is None else f"{said.expected_value:,.0f}",
        "model": model and {"id": model.id, "name": model.name},
        "members": members,
        "agreement": _agreement(said.members) if members else "",
    }


def _members(said: HeadScore, model: RegisteredModel | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    given = model.card.get("members", ())
    names = [
        str(each.get("name", "")) if isinstance(each, Mapping) else str(each)
        for each in (given if isinstance(given, list | tuple) else ())
    ]
    if len(said.members) == len(names) + 1:
        names.append("rules")
    if len(said.members) != len(names):
        names = [f"member {place + 1}" for place in range(len(said.members))]
    return [
        {
            "name": name.replace("_", " "),
            "probability": f"{100 * probability:.0f} %",
            "fill": round(100 * probability, 1),
        }
        for name, probability in zip(names, said.members, strict=True)
    ]


def _agreement(members: tuple[float, ...]) -> str:
    if len(members) < 2:
        return ""
    gap = 100 * (max(members) - min(members))
    if gap <= NEAR_POINTS:
        return f"They agree: {gap:.0f} points lie between them."
    return f"They differ: {gap:.0f} points lie between them."
