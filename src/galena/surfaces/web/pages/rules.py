"""Factors, tiers and temperature: edited with a preview of who moves, saved as revisions, restored."""

import re
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from galena.domain.playbook import Behaviour, Factor, Playbook, TemperatureLevel, Tier
from galena.domain.revision import Revision
from galena.engines.explanation import shown_points
from galena.kit.errors import InputError
from galena.stores import revisions, users
from galena.stores.door import Session
from galena.surfaces.web.answers import onward
from galena.surfaces.web.forms import Texts
from galena.surfaces.web.jobs import Job
from galena.surfaces.web.pages.capacity import capacity_card, limited_words, typed_capacities
from galena.surfaces.web.pages.work import begin, context_of, score_all
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, SignedIn, Visitor, entered, galena_of
from galena.surfaces.web.words import day, nouns_of
from galena.workflows.plans import Plan, active_plan
from galena.workflows.rules_editing import (
    DECAYS,
    EditProblem,
    RulesEdit,
    RulesEditError,
    edit_rules,
    expression_names,
    restore_rules,
    save_rules,
    threshold_of,
)
from galena.workflows.rules_preview import Preview, preview_rules
from galena.workflows.tier_capacity import room_of, set_capacities

router = APIRouter()

REVISIONS_SHOWN = 30
SIDES = {"fit": "who they are", "engagement": "what they do"}
_PLACEHOLDER = re.compile(r"\{\s*(\w+)\s*\}")
_NAME = re.compile(r"\b[a-z_]\w*")
UNTOUCHED: dict[str, Any] = {"problems": (), "untouched": True}


@router.get("/rules", response_class=HTMLResponse)
def show(request: Request, visitor: SignedIn) -> HTMLResponse:
    """The rules in use."""
    with entered(galena_of(request), visitor) as session:
        return _page(request, visitor, session, active_plan(session), {}, UNTOUCHED)


@router.post("/rules/preview", response_class=HTMLResponse)
def preview(request: Request, visitor: Editor, texts: Texts) -> HTMLResponse:
    """What the edited rules would do: a part of the page, or the whole page without scripts."""
    with entered(galena_of(request), visitor) as session:
        plan = active_plan(session)
        found = _preview(session, plan, edit_rules(plan, texts), galena_of(request).clock())
        if request.headers.get("hx-request"):
            return page(request, "rules_preview.html", visitor, preview=found, words=nouns_of(plan.playbook))
        return _page(request, visitor, session, plan, texts, found)


@router.post("/rules", response_model=None)
def save(request: Request, visitor: Editor, texts: Texts) -> Response:
    """Save the edited rules and score every lead by them; with mistakes the page again, nothing saved."""
    with entered(galena_of(request), visitor) as session:
        plan = active_plan(session)
        edit = edit_rules(plan, texts)
        try:
            saved = save_rules(session, edit, based_on=_based_on(texts), note=texts.get("note", ""))
        except RulesEditError as error:
            problems = {"problems": [_problem(each) for each in error.problems], "untouched": False}
            return _page(request, visitor, session, plan, texts, problems, status=422)
    if saved.id == plan.revision.id:
        return RedirectResponse("/rules", 303)
    return _score(request, visitor, saved, f"Revision {saved.number} is saved")


@router.post("/rules/capacity")
def set_capacity(request: Request, visitor: Editor, texts: Texts) -> RedirectResponse:
    """Say how many leads the best tiers may hold; places are given at once."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        playbook = active_plan(session).playbook
        leads = typed_capacities(texts)
        moved = set_capacities(session, playbook, leads, why=texts.get("capacity_why", ""))
    words = nouns_of(playbook)
    done = "Tiers are by capacity" if leads else "Tiers are by the playbook's conditions"
    return onward("/rules", f"{done}: {moved:,} {words.one if moved == 1 else words.many} in another tier.")


@router.post("/rules/restore/{revision_id}")
def restore(request: Request, visitor: Editor, revision_id: UUID) -> RedirectResponse:
    """Use the rules of an earlier revision again."""
    with entered(galena_of(request), visitor) as session:
        saved = restore_rules(session, revision_id)
    return _score(request, visitor, saved, f"Revision {saved.number} is in use, as it was before")


def _score(request: Request, visitor: Visitor, saved: Revision, done: str) -> RedirectResponse:
    context = context_of(request, visitor)

    def work(job: Job) -> None:
        job.notice = f"{done}:"
        score_all(context, job, "rules")

    title = f"Scoring by revision {saved.number}"
    return begin(request, Job(visitor.workspace.id, title, f"score:{saved.id}", "/rules", "/rules"), work)


def _based_on(texts: Texts) -> UUID:
    try:
        return UUID(texts.get("based_on", ""))
    except ValueError:
        raise InputError("This form is not complete.", remedy="Open the page again.") from None


def _page(
    request: Request,
    visitor: Visitor,
    session: Session,
    plan: Plan,
    texts: dict[str, str],
    shown: dict[str, Any],
    status: int = 200,
) -> HTMLResponse:
    """The editor with what was typed so far."""
    rules = plan.playbook.rules
    problems = {each["place"]: each["text"] for each in shown["problems"]}

    def typed(place: str, now: str) -> dict[str, str]:
        value = texts.get(place, now)
        return {"place": place, "value": " ".join(value.split()), "problem": problems.get(place, "")}

    people = {str(user.id): user.name or user.email for user in users.list_all(session)}
    kept = revisions.list_all(session)[:REVISIONS_SHOWN]
    return page(
        request,
        "rules.html",
        visitor,
        here="rules",
        status=status,
        words=nouns_of(plan.playbook),
        revision=_revision(plan.revision, people, plan.revision.id),
        based_on=texts.get("based_on", str(plan.revision.id)),
        note=texts.get("note", ""),
        start=typed("start.points", f"{rules.start_points:g}"),
        start_label=rules.start_label,
        groups=[_group(each, plan.playbook, texts, typed) for each in rules.categories],
        levels=[_level(each, typed) for each in rules.temperature],
        behaviours=[_behaviour(each, typed) for each in plan.playbook.behaviours],
        decays=DECAYS,
        capacity=capacity_card(session, plan.playbook, texts),
        tiers=[_tier(each, typed, is_last=each is rules.tiers[-1]) for each in rules.tiers],
        new={key: typed(f"new.{key}", "") for key in ("label", "name", "category", "when", "points")},
        names=_names(plan),
        revisions=[_revision(each, people, plan.revision.id) for each in kept],
        preview=shown,
    )


def _group(category: Any, playbook: Playbook, texts: dict[str, str], typed: Any) -> dict[str, Any]:
    cap = "" if category.cap is None else f"{category.cap:g}"
    own = [factor for factor in playbook.rules.factors if factor.category == category.name]
    labels = _labels(playbook)
    return {
        "name": category.name,
        "label": category.label,
        "side": SIDES[category.side],
        "cap": typed(f"category.{category.name}.cap", cap),
        "factors": [_factor(factor, labels, texts, typed) for factor in own],
    }


def _factor(factor: Factor, labels: dict[str, str], texts: dict[str, str], typed: Any) -> dict[str, Any]:
    place = f"factor.{factor.name}"
    on = f"{place}.on" in texts if f"{place}.points" in texts else factor.on
    return {
        "place": place,
        "name": factor.name,
        "on": on,
        "removed": f"{place}.remove" in texts,
        "title": _PLACEHOLDER.sub(lambda found: f"‹{labels.get(found[1], found[1]).lower()}›", factor.label),
        "detail": _detail(factor, labels),
        "label": typed(f"{place}.label", factor.label),
        "when": typed(f"{place}.when", factor.when),
        "points": typed(f"{place}.points", f"{factor.points:g}"),
    }


def _detail(factor: Factor, labels: dict[str, str]) -> str:
    """What else decides how much of its points a factor gives."""
    parts = [factor.description] if factor.description else []
    if factor.scale and not factor.description:
        told = _NAME.sub(lambda found: labels.get(found[0], found[0].replace("_", " ")).lower(), factor.scale)
        parts.append(f"in part, by {told}")
    if factor.decay and not factor.description:
        kind = {"exponential": "half after", "linear": "gone after", "step": "nothing after"}[
            factor.decay.kind
        ]
        parts.append(f"fading, {kind} {factor.decay.days:g} days")
    if factor.valid_from or factor.valid_to:
        span = [f"from {day(factor.valid_from)}" if factor.valid_from else ""]
        span.append(f"until {day(factor.valid_to)}" if factor.valid_to else "")
        parts.append(" ".join(filter(None, span)))
    return " · ".join(parts)


def _level(level: TemperatureLevel, typed: Any) -> dict[str, Any]:
    place = f"level.{level.name}"
    return {
        "label": level.label,
        "when": typed(f"{place}.when", level.when),
        "keep": typed(f"{place}.keep", level.keep or ""),
        "points": typed(f"{place}.points", f"{level.points:g}"),
    }


def _behaviour(behaviour: Behaviour, typed: Any) -> dict[str, Any]:
    place = f"behaviour.{behaviour.name}"
    cap = "" if behaviour.cap is None else f"{behaviour.cap:.10g}"
    return {
        "label": behaviour.label,
        "weight": typed(f"{place}.weight", f"{behaviour.weight:.10g}"),
        "days": typed(f"{place}.half_life_days", f"{behaviour.half_life_days:.10g}"),
        "decay": typed(f"{place}.decay", behaviour.decay),
        "cap": typed(f"{place}.cap", cap),
    }


def _tier(tier: Tier, typed: Any, *, is_last: bool) -> dict[str, Any]:
    place = f"tier.{tier.name}"
    begins = threshold_of(tier)
    return {
        "label": tier.label,
        "colour": tier.colour,
        "is_last": is_last,
        "from": None if begins is None else typed(f"{place}.from", f"{begins:g}"),
        "when": typed(f"{place}.when", tier.when),
        "keep": typed(f"{place}.keep", tier.keep or ""),
    }


def _revision(revision: Revision, people: dict[str, str], active: UUID) -> dict[str, Any]:
    return {
        "id": revision.id,
        "number": revision.number,
        "when": day(revision.created_at),
        "author": people.get(revision.author, revision.author),
        "note": revision.note,
        "active": revision.id == active,
    }


def _names(plan: Plan) -> list[dict[str, str]]:
    """What a condition may read, with its words, by name."""
    labels, known = _labels(plan.playbook), expression_names(plan)
    return [{"name": name, "label": labels.get(name, ""), "kind": known[name].name} for name in sorted(known)]


def _labels(playbook: Playbook) -> dict[str, str]:
    labels = {name: field.label for name, field in playbook.fields.items()}
    labels |= {each.name: each.label for each in playbook.aggregates if each.label}
    return labels | {each.name: each.label for each in playbook.features}


def _problem(problem: EditProblem) -> dict[str, str]:
    return {"place": problem.place, "text": str(problem)}


def _preview(session: Session, plan: Plan, edit: RulesEdit, now: Any) -> dict[str, Any]:
    if edit.problems:
        return {"problems": [_problem(each) for each in edit.problems], "untouched": False}
    if not edit.changes:
        return UNTOUCHED
    found = _words(plan.playbook, preview_rules(session, plan, edit.playbook, now), edit.changes)
    return {**found, "limited": limited_words(room_of(session, plan.playbook), plan.playbook)}


def _scored_by(found: Preview) -> str:
    """Whose scores are compared, where they are not the rules' alone."""
    if found.model is None:
        return ""
    share = f"{100 * found.rules_share:.0f} %"
    return f"Compared is the score as it stands: {found.model} and the rules together. The rules count {share} of it."


def _words(playbook: Playbook, found: Preview, changes: tuple[str, ...]) -> dict[str, Any]:
    labels = {tier.name: tier.label for tier in playbook.rules.tiers}
    sampled = (
        f"An even sample of {found.compared:,} of {found.total:,} was compared." if found.sampled else ""
    )
    return {
        "problems": (),
        "untouched": False,
        "changes": changes,
        "up": f"{found.up:,}",
        "down": f"{found.down:,}",
        "same": f"{found.same:,}",
        "sampled": sampled,
        "scored_by": _scored_by(found),
        "tiers": [
            {
                "label": labels[each.tier],
                "colour": next(tier.colour for tier in playbook.rules.tiers if tier.name == each.tier),
                "now": f"{each.now:,}",
                "then": f"{each.then:,}",
                "change": f"{each.then - each.now:+,}".replace("-", "−") if each.then != each.now else "",
            }
            for each in found.tiers
        ],
        "flows": [
            f"{each.leads:,} from {labels[each.before].lower()} to {labels[each.after].lower()}"
            for each in found.flows
        ],
        "examples": [
            {
                "href": f"/leads/{each.lead_id}",
                "title": each.title,
                "change": f"{shown_points(each.before)} to {shown_points(each.after)}"
                + (
                    ""
                    if each.tier_before == each.tier_after
                    else f", {labels[each.tier_before].lower()} to {labels[each.tier_after].lower()}"
                ),
            }
            for each in found.examples
        ],
    }
