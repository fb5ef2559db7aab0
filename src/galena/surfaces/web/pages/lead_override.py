"""A person's word on a lead's score: said with its reason, shown beside the machine's, taken back."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from galena.domain.scored import Override
from galena.engines.explanation import shown_points
from galena.kit.errors import InputError
from galena.stores import verdicts
from galena.stores.door import Session
from galena.surfaces.web.answers import onward
from galena.surfaces.web.forms import Texts
from galena.surfaces.web.pages.documents import read_day
from galena.surfaces.web.people import author_words, names_of_people
from galena.surfaces.web.visitors import Visitor, Worker, entered, galena_of
from galena.surfaces.web.words import day, moment_words, plain
from galena.workflows.overrides import (
    LONGEST_REASON,
    end_override,
    find_override,
    override_score,
    resume_override,
    say_wrong,
)
from galena.workflows.plans import Plan, active_plan

router = APIRouter()

SHOWN = 20


def override_of(
    session: Session, visitor: Visitor, plan: Plan, lead_id: UUID, now: datetime
) -> dict[str, Any]:
    """What the lead's page shows: the word that stands, what was said before, and the form to say it."""
    people = names_of_people(session)
    held = find_override(session, lead_id, now)
    rows = [_row(each, plan, people, now) for each in verdicts.list_overrides(session, lead_id)[:SHOWN]]
    wrong = [
        {
            "reason": each.reason,
            "who": author_words(each.author, people),
            "when": moment_words(each.created_at, now),
        }
        for each in verdicts.list_feedback(session, lead_id)[:SHOWN]
    ]
    return {
        "held": None if held is None else _row(held, plan, people, now),
        "before": [row for row in rows if held is None or row["id"] != held.id],
        "wrong": wrong,
        "tiers": [{"name": each.name, "label": each.label} for each in plan.playbook.rules.tiers],
        "can_say": visitor.can_work,
        "longest": LONGEST_REASON,
        "tomorrow": (now.date() + timedelta(days=1)).isoformat(),
    }


def _row(each: Override, plan: Plan, people: Mapping[str, str], now: datetime) -> dict[str, Any]:
    tier = plan.explainer.tier(each.tier) if each.tier else None
    return {
        "id": each.id,
        "points": None if each.micropoints is None else shown_points(each.micropoints),
        "tier": tier.label if tier else each.tier or "",
        "colour": tier.colour if tier else "grey",
        "reason": each.reason,
        "who": author_words(each.author, people),
        "when": moment_words(each.created_at, now),
        "until": day((each.expires_at - timedelta(microseconds=1)).date()) if each.expires_at else "",
    }


@router.post("/leads/{lead_id}/override")
def say(request: Request, visitor: Worker, lead_id: UUID, texts: Texts) -> RedirectResponse:
    """Say what the score or tier is; with neither, only that it is wrong and why."""
    galena = galena_of(request)
    now, reason = galena.clock(), plain(texts.get("reason", ""))
    points, tier = _points(texts.get("points", "")), plain(texts.get("tier", "")).strip() or None
    at = f"/leads/{lead_id}#override"
    with entered(galena, visitor) as session:
        if points is None and tier is None:
            say_wrong(session, lead_id, reason)
            return onward(at, "Noted: it is looked at when the rules are revised.")
        made = override_score(
            session,
            lead_id,
            points=points,
            tier=tier,
            reason=reason,
            expires_at=_end_of(read_day(texts.get("until", ""))),
            now=now,
        )
        told = _row(made, active_plan(session), {}, now)
    said = f"{told['points']}, {told['tier']}" if told["points"] is not None else told["tier"]
    return onward(at, f"Your word stands: {said}.", undo=f"/overrides/{made.id}/end")


@router.post("/overrides/{override_id}/end")
def end(request: Request, visitor: Worker, override_id: UUID) -> RedirectResponse:
    """Take a word back."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        found = end_override(session, override_id, galena.clock())
    told = "Taken back: the machine's word stands again."
    return onward(f"/leads/{found.lead_id}#override", told, undo=f"/overrides/{found.id}/resume")


@router.post("/overrides/{override_id}/resume")
def resume(request: Request, visitor: Worker, override_id: UUID) -> RedirectResponse:
    """Let a word stand again."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        found = resume_override(session, override_id, galena.clock())
    return onward(f"/leads/{found.lead_id}#override", "It stands again.", undo=f"/overrides/{found.id}/end")


def _points(text: str) -> float | None:
    typed = text.strip().replace(",", ".")
    if not typed:
        return None
    try:
        return float(typed)
    except ValueError:
        raise InputError(f"{typed[:20]!r} is no score.", remedy="Give a number from 0 to 100.") from None


def _end_of(last: date | None) -> datetime | None:
    """The end of a day; None where there is none."""
    if last is None:
        return None
    return datetime.combine(last + timedelta(days=1), datetime.min.time(), UTC)
