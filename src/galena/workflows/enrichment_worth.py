"""Which missing facts of a lead cannot move its tier, by the rules it is scored with."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from galena.domain.imports import StoredSignal
from galena.domain.listing import LeadEntry
from galena.domain.score import NotScored, Previous, Score
from galena.engines.enrichment.worth import Stake, bounds_of, can_move_tier
from galena.engines.scoring.definitions import micropoints
from galena.engines.scoring.slots import DISCARD, TEMPERATURE, TIER, active_factors, column
from galena.stores import capacities, models
from galena.stores.door import Session
from galena.workflows.lead_reasoning import seat_of
from galena.workflows.lead_view import inputs_of
from galena.workflows.plans import Plan

_ONLY_SCORE = frozenset(("score", "previous_tier", "confidence"))
_CONFIDENCES = (0.0, 0.25, 0.5, 0.75, 1.0)


def rules_alone(session: Session, plan: Plan) -> bool:
    """Whether tiers come of the rules alone: no model and no reasoner scores, and no tier is limited in number."""
    head, limits = plan.playbook.models.score_head, capacities.find_latest(session)
    return (
        (head is None or models.find_champion(session, head.name) is None)
        and seat_of(session, plan) is None
        and not (limits and limits.leads)
    )


def not_worth(
    plan: Plan, entry: LeadEntry, told: Sequence[StoredSignal], missing: Collection[str], as_of: datetime
) -> dict[str, str]:
    """Of the missing fields, those that are not bought, and why, where the rules alone set tiers."""
    inputs = inputs_of(plan, entry, told, as_of)
    score = plan.scorer.score_one(inputs, as_of, Previous())
    if isinstance(score, NotScored):
        return dict.fromkeys(missing, "the lead is discarded")
    programs = plan.scorer.programs
    # What discards a lead, or stands in a tier's own condition, moves the tier by itself.
    deciding = programs.points.inputs_of(DISCARD) | _tier_inputs(plan)
    others = [name for name in missing if name not in deciding]
    stakes = _stakes(plan, score)
    idle = {name: "no rule reads it" for name in others if not _is_read(plan, name, stakes)}
    if _can_move(plan, score, missing, stakes):
        return idle
    return dict.fromkeys(others, "at best and at worst the tier stays the same") | idle


def _stakes(plan: Plan, score: Score) -> list[Stake]:
    now = {each.name: each.micropoints for each in score.contributions if each.kind == "factor"}
    points = plan.scorer.programs.points
    return [
        Stake(
            factor.category,
            micropoints(factor.points),
            now.get(factor.name, 0),
            points.inputs_of(column("factor", factor.name)),
        )
        for factor in active_factors(plan.playbook.rules)
    ]


def _can_move(plan: Plan, score: Score, missing: Collection[str], stakes: Sequence[Stake]) -> bool:
    rules = plan.playbook.rules
    caps = {each.name: micropoints(each.cap) for each in rules.categories if each.cap is not None}
    levels: list[int] = []
    if rules.temperature:
        # It may read the sub-scores, and with them every factor.
        levels = [micropoints(level.points) for level in rules.temperature]
    now = sum(each.micropoints for each in score.contributions if each.kind == "temperature")
    reads = _reads_temperature(plan, missing)
    bounds = bounds_of(missing, stakes, caps, levels if reads else (), now)
    # Each fact more or less that is known moves the confidence, too.
    confidences = _CONFIDENCES if "confidence" in plan.scorer.programs.tier.inputs_of(TIER) else ()
    standing = plan.scorer.tier_at(score, score.micropoints)
    return any(
        can_move_tier(score.micropoints, bounds, partial(plan.scorer.tier_at, as_sure), standing)
        for as_sure in (score, *(replace(score, confidence=each) for each in confidences))
    )


def _reads_temperature(plan: Plan, missing: Collection[str]) -> bool:
    points = plan.scorer.programs.points
    if not plan.playbook.rules.temperature:
        return False
    return bool(points.inputs_of(TEMPERATURE) & set(missing))


def _is_read(plan: Plan, name: str, stakes: Sequence[Stake]) -> bool:
    return any(name in each.inputs for each in stakes) or _reads_temperature(plan, (name,))


def _tier_inputs(plan: Plan) -> frozenset[str]:
    """The lead fields that a tier's conditions read besides score and confidence; sub-scores read them all."""
    programs = plan.scorer.programs
    named = programs.tier.inputs_of(TIER) - _ONLY_SCORE
    found: set[str] = set()
    for name in named:
        if name in ("fit", "engagement"):
            return frozenset(programs.inputs)
        found |= {name} if name in programs.inputs else programs.points.inputs_of(name)
    return frozenset(found)
