"""One lead: the score and its reasons, what would change it, facts with their sources, signals, history."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from galena.domain.imports import StoredSignal
from galena.domain.playbook import FieldType
from galena.domain.reasoner import METHOD_WORDS
from galena.domain.score import MICROPOINTS
from galena.engines.explanation import Part, shown_points, signed
from galena.stores import reasoner_answers, sameness
from galena.stores.door import OPERATOR
from galena.surfaces.web.answers import onward
from galena.surfaces.web.home_cards import sign_of
from galena.surfaces.web.pages.appointments import meetings_of
from galena.surfaces.web.pages.lead_match import match_of
from galena.surfaces.web.pages.lead_outcome import outcome_of
from galena.surfaces.web.pages.lead_override import override_of
from galena.surfaces.web.pages.lead_reasoning import reasoning_of
from galena.surfaces.web.pages.lead_sales import sales_of
from galena.surfaces.web.pages.leads import STATUS_LABELS, standing_words
from galena.surfaces.web.pages.models_lead import fallback_of, heads_of
from galena.surfaces.web.pages.notes import notes_of
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, SignedIn, entered, galena_of
from galena.surfaces.web.words import day, moment_words, near_day, nouns_of, phone_words
from galena.workflows.lead_view import LeadView, PastScore, view_lead
from galena.workflows.rescore import rescore_leads
from galena.workflows.suppress import banned_leads

router = APIRouter()

BARS = 7
SIGNALS_SHOWN = 40
FEWEST_DRAWN = 3
CONTACTS = (FieldType.PHONE, FieldType.EMAIL)
_SCHEMES = {FieldType.PHONE: "tel:", FieldType.EMAIL: "mailto:"}
_MONEY = ("amount", "price", "value")
"""What signals call sums of money."""
CHANGES_SHOWN = 5
FACTS_SHOWN = 12
REPLAY_WORDS = {
    True: "same to the last digit",
    False: "differs: tell the operator",
    None: "its model is gone",
}
_IMPORTANCE = ("required", "useful", "optional")


@router.get("/leads/{lead_id}", response_class=HTMLResponse)
def show(
    request: Request, visitor: SignedIn, lead_id: UUID, removed: Annotated[UUID | None, Query()] = None
) -> Response:
    """The page of one lead."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        visible = sameness.visible_of(session, lead_id)
        if visible != lead_id:
            return RedirectResponse(f"/leads/{visible}", 303)
        view = view_lead(session, lead_id)
        match = match_of(session, visitor, lead_id)
        now = galena.clock()
        sold = sales_of(session, view.plan.playbook, lead_id, now)
        outcome = outcome_of(session, visitor, view.plan.playbook, lead_id, now)
        banned = bool(banned_leads(session, view.plan.playbook, [view.entry]))
        said = override_of(session, visitor, view.plan, lead_id, now)
        noted = notes_of(session, visitor, lead_id, now)
        meetings = meetings_of(session, lead_id, now)
    entry, facts = view.entry, _facts(view, now)
    return page(
        request,
        "lead.html",
        visitor,
        here="leads",
        words=nouns_of(view.plan.playbook),
        lead={"id": entry.lead.id, "title": entry.title or entry.lead.key, "key": entry.lead.key},
        chips=_chips(view),
        score=_score(view, now),
        model_heads=heads_of(galena, visitor, view),
        match=match,
        sales=sold,
        outcome=outcome,
        override=said,
        notes={**noted, "removed": removed},
        meetings=meetings,
        reasoning=reasoning_of(view, now),
        fallback=fallback_of(view.standing.score if view.standing else None),
        not_scored=_not_scored(view),
        what_ifs=[{"label": each.label, "outcome": each.outcome} for each in view.what_ifs],
        history=[_past(view, past, now) for past in view.past],
        all_replay=all(past.replays is True and not _is_reasoned(past) for past in view.past),
        spark=_spark(view),
        contact=_contact(view, banned=banned),
        is_own=visitor.user.tenant_id is not None and outcome is not None,
        can_say=bool(outcome and outcome["can_say"] and not banned),
        diff=_diff(view),
        facts=facts[:FACTS_SHOWN],
        more_facts=facts[FACTS_SHOWN:],
        signals=[_signal(view, each) for each in view.signals[:SIGNALS_SHOWN]],
        quality=_quality(view),
    )


@router.post("/leads/{lead_id}/score")
def score_again(request: Request, visitor: Editor, lead_id: UUID) -> RedirectResponse:
    """Score this lead now."""
    galena = galena_of(request)
    with galena.door.enter(visitor.workspace.id, tenant_id=OPERATOR, actor=str(visitor.user.id)) as session:
        changed = rescore_leads(session, [lead_id], galena.clock(), trigger="request")
    return onward(
        f"/leads/{lead_id}", "Scored again." if changed else "Scored again: nothing has changed since."
    )


@router.post("/leads/{lead_id}/reviewed")
def mark_reviewed(request: Request, visitor: Editor, lead_id: UUID) -> RedirectResponse:
    """Note that a person has looked at a lead whose texts tried to set its score."""
    galena = galena_of(request)
    with galena.door.enter(visitor.workspace.id, tenant_id=OPERATOR, actor=str(visitor.user.id)) as session:
        reasoner_answers.mark_reviewed(session, lead_id, at=galena.clock())
    return onward(f"/leads/{lead_id}", "Noted: you have looked at it.")


def _chips(view: LeadView) -> list[str]:
    entry = view.entry
    labels = {each.name: each.label for each in view.plan.playbook.categories}
    chips = [entry.subtitle] if entry.subtitle else []
    stands = standing_words(entry.lead.status, entry.lead.status_reason, view.plan.playbook)
    category = [labels.get(entry.category, entry.category)] if entry.category else []
    return chips + category + ([stands] if stands else [])


def _score(view: LeadView, now: datetime) -> dict[str, Any] | None:
    told, standing = view.explanation, view.standing
    if told is None or standing is None:
        return None
    facts = [
        f"confidence {told.confidence:.0%}".replace("%", " %"),
        moment_words(standing.scored_at, now),
        _maker(standing),
    ]
    before = view.diff
    return {
        "points": told.shown,
        "colour": told.colour,
        "headline": told.headline,
        "tier_rule": tier_rule_words(view),
        "facts": " · ".join(facts),
        "change": f"{before.before_shown} before" if before and before.before != before.after else "",
        "bars": [_bar(part, told.parts) for part in told.bars(BARS)],
        "all_bars": [_bar(part, told.parts) for part in told.parts],
    }


def tier_rule_words(view: LeadView) -> str:
    """Which rule set the tier, where capacity sets tiers: "Green by capacity: 50 can be worked, ..."."""
    if view.tier_rule is None:
        return ""
    labels = {tier.name: tier.label for tier in view.plan.playbook.rules.tiers}
    said = view.tier_rule.sentence.format(**{name: label.lower() for name, label in labels.items()})
    return f"{labels[view.tier_rule.tier]} {said}."


def _bar(part: Part, parts: tuple[Part, ...]) -> dict[str, Any]:
    """A bar with its place in per cent of the widest the waterfall gets."""
    top = max(100 * MICROPOINTS, *(max(each.begins, each.ends) for each in parts))
    low = min(0, *(min(each.begins, each.ends) for each in parts))
    kind = "start" if part.kind == "start" else "down" if part.micropoints < 0 else "up"
    return {
        "label": part.sentence,
        "kind": kind,
        "left": round(100 * (min(part.begins, part.ends) - low) / (top - low), 2),
        "width": round(100 * abs(part.ends - part.begins) / (top - low), 2),
        "points": part.signed,
        "down": part.shown < 0,
    }


def _not_scored(view: LeadView) -> str:
    lead = view.entry.lead
    if lead.status == "active":
        return "It has not been scored yet."
    if waits := standing_words(lead.status, lead.status_reason, view.plan.playbook):
        return f"{waits}. It is scored when that is known."
    reasons = {each.name: each.label for each in view.plan.playbook.discards}
    return f"{STATUS_LABELS[lead.status]}: {reasons.get(lead.status_reason or '', lead.status_reason)}."


def _past(view: LeadView, past: PastScore, now: datetime) -> dict[str, Any]:
    tier = view.plan.explainer.tier(past.score.tier)
    return {
        "when": moment_words(past.scored_at, now),
        "points": shown_points(past.score.micropoints),
        "tier": tier.label if tier else past.score.tier,
        "colour": tier.colour if tier else "grey",
        "temperature": view.plan.explainer.level_words(past.score.temperature),
        "version": _maker(past),
        "replay": "an answer, kept as it came" if _is_reasoned(past) else REPLAY_WORDS[past.replays],
    }


def _spark(view: LeadView) -> str:
    """The scores so far as points of a drawing 100 wide and 30 high; empty below three."""
    points = [max(past.score.micropoints, 0) for past in reversed(view.past)]
    if len(points) < FEWEST_DRAWN:
        return ""
    low, high = min(points), max(points)
    step, room = 100 / (len(points) - 1), (high - low) or 1
    return " ".join(f"{at * step:.1f},{27 - 24 * (each - low) / room:.1f}" for at, each in enumerate(points))


def _contact(view: LeadView, *, banned: bool) -> dict[str, Any]:
    """The telephone number and the e-mail address by which it is reached in one click."""
    found: dict[str, Any] = {"banned": banned, "phone": "", "email": ""}
    for name, field in view.plan.playbook.fields.items():
        value = view.entry.lead.fields.get(name)
        if field.type in CONTACTS and value and not found[field.type.value]:
            found[field.type.value] = str(value)
    return found


def _is_reasoned(past: PastScore) -> bool:
    return past.score.method in METHOD_WORDS


def _maker(past: PastScore) -> str:
    """Who made a score: model booked:3, rules 2; rules 2; the reasoner."""
    if past.score.method == "pending_retry":
        return "waits for the reasoner"
    if _is_reasoned(past):
        return "the reasoner"
    return f"model {past.model}, rules {past.revision}" if past.model else f"rules {past.revision}"


def _diff(view: LeadView) -> dict[str, Any] | None:
    if view.diff is None:
        return None
    changes = [each for each in view.diff.changes if each.shown][:CHANGES_SHOWN]
    parts = [
        {"points": signed(each.shown), "label": each.sentence, "down": each.shown < 0} for each in changes
    ]
    return {"headline": view.diff.headline, "parts": parts}


def _facts(view: LeadView, now: datetime) -> list[dict[str, str]]:
    """Every known fact; a source's label where the playbook has one, and the day it was true."""
    playbook, lead = view.plan.playbook, view.entry.lead
    sources = {mapping.source: mapping.label or mapping.source for mapping in playbook.mappings}
    found = []
    # What matters most stands first; the playbook's own order holds among equals.
    for name, field in sorted(
        playbook.fields.items(), key=lambda pair: _IMPORTANCE.index(pair[1].importance)
    ):
        value = view.plan.explainer.show(name, lead.fields.get(name))
        if value is None:
            continue
        origin = lead.provenance.get(name)
        source = sources.get(origin.source, origin.source) if origin else ""
        when = near_day(origin.observed_at, now) if origin else ""
        scheme = _SCHEMES.get(field.type, "")
        href = f"{scheme}{lead.fields.get(name)}" if scheme else ""
        shown = phone_words(value) if field.type == FieldType.PHONE else value
        found.append({"label": field.label, "value": shown, "href": href, "source": source, "when": when})
    return found


def _signal(view: LeadView, signal: StoredSignal) -> dict[str, str]:
    kind = view.plan.playbook.signal_kinds.get(signal.kind)
    words = kind.sentence or kind.label if kind else signal.kind.replace("_", " ")
    for name, value in signal.attributes.items():
        told = view.plan.explainer.show(name, value) or ""
        if name in _MONEY and isinstance(value, int | float):
            told = f"{sign_of(view.plan.playbook.currency)}{value:,.0f}"
        words = words.replace("{" + name + "}", told)
    if "{" in words and kind:
        words = kind.label
    return {"at": day(signal.at), "at_iso": signal.at.isoformat(), "sentence": words}


def _quality(view: LeadView) -> dict[str, Any]:
    lead = view.entry.lead
    parts = [
        {"label": name.replace("_", " ").capitalize(), "points": round(points)}
        for name, points in lead.data_quality_parts.items()
    ]
    return {"points": round(lead.data_quality), "parts": parts}
